"""A spool that broke: the station's own lists of samples and results are rebuilt by `shian edge salvage`."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge.commands.salvage import Salvaged, as_lines, salvage
from edge.samples import handling
from edge.samples.asked import (
    Amend,
    Handle,
    ImportedRow,
    ImportResults,
    LayOut,
    LinkTo,
    OneSample,
    Results,
    Samples,
    TypeResult,
    Well,
)
from edge.samples.tables import Table
from edge.settings import EdgeSettings
from tests.unit.edge.samples.conftest import ITEM, Station
from tests.unit.edge.spool.test_salvage import spoil_the_header
from wire.receipts import Receipt
from wire.terms import HandlingStep, Verdict
from wire.verdicts import LimitTable, shipped_limits

TABLE = Table("", LimitTable(shipped_limits()))


def a_morning(station: Station) -> str:
    """Let a station work until its disk breaks; return the key of a sample whose second test has not come."""
    book, spool = station.book, station.spool
    leek = station.register(commodity="韭菜", stall="A-12", supplier="north", lot="L1", items=(ITEM,))
    station.turned.forward(seconds=1)
    failed = station.test(88.0)
    changed = Amend(sample=leek.number, revision=1, vendor="one", code="bag-7")
    book.amend(spool, changed)
    laid = [station.register(commodity="芹菜", stall=f"B-{well}") for well in range(3)]
    wells = tuple(Well(channel=well, sample=sample.number) for well, sample in enumerate(laid))
    book.lay_out(spool, LayOut(device="lz", wells=wells))
    for well in range(2):
        station.turned.forward(seconds=1)
        result = station.test(3.0, is_alone=False, channel=well, run="r1")
    book.link(spool, LinkTo(result=result, sample=leek.number, revision=1, who="w", why="two bags"))
    station.test(7.0, is_alone=False)  # nobody knows whose
    typed = TypeResult(
        request=uuid4(), sample=laid[2].number, item="nitrite", verdict=Verdict.FAIL, who="w", second="v"
    )
    card = book.type_result(spool, typed, TABLE)
    station.turned.forward(seconds=1)
    for step, to in ((HandlingStep.SEEN, ""), (HandlingStep.RETEST, ""), (HandlingStep.HANDED_OVER, "one")):
        asked = Handle(request=uuid4(), result=card["id"], step=step, to=to, who="w")
        handling.handle(spool, asked, book.source, station.turned.now)
    station.register(commodity="菠菜", items=("borax",))
    # The failed tests went first; a quarter of the rest has its receipt.
    spool.apply([Receipt(stream=spool.stream, through=5, extra=[8, 11])])
    assert failed
    return str(laid[2].key)


def lists(station: Station) -> dict[str, Any]:
    """Return all that the screen shows. The numbers are those of the file."""
    results = station.book.results(station.spool, Results(limit=200))
    numbers = [row["number"] for row in results]
    assert numbers == sorted(set(numbers), reverse=True)
    shown = {
        "samples": station.book.samples(station.spool, Samples(limit=200)),
        "results": sorted(results, key=lambda row: row["id"]),
        "cases": handling.cases(station.spool, station.turned.now),
    }
    said: dict[str, Any] = without(shown, "number_in_file")
    return said


def without(said: Any, *names: str) -> Any:
    """Return what was said without some fields; `number_in_file`: the number of a result."""
    if isinstance(said, list):
        return [without(one, *names) for one in said]
    if not isinstance(said, dict):
        return said
    is_result = "sample_number" in said
    return {
        name: without(value, *names)
        for name, value in said.items()
        if name not in names and not (is_result and name == "number" and "number_in_file" in names)
    }


def broken(station: Station, spoil: Callable[[Path], None] = lambda _: None) -> Salvaged:
    """Break the spool, and salvage what is left of it into a new one, which is opened then."""
    station.spool.close()
    path = station.folder / "spool.db"
    aside = path.rename(path.with_name("spool.db.aside-20260110T000000000000"))
    spoil(aside)
    return salvaged(station)


def salvaged(station: Station) -> Salvaged:
    station.spool.close()
    settings = {"station": "m1", "data": str(station.folder), "spool": {"min_free_mib": 1}}
    (done,) = salvage(EdgeSettings.model_validate(settings))
    station.open()
    return done


def undamaged(_: Path) -> None:
    """Leave the file as it is: its log alone was lost."""


@pytest.mark.parametrize("spoil", [undamaged, spoil_the_header])
def test_the_lists_are_those_of_before_with_what_the_centre_has_of_each(
    station: Station, spoil: Callable[[Path], None]
) -> None:
    waits = a_morning(station)
    before = lists(station)
    assert len(before["results"]) == 5
    done = broken(station, spoil)
    after = lists(station)
    if spoil is spoil_the_header:  # nobody can tell what had a receipt, or was laid out
        before, after = (without(said, "state", "link_state", "refused") for said in (before, after))
    assert after == before
    assert (done.samples, done.results, done.missing) == (5, 5, 0)
    assert done.wells == (0 if spoil is spoil_the_header else 1)
    sample = station.book.sample(station.spool, OneSample(sample=waits).sample)
    assert "nitrite" in sample["awaited"], "its second test was asked for"
    # A second time changes nothing, and the station goes on with what it knows.
    assert (salvaged(station).samples, lists(station)["samples"]) == (0, station_samples(station))
    number = station.register(commodity="韭菜").number
    assert number not in {row["number"] for row in before["samples"]}


def station_samples(station: Station) -> list[dict[str, Any]]:
    return station.book.samples(station.spool, Samples(limit=200))


def test_a_registration_that_cannot_be_read_is_told(station: Station) -> None:
    a_morning(station)

    def spoil(path: Path) -> None:
        # Two events say it: the registration, and its amendment.
        said = '"commodity":"韭菜","stall":"A-12"'
        path.write_bytes(path.read_bytes().replace(said.encode(), said.replace("12", "99").encode()))

    done = broken(station, spoil)
    assert done.missing == 1
    assert any("CANNOT BE READ" in line for line in as_lines([done]))
    (row,) = [row for row in station.book.results(station.spool, Results(limit=200)) if row["value"] == 3.0][:1]
    assert row["commodity"]


def test_the_same_request_again_is_the_sample_that_it_made_before_the_disk_broke(station: Station) -> None:
    request = uuid4()
    sample = station.register(request=request, commodity="韭菜")
    broken(station)
    assert station.register(request=request, commodity="韭菜").number == sample.number


def test_a_file_that_is_imported_again_after_that_is_known(station: Station) -> None:
    row = ImportedRow(key="1", item=ITEM, value=3.0, unit="%")
    asked = ImportResults(profile="example", rows=(row,))
    assert station.book.import_results(station.spool, asked, TABLE) == {"recorded": 1, "known": 0}
    broken(station)
    assert station.book.import_results(station.spool, asked, TABLE) == {"recorded": 0, "known": 1}


def test_what_is_listed_already_stays_as_it_is(station: Station) -> None:
    # The agent worked on for a morning before somebody salvaged.
    a_morning(station)
    station.spool.close()
    path = station.folder / "spool.db"
    path.rename(path.with_name("spool.db.aside-20260110T000000000000"))
    station.open()
    station.turned.now = datetime(2026, 1, 10, 3, tzinfo=UTC)
    sample = station.register(commodity="豇豆", items=(ITEM,))
    station.test(2.0)
    new = lists(station)
    done = salvaged(station)
    assert (done.samples, done.results) == (5, 5)
    after = lists(station)
    assert after["samples"][0] == new["samples"][0]
    assert len({row["number"] for row in after["samples"]}) == 6
    assert [row for row in after["results"] if row["sample"] == str(sample.key)] == new["results"]
