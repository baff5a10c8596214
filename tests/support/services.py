"""Real services for tests: one PostgreSQL a session, an empty database a test, brokers of both kinds."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from shian.local_broker import Kind, LocalBroker, best_kind
from shian.local_postgres import LocalPostgres
from shian.ports import free_port


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder directly below /tmp: reachable by an unprivileged PostgreSQL even when pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="shian-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(*, is_durable: bool = False) -> Iterator[LocalPostgres]:
    """A server of its own. Not durable (no fsync) unless a test is about crashes."""
    install = os.environ.get("SHIAN_TEST_POSTGRES")
    with short_folder() as folder:
        fast = {} if is_durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        server = LocalPostgres(folder, install=Path(install) if install else None, settings=fast)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def database(server: LocalPostgres, *, template: str = "template1") -> Iterator[str]:
    """The DSN of a new database in `server`, empty or a copy of `template`; dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield server.dsn.rsplit("/", 1)[0] + "/" + name
    finally:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def broker(kind: Kind | None = None) -> Iterator[LocalBroker]:
    with short_folder() as folder:
        it = LocalBroker(folder, free_port(), kind or best_kind())
        it.start()
        try:
            yield it
        finally:
            it.stop()
