"""The index of a station's media: one small SQLite file beside them. edge/media/store.py keeps the files.

`shian edge media` opens the index too while the agent works: every change is one statement or one transaction."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID

from edge.media.errors import MediaError

FILE = "index.db"
_VERSION = 3
_TO_2 = """
ALTER TABLE mention ADD COLUMN is_alarming INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reading ADD COLUMN lost_told INTEGER NOT NULL DEFAULT 0;
UPDATE reading SET lost_told = lost, sequence = 0;
"""
_TO_3 = """
ALTER TABLE reading ADD COLUMN telling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reading ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE reading SET telling = lost_told, name = lower(hex(randomblob(16)));
"""
_STEPS = (_TO_2, _TO_3)  # the first makes version 2 of version 1

MediaKind = Literal["image/jpeg", "video/mp4"]

_PENDING = "uploaded_ms IS NULL AND given_up IS NULL AND stays = 0"
_IS_KEPT = "EXISTS (SELECT 1 FROM mention AS n JOIN kept USING (key) WHERE n.sha256 = media.sha256)"
_IS_MENTIONED = "EXISTS (SELECT 1 FROM mention AS n WHERE n.sha256 = media.sha256 AND n.sequence IS NOT NULL)"

_IS_ALARMING = "EXISTS (SELECT 1 FROM mention AS n WHERE n.sha256 = media.sha256 AND n.is_alarming)"
_LEAVING = f"sha256, size, made_ms, {_PENDING}, uploaded_ms IS NULL AND stays = 0, {_IS_MENTIONED}"
_READ_ON = "UPDATE reading SET stream = ?, sequence = ? WHERE sequence = ?"
_MAY_GO = f"SELECT 1 FROM media WHERE sha256 = ? AND NOT {_IS_KEPT}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class MediaRow:
    """One file. `keys`: of the camera events to which it belongs. `given_up`: the reason why the centre will not get
    it."""

    sha256: str
    kind: MediaKind
    size: int
    made_ms: int
    keys: tuple[str, ...]
    is_kept: bool
    stays: bool
    uploaded_ms: int | None
    given_up: str | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """A file that may be deleted. `is_pending`: the centre is to have it yet. `is_away`: the centre does not have it,
    whatever the reason. `is_mentioned`: a recorded event names it."""

    sha256: str
    size: int
    made_ms: int
    is_pending: bool
    is_away: bool
    is_mentioned: bool


class FoundFile(NamedTuple):
    """A file as it lies there."""

    sha256: str
    kind: MediaKind
    size: int
    made_ms: int
    stays: bool


class Losses(NamedTuple):
    """Files that went before the centre had them, and of which no event tells. `through`: the last one's number in the
    index `name`; one that is made anew counts from 0 again."""

    name: str
    through: int
    files: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that the centre does not have, with an event that names it (not known: None)."""

    sha256: str
    kind: MediaKind
    size: int
    stream: str | None
    sequence: int | None


class Mention(NamedTuple):
    """An event that names a file. `is_alarming`: it is one that alarms somebody."""

    sha256: str
    key: UUID
    stream: str
    sequence: int
    is_alarming: bool


@dataclass(frozen=True, slots=True)
class MediaCounts:
    """The numbers of media. `lost`: files deleted before the centre had them."""

    files: int = 0
    size: int = 0
    pending: int = 0
    kept: int = 0
    given_up: int = 0
    lost: int = 0


