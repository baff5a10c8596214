"""Opens the spool's file: one agent at a time, a schema, and a check that the file can be trusted.

A file that cannot be trusted is put aside under a new name, never deleted, and a new stream begins. The centre then
sees a new chain beside the old one, which is the truth, instead of a chain that was patched."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from edge.errors import SpoolBrokenError, SpoolError, SpoolFullError, SpoolLockedError
from process.private_files import sync_folder
from wire.kinds.envelope import ZERO_HASH

FILE = "spool.db"
# The first makes version 1, each later one the version after it, also of a file that has events already.
_SCRIPTS = ("spool.sql", "spool_2.sql", "spool_3.sql", "spool_4.sql", "spool_5.sql", "spool_6.sql")
_VERSION = len(_SCRIPTS)
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# A disk that takes no writes is, for whoever waits for an answer, a full disk: the batch is kept and tried again.
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """The part of sqlite3.Connection that the spool uses; a test replaces it by one that loses power."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Any = (), /) -> Cursor: ...
    def executescript(self, sql_script: str, /) -> Any: ...
    def close(self) -> None: ...


Connect = Callable[[Path], Connection]


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection in autocommit: the Spool writes every transaction out. Its lock guards it, not the thread."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)


@contextmanager
def translated() -> Iterator[None]:
    """Wrap the driver's errors, once."""
    try:
        yield
    except sqlite3.Error as exc:
        primary = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if primary in _BROKEN:
            raise SpoolBrokenError(f"the spool is damaged: {exc}") from exc
        if primary in _NO_ROOM:
            raise SpoolFullError(f"the spool takes no writes: {exc}") from exc
        raise SpoolError(str(exc)) from exc


class FolderLock:
    """The lock that lets one agent at a folder. The kernel releases it when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "agent.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock. Raises SpoolLockedError."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(descriptor)
            raise SpoolLockedError(f"{self._path.parent}: another agent is at work here") from exc
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: see the table `stream`."""

    stream: UUID
    sequence: int
    hash: str
    recorded_ms: int
    sealed: int
    base: int = 0

    @property
    def number(self) -> int:
        """Return the number of the newest event in the file, which counts on over all streams of the file."""
        return self.base + self.sequence


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file. `news` says why a new stream began; "" when the old one goes on."""

    connection: Connection
    head: Head
    news: str


def open_file(
    folder: Path, connect: Connect, *, is_expected: bool, new_stream: Callable[[], UUID], now: datetime
) -> Opened:
    """Open `folder`/spool.db, or make it anew when it is missing or damaged (the old one is put aside).

    `is_expected`: this station had a spool before, so a missing one is news. Raises SpoolError."""
    path = folder / FILE
    reason = "the spool was missing" if is_expected else "first start"
    if path.exists() and path.stat().st_size:
        try:
            with translated():
                return _open_checked(path, connect)
        except SpoolBrokenError as exc:
            reason = str(exc)
    kept = _put_aside(path, now)
    if kept:
        reason += f"; the old file is kept as {kept}: shian edge salvage"
    with translated():
        connection = _open(path, connect)
        _make_schema(connection, new_stream(), now)
        sync_folder(folder)
        return Opened(connection, read_head(connection), reason)


def _open(path: Path, connect: Connect) -> Connection:
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -1024")  # KiB; the kernel keeps the rest
        connection.execute(f"PRAGMA journal_size_limit = {16 << 20}")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_checked(path: Path, connect: Connect) -> Opened:
    connection = _open(path, connect)
    try:
        return Opened(connection, _checked_head(connection), "")
    except BaseException:
        connection.close()
        raise


def _make_schema(connection: Connection, stream: UUID, now: datetime) -> None:
    """Make the schema and the stream's name in one transaction: a power loss leaves a whole spool or an empty file."""
    row = (
        "INSERT INTO stream (only_row, id, sequence, hash, recorded_ms, sealed, dead_dropped)"  # noqa: S608
        f" VALUES (1, '{stream}', 0, '{ZERO_HASH}', {milliseconds(now)}, 0, 0);"
    )
    _run_scripts(connection, 0, row)


def _run_scripts(connection: Connection, version: int, more: str = "") -> None:
    """Bring the schema from `version` up to ours in one transaction."""
    scripts = " ".join((files("edge.spool") / name).read_text("utf-8") for name in _SCRIPTS[version:])
    connection.executescript(f"BEGIN IMMEDIATE; {scripts} {more} PRAGMA user_version = {_VERSION}; COMMIT;")


def read_head(connection: Connection) -> Head:
    row = connection.execute("SELECT id, sequence, hash, recorded_ms, sealed, base FROM stream").fetchone()
    if row is None:
        raise SpoolBrokenError("the spool is damaged: it names no stream")
    return Head(UUID(row[0]), *row[1:])


def _checked_head(connection: Connection) -> Head:
    """Check the file and return its head. Raises SpoolBrokenError when pages are damaged, or when the newest event is
    not the head."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise SpoolError(f"the spool has version {version}; this agent knows {_VERSION}: install the newer one again")
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if version == 0 or found != "ok":
        raise SpoolBrokenError(f"the spool is damaged: {found if version else 'no schema'}")
    if version < _VERSION:
        _run_scripts(connection, version)
    head = read_head(connection)
    newest = connection.execute("SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1").fetchone()
    if newest is not None:
        # Its bytes are looked at before it is sent (edge/uplink/uplink.py): a damaged one costs itself alone.
        number, name = newest
        if (number, name) != (head.number, head.hash):
            raise SpoolBrokenError(f"the spool is damaged: event {number} is not the head {head.number}")
    lost = connection.execute(
        "SELECT count(*) FROM outbox LEFT JOIN event USING (sequence) WHERE event.sequence IS NULL"
    ).fetchone()
    if lost != (0,):
        raise SpoolBrokenError(f"the spool is damaged: {lost[0]} waiting events have no body")
    return head


def _put_aside(path: Path, now: datetime) -> str:
    """Rename the spool and its log, and return the new name.

    The main file goes first: a log that a crash leaves alone is put aside next time."""
    name = f"{path.name}.aside-{now:%Y%m%dT%H%M%S%f}"
    kept = ""
    for tail in ("", "-wal"):
        old = path.with_name(path.name + tail)
        if old.exists() and old.stat().st_size:
            old.rename(path.with_name(name + tail))
            kept = kept or name
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return kept


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
