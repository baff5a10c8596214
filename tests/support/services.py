"""Real services for tests: one PostgreSQL a session, an empty database a test, brokers of both kinds."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from shian.local.broker import Kind, LocalBroker, best_kind
from shian.local.ports import free_port
from shian.local.postgres import LocalPostgres
from storage.roles import Roles

DISK, MEMORY = Path("/tmp"), Path("/dev/shm")
_ENOUGH = 4 << 30


def quickest() -> Path:
    """Return where small databases are best: in memory, where a busy disk makes no copy take seconds; on the disk where
    memory has no room."""
    is_there = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > _ENOUGH
    return MEMORY if is_there else DISK


@contextmanager
def short_folder(below: Path = DISK) -> Iterator[Path]:
    """Make a folder directly below /tmp: an unprivileged PostgreSQL reaches it even when it does not reach pytest's
    own."""
    folder = Path(tempfile.mkdtemp(prefix="shian-", dir=below))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(*, is_durable: bool = False, below: Path = DISK) -> Iterator[LocalPostgres]:
    """Start a server of one's own. Not durable (no fsync) unless a test is about crashes."""
    install = os.environ.get("SHIAN_TEST_POSTGRES")
    with short_folder(below) as folder:
        fast = {} if is_durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if below == MEMORY:
            fast["max_wal_size"] = "256MB"
        server = LocalPostgres(folder, install=Path(install) if install else None, settings=fast)
        server.start()
        make_roles(server)
        try:
            yield server
        finally:
            server.stop()


OWNER, INGEST, SERVER = "test_owner", "test_ingest", "test_server"
ROLES = Roles(INGEST, SERVER)


class HasDsn(Protocol):
    """A server's database, by a superuser."""

    @property
    def dsn(self) -> str: ...


def make_roles(server: HasDsn) -> None:
    """Make the three roles of a district's database, none of them a superuser."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in {OWNER, INGEST, SERVER} - there:
            # A server of its own on 127.0.0.1: the password keeps nobody out.
            made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
            connection.execute(made.format(sql.Identifier(role), sql.Literal(role)))
        # So that a test may end the connections of both.
        both = sql.SQL("GRANT {}, {} TO {}")
        connection.execute(both.format(*map(sql.Identifier, (INGEST, SERVER, OWNER))))


def as_owner(dsn: str) -> str:
    """Return the DSN of the same database, as OWNER."""
    return _by(dsn, OWNER)


def as_role(dsn: str, role: str) -> str:
    """Return the DSN of OWNER's database as another role; unchanged where it is somebody else's (a test with a server
    of its own)."""
    return _by(dsn, role) if urlsplit(dsn).username == OWNER else dsn


def _by(dsn: str, role: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{role}@{parts.hostname}:{parts.port}"))


@contextmanager
def database(server: HasDsn, *, template: str = "template1") -> Iterator[str]:
    """Make a new database in `server`, empty or a copy of `template`, and yield the DSN of its owner; drop it
    afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    is_in_memory = isinstance(server, LocalPostgres) and server.folder.is_relative_to(MEMORY)
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        # Copied file by file, which a checkpoint must go before: half the time in memory, many times that on a disk.
        statement = sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY " + ("FILE_COPY" if is_in_memory else "WAL_LOG")
        )
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)))
    try:
        yield as_owner(server.dsn).rsplit("/", 1)[0] + "/" + name
    finally:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def broker(kind: Kind | None = None) -> Iterator[LocalBroker]:
    with short_folder() as folder:
        running = LocalBroker(folder, free_port(), kind or best_kind())
        running.start()
        try:
            yield running
        finally:
            running.stop()
