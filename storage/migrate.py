"""The migration runner: numbered SQL files, each applied once, in order, in a transaction of its own.

One session at a time holds the advisory lock, so that several processes may start at once. A file that was applied is
never changed (its checksum is kept), and a database that a newer version has migrated is refused: old code must not
write into tables whose meaning it does not know.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

import psycopg

from storage.errors import BrokenPackageError, ChangedMigrationError, NewerDatabaseError, translated
from storage.exchange import connect_patiently
from storage.roles import Roles, grant
from storage.timescale import make_hypertables

_LOCK = 0x5368_6961_6E00  # "Shian": the key of the advisory lock
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    number      integer PRIMARY KEY,
    name        text NOT NULL,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements.encode()).hexdigest()


def shipped() -> tuple[Migration, ...]:
    """Return the migrations of this version, 1, 2, 3 ... Raises BrokenPackageError when a number is missing or
    doubled."""
    found = []
    for entry in (files("storage") / "migrations").iterdir():
        match = _NAME.fullmatch(entry.name)
        if match:
            found.append(Migration(int(match[1]), match[2], entry.read_text("utf-8")))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)) or not found:
        raise BrokenPackageError(f"migrations {[migration.number for migration in found]}: numbers must be 1, 2, 3 ...")
    return tuple(found)


def migrate(dsn: str, migrations: tuple[Migration, ...] | None = None, *, roles: Roles | None = None) -> list[str]:
    """Bring the database up to this version; the names of what was applied now. The role of `dsn` owns the tables and
    need be no superuser; `roles` get what they need of them.

    Raises ChangedMigrationError, NewerDatabaseError, DatabaseAwayError; migrations that were applied before stay
    applied.
    """
    wanted = shipped() if migrations is None else migrations
    with translated(), connect_patiently(dsn, "migrate", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_LEDGER)
        applied = _check(connection, wanted)
        fresh = [migration for migration in wanted if migration.number > applied]
        # One wait for the disk instead of forty: the commit of the last one covers all before it.
        connection.execute("SET synchronous_commit = off")
        for migration in fresh:
            if migration is fresh[-1]:
                connection.execute("RESET synchronous_commit")
            _apply(connection, migration)
        connection.execute("RESET synchronous_commit")
        make_hypertables(connection)
        if roles:
            grant(connection, roles)
        return [f"{migration.number:04}_{migration.name}" for migration in fresh]


def version(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Return the number of the last applied migration; 0 for an empty database."""
    if connection.execute("SELECT to_regclass('migration')").fetchone() == (None,):
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
    return int(str(row[0])) if row else 0


def check(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Check the database's version. Raises NewerDatabaseError or ChangedMigrationError; an older database passes (it
    needs `shian migrate`)."""
    if version(connection):
        _check(connection, shipped())


def _check(connection: psycopg.Connection[tuple[object, ...]], wanted: tuple[Migration, ...]) -> int:
    applied = 0
    known = {migration.number: migration for migration in wanted}
    for number, name, checksum in connection.execute("SELECT number, name, checksum FROM migration ORDER BY number"):
        applied = int(str(number))
        mine = known.get(applied)
        if mine is None:
            raise NewerDatabaseError(
                f"the database has migration {applied} ({name}); this version ends at {max(known)}"
            )
        if mine.checksum != checksum:
            raise ChangedMigrationError(f"migration {applied} ({name}) was applied with other contents")
    return applied


def _apply(connection: psycopg.Connection[tuple[object, ...]], migration: Migration) -> None:
    with connection.transaction():
        # The simple protocol (no parameters) takes many statements at once.
        connection.execute(migration.statements.encode())
        connection.execute(
            "INSERT INTO migration (number, name, checksum) VALUES (%s, %s, %s)",
            [migration.number, migration.name, migration.checksum],
        )
