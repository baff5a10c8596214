"""Every list of the API is one declaration: its SQL is sound, its pages are bounded, its filters do something."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any
from uuid import UUID

import psycopg
import pytest
from pydantic import ValidationError

from server import records
from server.access.caller import EVERYTHING, NOTHING, Reach
from server.lists.export import Statement
from server.lists.filters import Paged, PagedByName, Period, Station, Text
from server.lists.listing import Listing
from server.lists.orders import Sorted
from server.records.accounts.api import ACCOUNTS
from server.records.alerts.api import ALERTS, Alerts
from server.records.areas.api import AREAS
from server.records.audit.api import AUDIT, Audit
from server.records.cameras.api import CAMERA_EVENTS, CAMERA_GROUPS, CAMERA_HEALTH, CAMERA_LAYOUTS
from server.records.cameras.events import CameraEvents
from server.records.cameras.health import CameraHealthAsked
from server.records.cameras.layouts import CameraLayouts
from server.records.drills.api import DRILLS
from server.records.duty.api import ROTAS
from server.records.events.api import STREAMS, Streams
from server.records.limits.api import LIMITS, Limits
from server.records.probes.api import EVENTS as PROBE_EVENTS
from server.records.probes.api import PROBES, ProbeEvents, Probes
from server.records.proposals.api import PROPOSALS, Proposals
from server.records.quarantine.api import QUARANTINE, Quarantine
from server.records.readings.api import READINGS, Readings
from server.records.results.api import RESULTS, Results, ResultsFile
from server.records.samples.api import SAMPLES, Samples
from server.records.silences.api import SILENCES, Silences
from server.records.stations.api import STATIONS, Stations
from server.records.stations.devices import DEVICES, Devices
from server.records.subscriptions.api import SUBSCRIPTIONS
from server.records.told.api import TOLD, ToldPage
from server.records.words import words_of

PERIOD = {"from": "2026-03-01T00:00:00+08:00", "to": "2026-03-02T00:00:00Z"}
CURSOR = "A" * 32
# Each list with all that it can be asked for.
LISTS: list[tuple[Listing[Any], Paged | PagedByName]] = [
    (
        RESULTS,
        Results.model_validate(
            PERIOD
            | {"station": "m1", "device": "d", "item": "borax", "verdict": "fail", "role": "sample"}
            | {"commodity": "韭菜", "sample": "1", "area": "a", "cursor": CURSOR}
            | {"stall": "A-12", "vendor": "v", "supplier": "s", "lot": "L", "registered": UUID(int=7)}
            | {"is_linked": True, "is_void": True, "search": "韭"}
        ),
    ),
    (
        SAMPLES,
        Samples.model_validate(
            PERIOD
            | {"station": "m1", "area": "a", "number": "1", "code": "2", "commodity": "韭菜", "stall": "A-12"}
            | {"vendor": "v", "supplier": "s", "lot": "L", "task": "t", "cursor": CURSOR}
        ),
    ),
    (
        READINGS,
        Readings.model_validate(
            PERIOD | {"station": "m1", "area": "a", "device": "d", "quantity": "ph", "cursor": CURSOR}
        ),
    ),
    (PROBES, Probes(area="a", station="m1", device="d", quantity="ph", after="m1/d/ph@1")),
    (
        PROBE_EVENTS,
        ProbeEvents.model_validate(
            PERIOD
            | {"area": "a", "station": "m1", "device": "d", "quantity": "ph", "state": "silent", "cursor": CURSOR}
        ),
    ),
    (
        ALERTS,
        Alerts.model_validate(
            PERIOD
            | {"state": ["open"], "rule": "failed_test", "severity": "info", "station": "m1", "item": "borax"}
            | {"area": "a", "device": "d", "commodity": "韭菜", "sample": "1", "text": "x", "cursor": CURSOR}
            | {"assignee": "00000000-0000-0000-0000-000000000000"}
        ),
    ),
    (
        CAMERA_EVENTS,
        CameraEvents.model_validate(
            PERIOD
            | {"station": "m1", "device": "d", "kind": ["rodent"], "key": "00000000-0000-0000-0000-000000000000"}
            | {"area": "a", "review": ["real", "none"], "trouble": "now", "cursor": CURSOR}
        ),
    ),
    (CAMERA_GROUPS, Paged(cursor=CURSOR)),
    (
        CAMERA_HEALTH,
        CameraHealthAsked.model_validate(
            {"from": "2026-03-01", "to": "2026-03-02", "station": "m1", "area": "a", "name": "d", "after": "m1/d"}
        ),
    ),
    (CAMERA_LAYOUTS, CameraLayouts(station="m1", area="a", name="d", after="m1/d")),
    (STATIONS, Stations(area="a", state="online", after="m1")),
    (DEVICES, Devices(station="m1", area="a", state="online", after="m1/d")),
    (STREAMS, Streams(station="m1", area="a", cursor=CURSOR)),
    (QUARANTINE, Quarantine(station="m1", reason="not_json", is_decided=True, is_released=True, cursor=CURSOR)),
    (SUBSCRIPTIONS, Paged(cursor=CURSOR)),
    (SILENCES, Silences(active=True, station="m1", cursor=CURSOR)),
    (ROTAS, Paged(cursor=CURSOR)),
    (DRILLS, Paged(cursor=CURSOR)),
    (ACCOUNTS, PagedByName(after="wang")),
    (AREAS, PagedByName(after="west")),
    (
        TOLD,
        ToldPage.model_validate(
            PERIOD
            | {"station": "m1", "area": "a", "rule": "failed_test", "severity": "critical", "outcome": "delivered"}
            | {"alert": str(UUID(int=7)), "subscription": str(UUID(int=7)), "cursor": CURSOR}
        ),
    ),
    (LIMITS, Limits(item="borax", after="x")),
    (
        PROPOSALS,
        Proposals.model_validate(
            PERIOD
            | {"state": ["ended"], "action": "result_voided", "subject": "x", "station": "m1"}
            | {"cursor": CURSOR}
        ),
    ),
    (
        AUDIT,
        Audit.model_validate(
            PERIOD
            | {"actor": "li", "account": UUID(int=7), "action": "exported", "subject": "x", "station": "m1"}
            | {"cursor": CURSOR}
        ),
    ),
]
NOUNS = [pytest.param(listing, asked, id=listing.sql) for listing, asked in LISTS]
NOUN_FOLDERS = [module.name for module in pkgutil.iter_modules(records.__path__) if module.ispkg]
VALUES = {
    "today": "2026-03-01",
    "me": UUID(int=7),
    "owner": UUID(int=7),
    "holder": "x",
    "seen": ["m1"],
    "first": "2026-03-01",
    "last": "2026-03-02",
    "zone": "Asia/Shanghai",
}


def declared() -> Iterator[Listing[Any]]:
    """Yield every list that a noun declares."""
    for noun in NOUN_FOLDERS:
        module = import_module(f"server.records.{noun}.api")
        yield from (value for value in vars(module).values() if isinstance(value, Listing))


def test_every_list_is_in_this_test() -> None:
    assert {listing.sql for listing in declared()} == {listing.sql for listing, _ in LISTS}
    for _, asked in LISTS:
        assert set(type(asked).model_fields) == {name for name in type(asked).model_fields if getattr(asked, name)}


@pytest.mark.parametrize("noun", NOUN_FOLDERS)
def test_every_noun_has_its_words(noun: str) -> None:
    one = words_of(noun).one
    assert one.en
    assert one.zh
    assert words_of(noun).not_found().kind.status == 404


def plan(dsn: str, statement: Statement, *settings: str) -> str:
    with psycopg.connect(dsn) as connection:
        for setting in settings:
            connection.execute(f"SET {setting}".encode())
        rows = connection.execute(b"EXPLAIN " + statement.sql, statement.values).fetchall()
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(("listing", "asked"), NOUNS)
def test_postgresql_understands_every_filter_of_a_list(
    listing: Listing[Any], asked: Paged | PagedByName, dsn: str
) -> None:
    assert plan(dsn, listing.statement_of_page(EVERYTHING, asked, VALUES))
    assert plan(dsn, listing.statement_of_page(EVERYTHING, type(asked)(), VALUES))


@pytest.mark.parametrize(("listing", "asked"), NOUNS)
def test_who_sees_some_stations_is_shown_their_rows_alone(
    listing: Listing[Any], asked: Paged | PagedByName, dsn: str
) -> None:
    some = Reach(frozenset({"east"}), frozenset({"m1", "m2"}))
    for reach in (some, NOTHING):
        statement = listing.statement_of_page(reach, asked, VALUES)
        assert plan(dsn, statement)
        if listing.station is None:
            assert f"({listing.within})".encode() in statement.sql
        else:
            assert f"({listing.station} = ANY(%(reach_stations)s::text[]))".encode() in statement.sql
            assert statement.values["reach_stations"] == reach.texts()[0]


@pytest.mark.parametrize(("listing", "asked"), [noun for noun in NOUNS if noun.values[0].order.at])  # type: ignore[union-attr]
def test_a_page_of_time_excludes_chunks_by_a_comparison_of_the_time_alone(
    listing: Listing[Any], asked: Paged | PagedByName
) -> None:
    assert (
        f"AND {listing.order.at} <= %(after_at)s" in listing.statement_of_page(EVERYTHING, asked, VALUES).sql.decode()
    )


@pytest.mark.parametrize("listing", [RESULTS, READINGS, ALERTS, QUARANTINE])
def test_a_page_is_read_from_an_index_and_not_sorted(listing: Listing[Any], dsn: str) -> None:
    for asked in (Paged(), Paged(cursor=CURSOR)):
        found = plan(
            dsn, listing.statement_of_page(EVERYTHING, asked), "enable_seqscan = off", "enable_bitmapscan = off"
        )
        # A Merge Append of two tables names the key by which each index is in order already.
        assert not re.search(r"\bSort\b(?! Key)", found), found
        assert "Sort Key" not in found or "Merge Append" in found, found
        assert re.search(r"Index Scan", found), found


@pytest.mark.parametrize("order", ALERTS.orders, ids=lambda order: order.name)
def test_a_page_of_alerts_in_any_order_is_read_from_an_index(order: Sorted, dsn: str) -> None:
    asked = Alerts.model_validate({"sort": order.name})
    statement = ALERTS.statement_of_page(EVERYTHING, asked)
    found = plan(dsn, statement, "enable_seqscan = off", "enable_bitmapscan = off")
    assert "Sort" not in found, found


def test_only_filters_that_are_asked_for_are_in_the_statement() -> None:
    assert (
        b"WHERE true\nORDER BY recorded_at DESC, event DESC\nLIMIT"
        in RESULTS.statement_of_page(EVERYTHING, Results()).sql
    )
    asked = Results(station="m1", verdict=None)
    assert b"WHERE (station = %(station)s)\nORDER" in RESULTS.statement_of_page(EVERYTHING, asked).sql
    whole = RESULTS.statement(EVERYTHING, ResultsFile(station="m1"))
    assert whole.sql.endswith(b"WHERE (station = %(station)s)\nORDER BY recorded_at DESC, event DESC")


def test_a_filter_that_does_nothing_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="Odd: no Where for item"):

        class Odd(Paged):
            station: Station = None
            item: Annotated[str | None, "no SQL"] = None


def test_a_parameter_that_is_not_known_is_refused() -> None:
    class Some(Period, Paged):
        item: Text = None

    for odd in ({"foo": "1"}, {"since": PERIOD["from"]}, {"limit": 501}, {"item": "x" * 201}):
        with pytest.raises(ValidationError):
            Some.model_validate(odd)
    assert Some.model_validate({"from": PERIOD["from"]}).conditions("at") == ["at >= %(since)s"]


@pytest.mark.parametrize("listing", [listing for listing in declared() if listing.csv])
def test_the_columns_of_a_file_are_fields_of_its_rows(listing: Listing[Any]) -> None:
    assert listing.csv
    assert set(listing.csv.columns) <= set(listing.row.model_fields)
    assert set(listing.csv.words) <= set(listing.csv.columns)
    assert all(term.en and term.zh for term in listing.csv.columns.values())