class MediaIndex:
    """An open index. The caller lets only one thread use it at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises MediaError, or sqlite3.DatabaseError for a damaged file."""
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            self._prepare(path)
            self._identity = _identity(path)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: Path) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        # Pages: on a full disk the file of changes must not grow from deletion to deletion.
        self._connection.execute("PRAGMA wal_autocheckpoint = 16")
        version = self._version()
        if version > _VERSION:
            raise MediaError(f"{path} has version {version}; this agent knows {_VERSION}: install the newer one again")
        if version < _VERSION:
            whole = (files("edge.media") / "index.sql").read_text("utf-8")
            steps = "".join(_STEPS[version - 1 :]) if version else whole
            try:
                self._connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {_VERSION}; COMMIT;")
            except sqlite3.OperationalError:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if self._version() != _VERSION:  # else another process has just done it
                    raise
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        self._connection.close()

    @property
    def is_in_place(self) -> bool:
        """Tell whether this is the file that lies there: not on a disk that went, not one that was replaced."""
        return self._identity is not None and _identity(self._path) == self._identity

    # Files

    def add(self, sha256: str, kind: MediaKind, size: int, made_ms: int, key: UUID | None, *, stays: bool) -> None:
        """Add a file. If its bytes are known, they also belong to the event `key` from now on, and are as old as it."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO media (sha256, kind, size, made_ms, stays) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (sha256) DO UPDATE SET made_ms = max(media.made_ms, excluded.made_ms)",
                (sha256, kind, size, made_ms, stays),
            )
            if key is not None:
                self._connection.execute(
                    "INSERT OR IGNORE INTO mention (sha256, key) VALUES (?, ?)", (sha256, str(key))
                )

    def found(self, files: Iterable[FoundFile]) -> None:
        """Add files that lie there without a row. Which events name them is to be read again."""
        with self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO media (sha256, kind, size, made_ms, stays) VALUES (?, ?, ?, ?, ?)", files
            )
            self._connection.execute("UPDATE reading SET sequence = 0")

    def remove(self, file: Leaving, delete: Callable[[], None], *, is_lost: bool) -> bool:
        """Delete a file and its row, unless another process has done so or keeps it by now; return whether it went.

        The file goes first: on a full disk there is no room for the change of the row before. A crash between the
        two leaves a row without a file, which counts as lost when it is found."""
        with self._transaction():
            if not self._connection.execute(_MAY_GO, (file.sha256,)).fetchall():
                return False
            delete()
            self._drop(file.sha256, is_lost=is_lost)
        return True

    def missing(self, sha256: str, *, is_lost: bool) -> bool:
        """Remove the row of a file that is not there; return whether there still was one."""
        with self._transaction():
            return self._drop(sha256, is_lost=is_lost)

    def count_lost(self, files: int) -> None:
        """Count files that went with another folder before the centre had them."""
        self._connection.execute("UPDATE reading SET lost = lost + ?", (files,))

    def _drop(self, sha256: str, *, is_lost: bool) -> bool:
        gone = self._connection.execute("DELETE FROM media WHERE sha256 = ?", (sha256,)).rowcount
        self._connection.execute("DELETE FROM mention WHERE sha256 = ?", (sha256,))
        self._connection.execute("UPDATE reading SET lost = lost + ?", (gone if is_lost else 0,))
        return gone > 0

    def all(self) -> dict[str, Leaving]:
        """Return every file, by its sha256."""
        rows = self._connection.execute(f"SELECT {_LEAVING} FROM media")  # noqa: S608
        return {row[0]: _leaving(row) for row in rows}

    def has(self, sha256: str) -> bool:
        return self._connection.execute("SELECT 1 FROM media WHERE sha256 = ?", (sha256,)).fetchone() is not None

    def counts(self) -> MediaCounts:
        (row,) = self._connection.execute(
            f"SELECT count(*), coalesce(sum(size), 0), coalesce(sum({_PENDING}), 0), coalesce(sum({_IS_KEPT}), 0),"  # noqa: S608
            " count(given_up), (SELECT lost FROM reading) FROM media"
        )
        return MediaCounts(*row)

    def newest(self, limit: int) -> list[MediaRow]:
        rows = self._connection.execute(
            f"SELECT sha256, kind, size, made_ms, {_IS_KEPT}, stays, uploaded_ms, given_up,"  # noqa: S608
            " (SELECT group_concat(key) FROM mention AS n WHERE n.sha256 = media.sha256)"
            " FROM media ORDER BY made_ms DESC, sha256 LIMIT ?",
            (limit,),
        )
        return [
            MediaRow(
                sha,
                kind,
                size,
                made,
                tuple(keys.split(",")) if keys else (),
                bool(kept),
                bool(stays),
                uploaded,
                given_up,
            )
            for sha, kind, size, made, kept, stays, uploaded, given_up, keys in rows
        ]

    # Retention

    def leaving(self) -> Iterator[Leaving]:
        """Yield the files that may go when room is needed, in that order; never a kept one.

        Those go first that nobody waits for, and those last whose event alarms somebody."""
        rows = self._connection.execute(
            f"SELECT {_LEAVING} FROM media WHERE NOT {_IS_KEPT}"  # noqa: S608
            f" ORDER BY ({_PENDING}), {_IS_ALARMING}, made_ms, sha256"
        )
        yield from map(_leaving, rows)

    def losses(self) -> Losses | None:
        """Return the losses that the next event is to tell of, the same ones until they are told; None: nothing new."""
        rows = self._connection.execute(
            "UPDATE reading SET telling = CASE WHEN telling > lost_told THEN telling ELSE lost END"
            " WHERE lost > lost_told RETURNING name, telling, telling - lost_told"
        ).fetchall()
        return Losses(*rows[0]) if rows else None

    def told(self, losses: Losses) -> None:
        """Note that an event tells of them."""
        self._connection.execute("UPDATE reading SET lost_told = ?", (losses.through,))

    def keep(self, key: UUID) -> int:
        """Keep the files of the event, also later ones, and return how many there are now."""
        self._connection.execute("INSERT OR IGNORE INTO kept VALUES (?)", (str(key),))
        (count,) = self._connection.execute("SELECT count(*) FROM mention WHERE key = ?", (str(key),)).fetchone()
        return int(count)

    def release(self, key: UUID) -> bool:
        """Keep the files of the event no longer. Returns whether they were kept."""
        return self._connection.execute("DELETE FROM kept WHERE key = ?", (str(key),)).rowcount > 0

    # Upload

    def read_through(self) -> tuple[str, int]:
        """Return the stream and the number up to which the spool has been read."""
        (row,) = self._connection.execute("SELECT stream, sequence FROM reading")
        return str(row[0]), int(row[1])

    def mention(self, found: Iterable[Mention], stream: str, known: int, through: int) -> bool:
        """Note the events that name files.

        The spool, whose present stream is `stream`, was read from `known` to `through`. An event that was recorded
        again in another stream is mentioned there. Returns False where it is to be read from its beginning instead."""
        with self._transaction():
            found = list(found)
            # The centre may have deleted by age what an event before this one brought there: it is asked again.
            self._connection.executemany(
                "UPDATE media SET uploaded_ms = NULL WHERE sha256 = ?1 AND NOT EXISTS"
                " (SELECT 1 FROM mention WHERE sha256 = ?1 AND key = ?2 AND sequence IS NOT NULL)",
                [(one.sha256, str(one.key)) for one in found],
            )
            self._connection.executemany(
                "INSERT INTO mention SELECT sha256, ?2, ?3, ?4, ?5 FROM media WHERE sha256 = ?1"
                " ON CONFLICT (sha256, key) DO UPDATE SET stream = excluded.stream, sequence = excluded.sequence,"
                " is_alarming = excluded.is_alarming"
                " WHERE mention.sequence IS NULL OR mention.stream <> excluded.stream OR NOT mention.is_alarming",
                [(one.sha256, str(one.key), one.stream, one.sequence, one.is_alarming) for one in found],
            )
            values = (stream, through, known)
            return self._connection.execute(_READ_ON, values).rowcount > 0

    def pending(self) -> list[Pending]:
        """Return the files to send: pictures before clips, since they are small and are looked at first; then the
        oldest first."""
        rows = self._connection.execute(
            "SELECT sha256, kind, size, stream, sequence FROM media LEFT JOIN mention USING (sha256)"  # noqa: S608
            f" WHERE {_PENDING} ORDER BY kind, made_ms, sequence"
        )
        return [Pending(*row) for row in rows]

    def uploaded(self, sha256: str, now_ms: int) -> None:
        self._connection.execute("UPDATE media SET uploaded_ms = ? WHERE sha256 = ?", (now_ms, sha256))

    def give_up(self, sha256: str, reason: str) -> None:
        self._connection.execute("UPDATE media SET given_up = ? WHERE sha256 = ?", (reason, sha256))

    def spoiled(self, sha256: str) -> int:
        """Count that the centre received other bytes, and return how often this has happened."""
        (row,) = self._connection.execute(
            "UPDATE media SET spoiled = spoiled + 1 WHERE sha256 = ? RETURNING spoiled", (sha256,)
        ).fetchall() or [(0,)]
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _leaving(row: tuple[str, int, int, int, int, int]) -> Leaving:
    sha256, size, made_ms, is_pending, is_away, is_mentioned = row
    return Leaving(sha256, size, made_ms, bool(is_pending), bool(is_away), bool(is_mentioned))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
