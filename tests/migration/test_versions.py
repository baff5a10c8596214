"""The schema on every PostgreSQL of this machine: the wheel's, and those of the system."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shian.local.postgres import LocalPostgres
from storage.findings import Walked
from storage.migrate import migrate
from storage.stations import Station, enrol
from storage.timescale import is_loaded, make_hypertables
from storage.walk import walk
from tests.support import services
from tests.support.desk import desk
from tests.support.station import ChainedStation, result

_SYSTEM = Path("/usr/lib/postgresql")
_VERSIONS = [15, 16, 17, 18]


@pytest.fixture(params=_VERSIONS, ids=lambda version: f"postgresql-{version}")
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPostgres]:
    folder = _SYSTEM / str(request.param)
    if not (folder / "bin" / "postgres").exists():
        pytest.skip(f"no PostgreSQL {request.param} in {folder}")
    monkeypatch.setenv("SHIAN_TEST_POSTGRES", str(folder))
    with services.postgres() as postgres:
        yield postgres


def test_the_schema_takes_ingest_and_the_walk(server: LocalPostgres) -> None:
    migrate(server.dsn)
    assert migrate(server.dsn) == []
    with desk(server.dsn) as centre:
        enrol(centre.connection, Station("market-1"))
        station = ChainedStation("market-1")
        for number in range(120):
            station.checkpoint() if number == 99 else station.add(result(float(number), number=str(number)))
        centre.take(station.topic, *station.bodies[:10])
        centre.take(station.topic, *station.bodies)
        found = list(walk(centre.connection))
        walked = [(stream.station, stream.events) for stream in found if isinstance(stream, Walked)]
        assert walked == [("centre", 2), ("market-1", 120)]
        assert len(found) == 2
        assert centre.one("SELECT count(*) FROM alert") > 0


def test_without_timescaledb_the_tables_stay_plain(dsn: str) -> None:
    """Skip the test with TimescaleDB, where it would say nothing: the extension is not on these machines."""
    with psycopg.connect(dsn) as connection:
        assert not is_loaded(connection)
        assert not make_hypertables(connection)
