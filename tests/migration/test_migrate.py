"""The runner on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from storage.errors import ChangedMigrationError, NewerDatabaseError, RowsRefusedError
from storage.migrate import Migration, check, migrate, shipped, version
from wire.verdicts import AnalyteLimit, shipped_limits


def test_an_empty_database_is_brought_up_once(empty_dsn: str) -> None:
    assert migrate(empty_dsn) == [f"{step.number:04}_{step.name}" for step in shipped()]
    assert migrate(empty_dsn) == []
    with psycopg.connect(empty_dsn) as connection:
        assert version(connection) == len(shipped())
        check(connection)


def test_four_processes_that_migrate_at_once_apply_each_migration_once(empty_dsn: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty_dsn] * 4))
    assert sorted(len(names) for names in applied) == [0, 0, 0, len(shipped())]


def test_a_migration_that_was_changed_afterwards_is_named(empty_dsn: str) -> None:
    migrate(empty_dsn, (Migration(1, "first", "CREATE TABLE one ()"),))
    with pytest.raises(ChangedMigrationError, match=r"migration 1 \(first\)"):
        migrate(empty_dsn, (Migration(1, "first", "CREATE TABLE two ()"),))


def test_a_database_of_a_newer_version_is_refused(empty_dsn: str) -> None:
    first = Migration(1, "first", "CREATE TABLE one ()")
    migrate(empty_dsn, (first, Migration(2, "second", "CREATE TABLE two ()")))
    with pytest.raises(NewerDatabaseError, match="ends at 1"):
        migrate(empty_dsn, (first,))


def test_a_migration_that_fails_leaves_nothing_of_itself_and_all_before_it(empty_dsn: str) -> None:
    first = Migration(1, "first", "CREATE TABLE one ()")
    with pytest.raises(RowsRefusedError):
        migrate(empty_dsn, (first, Migration(2, "second", "CREATE TABLE two (); SELECT 1 / 0")))
    with psycopg.connect(empty_dsn) as connection:
        assert version(connection) == 1
        assert connection.execute("SELECT to_regclass('one') IS NULL, to_regclass('two') IS NULL").fetchone() == (
            False,
            True,
        )


def test_the_limit_table_is_the_file_that_the_package_ships(dsn: str) -> None:
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM analyte_limit ORDER BY code")
        names = [column.name for column in cursor.description or ()]
        rows = [AnalyteLimit.model_validate(dict(zip(names, row, strict=True))) for row in cursor]
    assert rows == sorted(shipped_limits(), key=lambda limit: limit.code)
