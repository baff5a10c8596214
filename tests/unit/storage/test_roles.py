"""The rights of the three roles, on a real PostgreSQL."""

import psycopg
import pytest

from storage.kinds import WITH_ROWS
from storage.roles import RIGHTS
from tests.support.services import INGEST, OWNER, SERVER, as_role

TYPED = [typed.table.name for typed in WITH_ROWS.values()]


def test_every_table_says_who_may_do_what_in_it(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " UNION ALL SELECT viewname FROM pg_views WHERE schemaname = 'public'"
        ).fetchall()
    assert {row[0] for row in rows} == set(RIGHTS)


@pytest.mark.parametrize("role", [OWNER, INGEST, SERVER])
def test_nobody_is_a_superuser(dsn: str, role: str) -> None:
    with psycopg.connect(as_role(dsn, role)) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        assert connection.execute("SELECT current_user").fetchone() == (role,)


@pytest.mark.parametrize("role", [INGEST, SERVER])
@pytest.mark.parametrize("table", [*TYPED, "event", "alert_step", "audit"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}", "ALTER TABLE {} ADD x int"])
def test_evidence_is_taken_away_by_nobody_but_the_owner(dsn: str, role: str, table: str, statement: str) -> None:
    with psycopg.connect(as_role(dsn, role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(table).encode())


@pytest.mark.parametrize("role", [INGEST, SERVER])
@pytest.mark.parametrize("table", ["event", "result", "analyte_limit", "audit"])
def test_evidence_and_limits_are_changed_by_neither(dsn: str, role: str, table: str) -> None:
    with psycopg.connect(dsn) as connection:
        column = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1", [table]
        ).fetchone()
    assert column
    with psycopg.connect(as_role(dsn, role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"UPDATE {table} SET {column[0]} = {column[0]}".encode())


def test_the_server_reads_and_ingest_cannot_read_what_receivers_answered(dsn: str) -> None:
    with psycopg.connect(as_role(dsn, SERVER)) as connection:
        connection.execute("SELECT count(*) FROM delivery_attempt")
    with psycopg.connect(as_role(dsn, INGEST)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT count(*) FROM delivery_attempt")
