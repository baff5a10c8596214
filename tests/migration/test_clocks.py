"""A database of the version before wire/clocks.py: rows with times that are not believed are put right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from uuid_utils.compat import uuid7

from ingest.verdict import Limits
from storage.findings import Finding
from storage.kinds import WITH_ROWS
from storage.migrate import migrate, shipped
from storage.rows import Row, Taking, event_row
from storage.tables import EVENT, Table
from storage.walk import walk
from tests.support.station import ChainedStation, result
from wire import codec
from wire.clocks import NOT_BELIEVED, Moment
from wire.kinds import BY_EVENT
from wire.kinds.camera import CameraV1
from wire.kinds.reading import ReadingV1
from wire.kinds.result import ResultEvent
from wire.kinds.sample import SampleV1
from wire.verdicts import shipped_limits

_BEFORE = 4
_RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _insert(connection: psycopg.Connection[Any], table: Table, row: Row) -> None:
    """Insert a row as the older version did: without the columns that it did not have."""
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
    there = {name for (name,) in connection.execute(query, [table.name])}
    values = {name: value for name, value in zip(table.columns, row, strict=True) if name in there}
    names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({places})".encode(), values)


def _store(connection: psycopg.Connection[Any], station: ChainedStation, body: bytes) -> None:
    event = codec.decode(body)
    said = Moment(event.time, is_believed=True)
    digest = bytes.fromhex(station.head)
    row = event_row(event, body, digest, _RECEIVED, station=event.station, device=event.device, recorded_at=event.time)
    _insert(connection, EVENT, row)
    kind = BY_EVENT[type(event)]
    judged = None
    if isinstance(event, ResultEvent):
        judged = Limits(shipped_limits()).judge(event, event.station, event.device or "", said, event.time.date())
        count = "INSERT INTO daily_result VALUES (%s, %s, %s, %s, 1)"
        connection.execute(count, [judged.day, event.station, event.data.item, judged.verdict])
    typed = WITH_ROWS[kind]
    _insert(connection, typed.table, typed.row(event, Taking(said, _RECEIVED, judged)))


def test_rows_of_wrong_clocks_get_their_time_of_receipt_and_nothing_is_found_wrong_with_them(empty_dsn: str) -> None:
    migrate(empty_dsn, shipped()[:_BEFORE])
    station = ChainedStation("market-1")
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO station (name) VALUES ('market-1')")  # as that version enrolled
        for at in (
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2039, 1, 1, tzinfo=UTC),
            _RECEIVED - timedelta(hours=5),
        ):
            _store(connection, station, station.add(result(), time=at))
            _store(connection, station, station.add(SampleV1(number="9"), device=False, time=at))
            _store(connection, station, station.add(ReadingV1(quantity="t", value=4.5, unit="degC"), time=at))
            _store(connection, station, station.add(CameraV1(key=uuid7(), phase="start", kind="dark"), time=at))
        count = len(station.bodies)
        connection.execute(
            "INSERT INTO stream (id, station, through, head, highest) VALUES (%s, 'market-1', %s, %s, %s)",
            [station.stream, count, bytes.fromhex(station.head), count],
        )
        connection.execute(
            "INSERT INTO device (station, name, state, state_at, last_result_at)"
            " VALUES ('market-1', 'tester-1', 'fault', '2039-01-01', '2039-01-01')"
        )
        connection.execute("UPDATE station SET state_at = '9998-01-01'")
        migrate(empty_dsn)
        assert [finding for finding in walk(connection) if isinstance(finding, Finding)] == []
        for table in ("result", "sample", "reading", "camera_event"):
            rows = connection.execute(
                f"SELECT recorded_at, flags FROM {table} ORDER BY recorded_at, event".encode()
            ).fetchall()
            mended = (_RECEIVED, NOT_BELIEVED)
            assert rows == [(_RECEIVED - timedelta(hours=5), ""), mended, mended], table
        pinned = "SELECT state_at <= now(), last_result_at <= now() FROM device"
        assert connection.execute(pinned.encode()).fetchall() == [(True, True)]
        assert connection.execute("SELECT state_at <= now() FROM station").fetchall() == [(True,)]
