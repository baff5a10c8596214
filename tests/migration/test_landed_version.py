"""A database of an older version, with rows of every kind, goes on under today's.

The rows (version_0012.json: table -> rows as PostgreSQL's row_to_json writes them) were stored by the ingest of that
version: every kind of event, a fork, a fold, a hole, a clock of 1970, refused messages, alerts, steps, deliveries.
"""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from ingest.rebuild import rebuild
from storage.findings import Finding
from storage.kinds import WITH_ROWS
from storage.migrate import migrate, shipped
from storage.walk import walk
from tests.support.desk import desk
from tests.support.services import ROLES
from tests.support.station import ChainedStation, result
from wire.kinds import KINDS, deed, handling, link, probe

_VERSION = 12
_REFERRED_TO = ("area", "station", "subscription", "alert", "delivery")
_ROWS: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "version_0012.json").read_text("utf-8"))


@pytest.fixture
def landed(empty_dsn: str) -> str:
    """Make a database of that version, and bring it up to date."""
    migrate(empty_dsn, shipped()[:_VERSION])
    with psycopg.connect(empty_dsn) as connection:
        # The rows came after that version.
        connection.execute("UPDATE migration SET applied_at = '2026-11-01'")
        # The table's own history is among the rows.
        connection.execute("ALTER TABLE analyte_limit DISABLE TRIGGER keep_limit_history")
        first = [table for table in _REFERRED_TO if table in _ROWS]
        for table in (*first, *(table for table in _ROWS if table not in first)):
            if table.startswith("analyte_limit"):
                connection.execute(f"DELETE FROM {table}".encode())
            put = (
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{table}, %s)"
            )
            connection.execute(put.encode(), [json.dumps(_ROWS[table])])
        connection.execute("ALTER TABLE analyte_limit ENABLE TRIGGER keep_limit_history")
    migrate(empty_dsn, roles=ROLES)
    return empty_dsn


def _everything(dsn: str, table: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return sorted(connection.execute(f"SELECT row_to_json(x)::text FROM {table} x".encode()).fetchall())


def test_every_kind_of_row_is_there() -> None:
    typed = {kind.event_type for kind in WITH_ROWS if kind not in (deed.KIND, handling.KIND, probe.KIND, link.KIND)}
    assert typed <= {row["type"] for row in _ROWS["event"]}
    assert all(
        _ROWS[table] for table in ("disputed", "folded", "quarantine", "alert", "alert_step", "delivery", "media")
    )


def test_nothing_is_lost_and_the_walk_names_what_it_named_before(landed: str) -> None:
    for table in (
        "event",
        "result",
        "reading",
        "sample",
        "camera_event",
        "quarantine",
        "alert",
        "delivery",
        "disputed",
    ):
        assert len(_everything(landed, table)) == len(_ROWS[table]), table
    with psycopg.connect(landed) as connection:
        found = [(look.kind.value, look.station) for look in walk(connection) if isinstance(look, Finding)]
    # The walk of that version named the same two.
    assert found == [("gap", "xiguan-market"), ("forked", "xiguan-market")]


def test_ingest_goes_on_in_the_same_streams(landed: str) -> None:
    with desk(landed) as open_desk:
        station = open_desk.station("third-market")
        station.add(result(90.0))
        open_desk.take(station.topic, *station.bodies)
        assert open_desk.one("SELECT count(*) FROM alert WHERE station = 'third-market' AND rule = 'failed_test'") == 1
        older = ChainedStation("dongmen-market")
        older.add(result(90.0))
        open_desk.take(older.topic, *older.bodies)
        assert open_desk.one("SELECT count(*) FROM event WHERE station = 'dongmen-market'") == 16


def test_the_typed_rows_are_made_again_as_they_were(landed: str) -> None:
    tables = [*(typed.table.name for typed in WITH_ROWS.values()), "daily_result", "daily_sample", "daily_station"]
    before = {table: _everything(landed, table) for table in tables}
    with psycopg.connect(landed, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(tables)}".encode())
        list(rebuild(connection, ZoneInfo("Asia/Shanghai"), kinds=KINDS))
    after = {table: _everything(landed, table) for table in tables}
    assert after == before
