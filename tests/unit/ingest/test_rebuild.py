"""Typed rows and counts made again from the ledger are those that ingest wrote."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from uuid_utils.compat import uuid7

from ingest.rebuild import BusyError, Progress, rebuild
from storage.findings import Finding, Retired, Walked
from storage.kinds import WITH_ROWS
from storage.origins import DERIVED
from storage.retired import Mark, retire
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.kinds import golden
from tests.support.station import START, ChainedStation, result
from wire.kinds import BY_NAME, KINDS
from wire.kinds.camera import CameraV1
from wire.kinds.reading import ReadingV1
from wire.terms import Role

ZONE = ZoneInfo("Asia/Shanghai")
TABLES = [typed.table.name for typed in WITH_ROWS.values()]
COUNTS = ("daily_result", "daily_sample", "daily_station")
NAMES = "station, device, quantity, channel"
# The number of a probe is its own affair; minutes are kept for 45 days alone.
SHOWN = {
    "probe": f"SELECT {NAMES}, unit, value, at, trouble, reason, trouble_at, is_out_there, out_there_at FROM probe",
    "reading_series": f"SELECT {NAMES}, step, reading_series.at, n, total, low, high FROM reading_series"
    " JOIN probe ON probe.id = reading_series.probe WHERE step <> 60 OR reading_series.at > now() - interval '44 days'",
    # The row of an episode has its evidence as the station wrote it, or as the typed row has it.
    "camera_trouble": "SELECT station, key, device, kind, zone, at, event, evidence::jsonb FROM camera_trouble",
}
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def owner(desk: Desk) -> Iterator[psycopg.Connection[Any]]:
    yield desk.connection


def rows(desk: Desk) -> Rows:
    return {name: desk.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3, 4") for name in (*TABLES, *COUNTS)}


def shown(desk: Desk) -> Rows:
    """Return the rows of all derived tables, in an order of their own."""
    return {name: sorted(desk.rows(SHOWN.get(name, f"SELECT * FROM {name}")), key=repr) for name in DERIVED}


def told(desk: Desk) -> list[tuple[Any, ...]]:
    """Return all that people were told."""
    return desk.rows("SELECT id::text, state FROM alert UNION ALL SELECT id::text, action FROM alert_step ORDER BY 1")


def run(desk: Desk, *names: str, since: date | None = None) -> Progress:
    kinds = [BY_NAME[name] for name in names] or KINDS
    (*_, last) = rebuild(desk.connection, ZONE, kinds=kinds, since=since)
    return last


def findings(desk: Desk) -> list[Finding]:
    return [news for news in walk(desk.connection) if isinstance(news, Finding)]


def a_year(desk: Desk) -> ChainedStation:
    """Return a station with rows of every kind: judged by an older table, of a wrong clock, folded, disputed, alike."""
    station = desk.station("market-1")
    for number in range(40):
        at = START + timedelta(hours=7 * number)
        station.add(result(88.0 if number % 7 == 0 else 12.5, number=str(number)), time=at)
        if number % 5 == 0:
            station.add(ReadingV1(quantity="air_temperature", value=3.5, unit="degC", channel=1), time=at)
            station.add(CameraV1(key=uuid7(), phase="start", kind="covered"), time=at)
    station.add(result(12.5, number="q", role=Role.CONTROL))
    station.add(result(60.0, number="w"), time=datetime(1970, 1, 2, tzinfo=UTC))
    for kind in KINDS:
        station.add(golden(kind)[0].data)
    desk.take(station.topic, *station.bodies)
    desk.rows(
        "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
        " VALUES ('own', 'pesticide_inhibition', 'X 1', '>=', 10, '%', '2024-01-01', 2) RETURNING 1"
    )
    more = [station.add(result(12.5, number=f"after {n}"), time=START + timedelta(days=40)) for n in range(3)]
    desk.take(station.topic, *more)
    # A second stream records some of it again, and an older copy of the first one writes under numbers that are taken.
    second = ChainedStation("market-1")
    again = [second.again(body) for body in station.bodies[:10]]
    one, other = (result(7.0, number="").model_copy(update={"flags": ("no_identity",)}) for _ in range(2))
    desk.take(station.topic, station.add(one, time=START + timedelta(days=41)))
    desk.take(second.topic, *again, second.add(other, time=START + timedelta(days=42)))
    copy = station.copy(30)
    desk.take(copy.topic, copy.add(result(77.0, number="disputed")))
    return station


def test_the_rows_of_every_kind_are_made_again_as_they_were(desk: Desk) -> None:
    a_year(desk)
    before, alerts, feed = rows(desk), told(desk), desk.one("SELECT count(*) FROM feed")
    assert all(before.values()), "an example of everything"
    assert "possible_repeat" in {flag for row in before["result"] for flag in str(row[-1]).split()}
    clean = findings(desk)
    for table in (*TABLES, *COUNTS):
        desk.connection.execute(f"TRUNCATE {table}".encode())
    assert len(findings(desk)) > len(clean)
    progress = run(desk)
    assert rows(desk) == before
    assert findings(desk) == clean
    assert (told(desk), desk.one("SELECT count(*) FROM feed")) == (alerts, feed)
    assert progress.rows == sum(len(before[table]) for table in TABLES)
    assert run(desk).rows == 0


def test_every_derived_table_is_made_again_after_it_was_emptied_or_dropped(desk: Desk) -> None:
    station = a_year(desk)
    now = datetime.now(UTC).replace(microsecond=0)
    recent = [ReadingV1(quantity="air_temperature", value=value, unit="degC", channel=1) for value in (2.5, 4.0, 3.25)]
    times = [now - timedelta(minutes=number) for number in (90, 60, 60)]
    desk.take(station.topic, *[station.add(one, time=at) for one, at in zip(recent, times, strict=True)])
    key = uuid7()
    desk.take(station.topic, station.add(CameraV1(key=key, phase="start", kind="covered", media=("ab" * 32,))))
    desk.take(station.topic, station.add(result(number="last")))
    before = shown(desk)
    assert all(before.values()), {name for name, found in before.items() if not found}
    rights = "SELECT table_name::text, grantee::text, privilege_type::text FROM information_schema.role_table_grants"
    given = set(desk.rows(rights))
    keys = "SELECT conrelid::regclass::text, conname::text FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2"
    foreign = desk.rows(keys)
    for harm in ("TRUNCATE", "DROP TABLE"):
        for name in reversed(DERIVED):
            desk.connection.execute(f"{harm} {name}".encode())
        assert run(desk).tables == (() if harm == "TRUNCATE" else DERIVED)
        after = shown(desk)
        for name in DERIVED:
            assert after[name] == before[name], (harm, name)
    assert given <= set(desk.rows(rights))
    assert desk.rows(keys) == foreign
    assert run(desk).rows == 0
    assert shown(desk) == before
    desk.take(station.topic, station.add(recent[0], time=now))
    assert desk.rows("SELECT value FROM probe WHERE quantity = 'air_temperature' AND channel = 1") == [(2.5,)]


def test_a_dropped_table_is_made_anew_with_its_rights_and_ingest_goes_on(desk: Desk) -> None:
    station = a_year(desk)
    before = rows(desk)
    grants = "SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 'reading'"
    given = set(desk.rows(grants))
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = ANY (%s) ORDER BY 1"
    indexed = desk.rows(indexes, TABLES)
    for table in TABLES:
        desk.connection.execute(f"DROP TABLE {table}".encode())
    assert run(desk).tables == tuple(TABLES)
    assert rows(desk) == before
    assert given <= set(desk.rows(grants))
    assert desk.rows(indexes, TABLES) == indexed != []
    desk.take(station.topic, station.add(result()))
    assert desk.one("SELECT count(*) FROM result") == len(before["result"]) + 1


def test_one_kind_from_a_day_on_leaves_all_others_alone(desk: Desk) -> None:
    a_year(desk)
    before = rows(desk)
    for table in ("reading", "camera_event"):
        desk.connection.execute(f"TRUNCATE {table}".encode())
    day = (START + timedelta(days=5)).date()
    run(desk, "reading", since=day)
    since = datetime.combine(day, datetime.min.time(), ZONE)
    assert rows(desk)["reading"] == [row for row in before["reading"] if row[1] >= since] != []
    assert rows(desk)["camera_event"] == []


def test_what_was_taken_away_by_age_is_no_flaw_and_comes_back_when_asked_for(desk: Desk) -> None:
    a_year(desk)
    before, clean = rows(desk), findings(desk)
    day = (START + timedelta(days=5)).date()
    mark = Mark(day, datetime.combine(day, datetime.min.time(), ZONE))
    gone = {name: retire(desk.connection, BY_NAME[name], mark) for name in ("result", "reading")}
    assert all(gone.values())
    said = [news for news in walk(desk.connection) if isinstance(news, Retired)]
    assert said == [Retired(name, day, gone[name]) for name in ("reading", "result")]
    assert findings(desk) == clean
    assert run(desk).rows == 0
    run(desk, since=date(2020, 1, 1))
    assert rows(desk) == before
    assert findings(desk) == clean
    assert [news for news in walk(desk.connection) if isinstance(news, Retired)] == []


def test_a_row_that_somebody_changed_stays_for_the_walk_to_name(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result()), station.add(result(number="2")))
    desk.rows("UPDATE result SET commodity = 'x' WHERE sample = '1' RETURNING 1")
    run(desk)
    # The counts are those of the rows that are there, and the row is named as before.
    assert [(finding.kind.value, finding.sequence) for finding in findings(desk)] == [("changed", 1)]


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.rebuild._PIECE", 10)
    a_year(desk)
    before = rows(desk)
    for table in (*TABLES, *COUNTS):
        desk.connection.execute(f"TRUNCATE {table}".encode())
    work = rebuild(desk.connection, ZONE, kinds=KINDS)
    while (progress := next(work)).events < 20:
        pass
    work.close()
    looked_at = progress.events
    assert rows(desk) != before
    last = run(desk)
    assert rows(desk) == before
    total = desk.one("SELECT count(*) FROM event")
    assert last.events == total - looked_at
    assert desk.one("SELECT count(*) FROM rebuilding") == 0


def test_two_at_once_are_refused(desk: Desk, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as other:
        work = rebuild(other, ZONE, kinds=KINDS)
        next(work)
        with pytest.raises(BusyError):
            run(desk)
        work.close()
    run(desk)


def test_ingest_beside_it_is_counted_once(desk: Desk, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.rebuild._PIECE", 10)
    station = a_year(desk)
    with psycopg.connect(dsn, autocommit=True) as other:
        for number, _ in enumerate(rebuild(other, ZONE, kinds=KINDS)):
            desk.take(station.topic, station.add(result(number=f"beside {number}")))
    assert [flaw for flaw in findings(desk) if flaw.kind.value in ("count", "removed", "added")] == []
    assert any(isinstance(news, Walked) for news in walk(desk.connection))
