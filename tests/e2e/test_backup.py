"""The centre's backup and its return, by the commands of docs/deploy.md: every chain holds, and ingest goes on."""

import subprocess
from pathlib import Path

import psycopg

from shian.local.postgres_install import shipped_binaries
from storage.findings import Finding
from storage.migrate import migrate
from storage.walk import walk
from tests.support import services
from tests.support.desk import desk
from tests.support.station import ChainedStation, result

ROOT = Path(__file__).resolve().parents[2]


def test_a_restored_centre_verifies_and_goes_on_where_the_backup_ended(
    postgres: services.HasDsn, dsn: str, empty_dsn: str, tmp_path: Path
) -> None:
    with desk(dsn) as centre:
        station = centre.station("market-1")
        for number in range(30):
            station.add(result(63.0 if number == 7 else 12.0, number=str(number), device_verdict=None))
        station.checkpoint()
        centre.take(station.topic, *station.bodies)
        before = centre.rows(
            "SELECT count(*), max(sequence), (SELECT count(*) FROM alert) FROM event WHERE station <> 'centre'"
        )
    file = tmp_path / "shian.dump"
    run_tool("pg_dump", "--format=custom", f"--file={file}", f"--dbname={dsn}")
    run_tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={empty_dsn}", str(file))

    assert migrate(empty_dsn, roles=services.ROLES) == []
    with psycopg.connect(empty_dsn) as connection:
        assert [found for found in walk(connection) if isinstance(found, Finding)] == []
    with desk(empty_dsn) as centre:
        assert (
            centre.rows(
                "SELECT count(*), max(sequence), (SELECT count(*) FROM alert) FROM event WHERE station <> 'centre'"
            )
            == before
        )
        kept = len(station.bodies)
        _go_on(station)
        outcome = centre.take(station.topic, *station.bodies[kept:])
        assert outcome.heads[station.stream.int].through == len(station.bodies)
        assert centre.one("SELECT count(*) FROM alert") == 2


def test_the_handbook_names_these_commands() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert "pg_dump --format=custom" in text
    assert "pg_restore --exit-on-error --no-owner" in text


def _go_on(station: ChainedStation) -> None:
    station.add(result(71.0, number="100", device_verdict=None))
    station.checkpoint()


def run_tool(program: str, *arguments: str) -> None:
    """Run a program of the PostgreSQL that the tests use."""
    done = subprocess.run(
        [str(shipped_binaries() / "bin" / program), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
