"""Salvage: the events left in a spool that was put aside are recorded again, whatever was damaged, and twice is
once."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.commands import salvage as salvage_command
from edge.commands import status as status_view
from edge.commands.salvage import Salvaged, as_document, as_lines
from edge.errors import SpoolLockedError
from edge.settings import EdgeSettings
from edge.spool import view as spool_view
from edge.spool.building import make_spool
from edge.spool.leftovers import files_aside, read_left
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from tests.support.spool_reading import events_of
from tests.support.station import result
from wire.chain import digest
from wire.events import source_of
from wire.kinds.agent import AgentEvent
from wire.kinds.result import ResultEvent, ResultV1
from wire.receipts import Receipt
from wire.terms import Lane

TESTS = 160  # so that half of the file is more than its empty tables


@pytest.fixture
def settings(tmp_path: Path) -> EdgeSettings:
    return EdgeSettings.model_validate({"station": "m1", "data": str(tmp_path), "spool": {"min_free_mib": 1}})


def opened(settings: EdgeSettings) -> Spool:
    spool = make_spool(settings, clock=lambda: datetime.now(UTC))
    spool.open()
    return spool


def measured(number: int) -> Draft:
    data = result(float(number), number=str(number))
    lane = Lane.URGENT if number % 10 == 0 else Lane.NORMAL
    return Draft(data, source_of("m1", "tester"), lane, data.identity)


def lost(settings: EdgeSettings, *, receipted: int = 20) -> list[ResultV1]:
    """Make a spool with tests, the first of which have a receipt, and close it. Returns the tests without one."""
    spool = opened(settings)
    drafts = [measured(number) for number in range(1, TESTS + 1)]
    spool.record(drafts)
    spool.apply([Receipt(stream=spool.stream, through=receipted)])
    spool.close()
    return [draft.data for draft in drafts[receipted:] if isinstance(draft.data, ResultV1)]


def salvage(settings: EdgeSettings) -> Salvaged:
    (done,) = salvage_command.salvage(settings)
    return done


def recorded(settings: EdgeSettings) -> list[ResultEvent]:
    spool = opened(settings)
    try:
        return [event for event in events_of(spool) if isinstance(event, ResultEvent)]
    finally:
        spool.close()


def page_size(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[16:18], "big")


def spoil_a_page_of_events(path: Path) -> None:
    """Spoil the page that holds the event in the middle, so that none of its rows can be read."""
    data, size = bytearray(path.read_bytes()), page_size(path)
    at = data.index(b'"number":"60"') // size * size
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)


def spoil_the_header(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 4 // 5])  # the empty tables and indexes lie before the events


def change_a_body(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b'"number":"60"')
    data[at : at + 13] = b'"number":"99"'
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [spoil_a_page_of_events, spoil_the_header, cut_short, change_a_body])
def test_whatever_was_damaged_all_whole_events_are_recorded_again_once(
    settings: EdgeSettings, spoil: Callable[[Path], None]
) -> None:
    wanted = {data.identity: data for data in lost(settings)}
    path = settings.data / "spool.db"
    aside = settings.data / "spool.db.aside-20260110T000000000000"
    path.rename(aside)
    spoil(aside)
    before = aside.read_bytes()
    done = salvage(settings)
    found = recorded(settings)
    assert all(wanted.get(event.data.identity, event.data) == event.data for event in found), "only right bytes"
    here = {event.data.identity for event in found} & wanted.keys()
    assert len(found) == len({event.data.identity for event in found}), "none twice"
    assert all(event.originalid for event in found)
    match spoil.__name__:
        case "spoil_a_page_of_events" | "spoil_the_header":
            assert here == wanted.keys(), "the bytes are there, whoever can read them"
        case "change_a_body":
            assert wanted.keys() - here == {
                result.identity for result in wanted.values() if result.sample.number == "60"
            }
            assert done.unreadable == 1
        case _:
            assert len(here) > 5
    assert aside.read_bytes() == before
    again = salvage(settings)
    assert again.recorded == 0
    assert recorded(settings) == found
    assert not list(settings.data.glob("salvage-*"))


def test_what_has_a_receipt_is_left_and_lanes_and_times_are_kept(settings: EdgeSettings) -> None:
    wanted = lost(settings)
    (settings.data / "spool.db").rename(settings.data / "spool.db.aside-1")
    stream = read_left(settings.data, "spool.db.aside-1").stream
    done = salvage(settings)
    assert (done.found, done.recorded, done.unreadable, done.stream) == (len(wanted), len(wanted), 0, stream)
    assert [event.data for event in recorded(settings)] == wanted
    spool = opened(settings)
    try:
        urgent = spool.waiting(Lane.URGENT, 0, 1000)
        (told,) = [event for event in events_of(spool) if isinstance(event, AgentEvent)]
    finally:
        spool.close()
    assert len(urgent) == (TESTS - 20) // 10
    assert (told.data.cause, str(told.data.replaces), told.data.rerecorded, told.data.unreadable) == (
        "salvaged",
        stream,
        len(wanted),
        0,
    )


def test_a_test_that_the_analyzer_told_again_is_not_recorded_a_second_time(settings: EdgeSettings) -> None:
    wanted = lost(settings)
    (settings.data / "spool.db").rename(settings.data / "spool.db.aside-1")
    spool = opened(settings)
    spool.record([Draft(wanted[0], source_of("m1", "tester"), identity=wanted[0].identity)])
    spool.close()
    assert salvage(settings).recorded == len(wanted) - 1
    assert len(recorded(settings)) == len(wanted)


def test_a_log_without_its_file_is_read_by_its_bytes(settings: EdgeSettings) -> None:
    spool = opened(settings)
    spool.record([measured(number) for number in range(1, 31)])
    (settings.data / "kept").write_bytes((settings.data / "spool.db-wal").read_bytes())
    spool.close()
    (settings.data / "spool.db").unlink()
    (settings.data / "kept").rename(settings.data / "spool.db.aside-1-wal")
    assert files_aside(settings.data) == ["spool.db.aside-1-wal"]
    assert salvage(settings).recorded == 30


def test_while_the_agent_runs_it_says_so_and_changes_nothing(settings: EdgeSettings) -> None:
    lost(settings)
    (settings.data / "spool.db").rename(settings.data / "spool.db.aside-1")
    spool = opened(settings)
    try:
        with pytest.raises(SpoolLockedError):
            salvage_command.salvage(settings)
    finally:
        spool.close()


def test_the_status_names_the_command_until_it_was_run(settings: EdgeSettings) -> None:
    lost(settings)
    path = settings.data / "spool.db"
    path.write_bytes(b"no database" * 1000)
    spool = make_spool(settings, clock=lambda: datetime.now(UTC))
    assert "shian edge salvage" in spool.open()
    spool.close()
    document = status_view.as_document(settings.data)
    assert document["spool"]["aside"] == list(spool_view.summary(settings.data).aside)
    assert len(document["spool"]["aside"]) == 1
    salvage(settings)
    assert status_view.as_document(settings.data)["spool"]["aside"] == []


def test_what_is_said_to_people(settings: EdgeSettings) -> None:
    assert salvage_command.salvage(settings) == []
    assert as_lines([]) != [""]
    done = [Salvaged("spool.db.aside-1", "", 7, 5, 2)]
    assert all(number in as_lines(done)[0] for number in ("7", "5", "2"))
    assert as_document(done)[0]["recorded"] == 5


def test_a_spool_of_version_1_is_read_too(settings: EdgeSettings) -> None:
    source = Path(__file__).parent / "spool_v1.db"
    (settings.data / "spool.db.aside-1").write_bytes(source.read_bytes())
    with closing(sqlite3.connect(source)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    done = salvage(settings)
    assert (done.found, done.recorded) == (2, 2)


def test_the_numbers_of_the_old_stream_are_named_checkpoints_too(settings: EdgeSettings) -> None:
    lost(settings)
    spool = opened(settings)
    spool.seal()
    waiting = [row for lane in Lane for row in spool.waiting(lane, 0, 1000)]
    names = {row.sequence: digest(row.body) for row in waiting}
    spool.close()
    (settings.data / "spool.db").rename(settings.data / "spool.db.aside-1")
    salvage(settings)
    spool = opened(settings)
    try:
        (told,) = [event for event in events_of(spool) if isinstance(event, AgentEvent)]
    finally:
        spool.close()
    runs = told.data.again
    assert {number for run in runs for number in range(run.first, run.last + 1)} == names.keys()
    assert all(run.hash == names[run.last] for run in runs)


def test_numbers_whose_bytes_are_gone_are_not_named(settings: EdgeSettings) -> None:
    lost(settings)
    aside = settings.data / "spool.db.aside-1"
    (settings.data / "spool.db").rename(aside)
    change_a_body(aside)
    left = read_left(settings.data, aside.name)
    named = {number for run in left.again for number in range(run.first, run.last + 1)}
    gone = set(range(21, max(named) + 1)) - named
    assert len(gone) == 1 == left.unreadable
