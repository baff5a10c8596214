"""A centre that fills up: the server measures its database and its disks, says so, and takes it back."""

from pathlib import Path
from typing import Any

import psycopg

from tests.support.server import serving
from tests.support.waiting import wait_for

QUIET = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}, "look_s": 0.1}
FAST = {"look_s": 0.1, "ends_after_s": 0.2}


def test_a_database_that_nears_its_limit_and_a_disk_make_alerts_that_end_twice(dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:

        def alerts() -> list[tuple[Any, ...]]:
            return database.execute("SELECT facts ->> 'place', state FROM alert ORDER BY opened_at, key").fetchall()

        def states() -> list[str]:
            return [state for _, state in alerts()]

        for turn in range(2):
            filling: dict[str, Any] = {"database_gib": 0.001, "folders": [str(tmp_path)], "percent": 0.001} | FAST
            with serving(dsn, watch=QUIET | {"filling_up": filling}):
                live = [("database", "open"), (str(tmp_path), "open")]
                wait_for(lambda: states().count("open") == 2, what="both")
                assert sorted(alerts()[2 * turn :]) == sorted(live)
            filling |= {"database_gib": 1000.0, "percent": 99.99}
            with serving(dsn, watch=QUIET | {"filling_up": filling}):
                wait_for(lambda: set(states()) == {"resolved"}, what="the end of both")


def test_growth_is_known_after_a_restart(dsn: str, tmp_path: Path) -> None:
    # A week ago the database was almost empty: at that pace it is full within the fortnight.
    with psycopg.connect(dsn, autocommit=True) as database:
        week = "now() - interval '6 days'"
        database.execute(f"INSERT INTO place_size VALUES ('database', date_trunc('hour', {week}), {week}, 1)".encode())
        ((size,),) = database.execute("SELECT pg_database_size(current_database())").fetchall()
        filling = {"database_gib": 2.0 * size / 2**30} | FAST
        with serving(dsn, watch=QUIET | {"filling_up": filling}, media={"folder": tmp_path / "not-yet"}):
            wait_for(lambda: database.execute("SELECT 1 FROM alert").fetchone() is not None, what="an alert")
        ((rule, facts),) = database.execute("SELECT rule, facts FROM alert").fetchall()
        assert (rule, facts["place"]) == ("filling_up", "database")
        assert facts["en"].endswith("full in 6 days")
