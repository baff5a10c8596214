"""Who starts a process with other settings than last time cannot do so unseen: it is a deed, with the changed keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest import told_settings as of_ingest
from ingest.settings import Ingest
from ingest.store import Store
from storage.settings import Database
from storage.thresholds import StationThresholds
from tests.support import processes
from tests.support.desk import Desk
from tests.support.server import serving
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
QUIET = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}}


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def told(database: Connection, process: str) -> list[dict[str, Any]]:
    rows = database.execute(
        "SELECT facts::jsonb FROM deed WHERE action = 'settings_changed' AND subject = %s ORDER BY event", [process]
    )
    return [row[0] for row in rows]


def test_a_server_with_other_settings_than_before_says_so_and_tells_no_secret(
    dsn: str, database: Connection, tmp_path: Path
) -> None:
    @contextmanager
    def started(count: int, **settings: Any) -> Iterator[None]:
        with serving(dsn, **settings):
            wait_for(lambda: len(told(database, "server")) == count, what="the deed")
            yield

    media = {"folder": tmp_path / "media"}
    with started(1, media=media):
        pass
    quiet = {**QUIET, "filling_up": {"percent": 99}}
    with started(2, media=media | {"keep_days": 30}, watch=quiet):
        pass
    with started(2, media=media | {"keep_days": 30}, watch=quiet):  # the same again
        pass
    with started(3, media=media, watch=quiet):
        pass
    first, second, third = told(database, "server")
    assert first["changed"] == {}
    assert second["changed"] == {
        "media.keep_days": {"before": None, "after": 30},
        "watch.filling_up.percent": {"before": 85, "after": 99},
    }
    assert third["changed"] == {"media.keep_days": {"before": 30, "after": None}}
    assert len({first["hash"], second["hash"], third["hash"]}) == 3
    for secret in ("dsn", "password", "token_file", str(tmp_path), "'database.", "channels"):
        assert secret not in str(first)


def test_ingest_says_its_thresholds_and_the_ranges_of_readings(desk: Desk, dsn: str) -> None:
    def start(**settings: Any) -> None:
        store = Store(desk.store.zone)
        store.open(desk.connection)
        of_ingest.tell(desk.connection, store, Ingest(database=Database(dsn=dsn), **settings))

    start()
    start()
    start(watch=StationThresholds.model_validate({"station_offline": {"is_on": False}}))
    desk.connection.execute(
        "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('cold', 'air_temperature', 8, 'degC')"
    )
    start()
    first, second, third = told(desk.connection, "ingest")
    assert first["changed"] == {}
    assert second["changed"] == {"watch.station_offline.is_on": {"before": True, "after": False}}
    assert third["changed"]["watch.station_offline.is_on"] == {"before": False, "after": True}
    assert third["changed"]["reading_limit.cold.above"] == {"before": None, "after": 8.0}


def test_rows_that_are_taken_away_and_made_again_are_deeds(dsn: str, database: Connection) -> None:
    for words in (("retire", "--kind", "result", "--before", "2026-01-01"), ("rebuild", "--kind", "result")):
        done = processes.run(*words, "--dsn", dsn)
        assert done.returncode == 0, done.stderr
    rows = database.execute(
        "SELECT action, subject, facts::jsonb -> 'rows', actor FROM deed WHERE action LIKE 'rows%' ORDER BY event"
    ).fetchall()
    assert [row[:3] for row in rows] == [("rows_retired", "result", 0), ("rows_rebuilt", "result", 0)]
    assert rows[0][3].endswith(": shian retire")
