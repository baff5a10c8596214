"""The media store: one file a picture or clip, named by the sha256 of its bytes, written whole or not at all.

    data/media/ab/abcdef....jpg        the file; there only when all of its bytes are on disk
    data/media/ab/abcdef....stays.mp4  one that never leaves the station: its name says so, whatever the index says
    data/media/kept/KEY                an event under a case: its media are never pruned
    data/media/index.db                what is known of it (edge/media/index.sql)
    data/media/new/                    what is being written

The files are the truth: an index that is damaged is put aside and made anew from them, and what the spool says of their
events is read again. A file that is gone leaves the index at the next start.
"""

import hashlib
import itertools
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from edge.media.errors import MediaError, MediaFullError
from edge.media.index import FILE, Leaving, MediaCounts, MediaIndex, MediaKind, MediaRow
from edge.spool.file import milliseconds
from process.private_files import sync_folder

log = structlog.get_logger()

ENDINGS: dict[MediaKind, str] = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}
_KEPT = "kept"
_STAYS = ".stays"
_NAME = re.compile(r"([0-9a-f]{64})(\.stays)?(\.jpg|\.mp4)")
_KINDS: dict[str, MediaKind] = {ending: kind for kind, ending in ENDINGS.items()}
_READ = 1 << 20
_DRAFT_S = 3600


@dataclass(frozen=True, slots=True)
class Disk:
    """The size of the file system that holds the media, and its free bytes."""

    size: int
    free: int


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """The limits of the store. `sends`: media go to a centre, so a file that has not arrived there stays as long as it
    can."""

    folder: Path
    sends: bool
    keep: timedelta = timedelta(days=30)
    disk_share: float = 0.3
    min_free: int = 512 << 20


@dataclass(frozen=True, slots=True)
class Pruned:
    """The files that went. `lost` of them never reached the centre."""

    files: int = 0
    size: int = 0
    lost: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(self.files + other.files, self.size + other.size, self.lost + other.lost)


def disk_of(folder: Path) -> Disk:
    found = os.statvfs(folder)
    return Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)


class MediaStore:
    """The store of media, for any thread. It opens at the first use; nothing is written before."""

    def __init__(
        self, plan: MediaPlan, *, clock: Callable[[], datetime], disk: Callable[[Path], Disk] = disk_of
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._disk = disk
        self._lock = threading.Lock()
        self._opened: MediaIndex | None = None
        self._drafts = itertools.count()

    @property
    def folder(self) -> Path:
        return self._plan.folder

    @property
    def is_begun(self) -> bool:
        """Tell whether anything was ever kept here."""
        return (self._plan.folder / FILE).exists()

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def put(self, data: bytes | Path, kind: MediaKind, key: UUID | None, *, stays: bool = False) -> str:
        """Keep the bytes, or the file (best from `draft`: it is moved), for the event `key` (None: one to come), and
        return their sha256.

        `stays`: they never leave the station. Raises MediaFullError without room, else MediaError."""
        with self.index() as index:
            with self.draft() as draft:
                if isinstance(data, Path):
                    shutil.move(data, draft)
                else:
                    draft.write_bytes(data)
                sha256, size = measure(draft)
                if not index.has(sha256):
                    self._make_room(index, size)
                    self._settle(draft, self.path(sha256, kind, stays=stays))
            index.add(sha256, kind, size, milliseconds(self._clock()), key, stays=stays)
        return sha256

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """Yield a name to write to, on the same file system; a file that is left there is deleted."""
        folder = self._plan.folder / "new"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{next(self._drafts)}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def path(self, sha256: str, kind: MediaKind, *, stays: bool = False) -> Path:
        return self._plan.folder / sha256[:2] / f"{sha256}{_STAYS if stays else ''}{ENDINGS[kind]}"

    def counts(self) -> MediaCounts:
        with self.index() as index:
            return index.counts()

    def newest(self, limit: int) -> list[MediaRow]:
        with self.index() as index:
            return index.newest(limit)

    def keep(self, key: UUID) -> int:
        """Keep the files of the event, also later ones, and return how many there are now."""
        with self.index() as index:
            marks = self._plan.folder / _KEPT
            marks.mkdir(exist_ok=True)
            (marks / str(key)).touch()
            sync_folder(marks)
            return index.keep(key)

    def release(self, key: UUID) -> bool:
        """Keep the files of the event no longer. Returns whether they were kept."""
        with self.index() as index:
            (self._plan.folder / _KEPT / str(key)).unlink(missing_ok=True)
            return index.release(key)

    def prune(self, *, is_time_known: bool = True, is_dry: bool = False) -> Pruned:
        """Delete the files that are past their days or beyond the share of the disk, and return what went.

        `is_dry`: only return it. While the time is not known (edge/station_clock.py) no file is past its days: a clock
        at 2039 would delete all evidence."""
        with self.index() as index:
            before_ms = milliseconds(self._clock() - self._plan.keep)
            old = [file for file in index.leaving() if self._is_past(file, before_ms)] if is_time_known else []
            gone = Pruned()
            for file in old:
                gone += self._go(index, file, "past its days", is_dry=is_dry)
            try:
                gone += self._make_room(index, 0, is_dry=is_dry, already=old if is_dry else ())
            except MediaFullError as exc:
                log.error("media_full", reason=str(exc))
        return gone

    def _is_past(self, file: Leaving, before_ms: int) -> bool:
        """Tell whether a file has had its days. One that an event names and that is still to be sent stays."""
        waits = file.is_pending and file.is_mentioned and self._plan.sends
        return file.made_ms < before_ms and not waits

    @contextmanager
    def index(self) -> Iterator[MediaIndex]:
        """Yield the index, for one thread at a time. Errors of files and of SQLite become MediaError."""
        with self._lock:
            try:
                if self._opened is None:
                    self._opened = self._open()
                yield self._opened
            except OSError as exc:
                raise MediaError(f"{self._plan.folder}: {exc}") from exc
            except sqlite3.Error as exc:
                self._forget_index()
                raise MediaError(f"{self._plan.folder / FILE}: {exc}") from exc

    # Room

    def _make_room(
        self, index: MediaIndex, size: int, *, is_dry: bool = False, already: Collection[Leaving] = ()
    ) -> Pruned:
        """Delete files until `size` bytes fit, in the order of `MediaIndex.leaving`. `already`: counted as gone.
        Raises MediaFullError."""
        gone, freed = Pruned(), sum(file.size for file in already)
        if not self._trouble(index, size, freed):
            return gone
        for file in [file for file in index.leaving() if file not in already]:
            trouble = self._trouble(index, size, freed)
            if not trouble:
                return gone
            gone += self._go(index, file, trouble, is_dry=is_dry)
            freed += file.size if is_dry else 0
        if trouble := self._trouble(index, size, freed):
            raise MediaFullError(f"{trouble}, and nothing may go")
        return gone

    def _trouble(self, index: MediaIndex, size: int, freed: int = 0) -> str:
        disk, used = self._disk(self._plan.folder), index.counts().size - freed
        if used + size > disk.size * self._plan.disk_share:
            return f"media take {(used + size) >> 20} MiB of {int(disk.size * self._plan.disk_share) >> 20}"
        if disk.free + freed < self._plan.min_free + size:
            return f"{(disk.free + freed) >> 20} MiB free, {self._plan.min_free >> 20} MiB must stay free"
        return ""

    def _go(self, index: MediaIndex, file: Leaving, reason: str, *, is_dry: bool) -> Pruned:
        """Delete a file. One that never reached the centre is named in the log and counted."""
        is_lost = self._plan.sends and file.is_away and (file.is_pending or file.is_mentioned)
        # A file that no event names is of no event: a crash came between the two.
        if reason == "past its days" and not file.is_mentioned:
            is_lost = False
        if not is_dry:
            if is_lost:
                log.warning("media_lost", sha256=file.sha256, size=file.size, reason=reason)
            for path in (self._plan.folder / file.sha256[:2]).glob(f"{file.sha256}.*"):
                path.unlink()
            index.remove(file.sha256, is_lost=is_lost)
        return Pruned(1, file.size, int(is_lost))

    # Files

    def _settle(self, draft: Path, path: Path) -> None:
        """Give the draft its final name, after its bytes are on disk: after a power loss there is a whole file or
        none."""
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not path.parent.exists():
            path.parent.mkdir()
            sync_folder(self._plan.folder)
        draft.rename(path)
        sync_folder(path.parent)

    def _open(self) -> MediaIndex:
        self._plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._plan.folder / FILE
        try:
            index = MediaIndex(path)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError):  # locked, no room: the file may be whole
                raise
            aside = path.with_name(f"{FILE}.aside-{self._clock():%Y%m%dT%H%M%S%f}")
            path.rename(aside)
            for tail in ("-wal", "-shm"):
                path.with_name(FILE + tail).unlink(missing_ok=True)
            log.error("media_index_damaged", reason=str(exc), kept_as=aside.name)
            index = MediaIndex(path)
        self._reconcile(index)
        return index

    def _reconcile(self, index: MediaIndex) -> None:
        """Make the index agree with the files, which are the truth: see the module's text."""
        known, found = index.names(), set[str]()
        for path in self._plan.folder.glob("[0-9a-f][0-9a-f]/*"):
            name = _NAME.fullmatch(path.name)
            if name is None:
                continue
            sha256, stays, ending = name.groups()
            found.add(sha256)
            if sha256 not in known:
                status = path.stat()
                made_ms = round(status.st_mtime * 1000)
                index.add(sha256, _KINDS[ending], status.st_size, made_ms, None, stays=bool(stays))
        for sha256 in known - found:
            log.warning("media_file_missing", sha256=sha256)
            index.remove(sha256)
        for path in self._plan.folder.glob(f"{_KEPT}/*"):
            with suppress(ValueError):  # not one of ours
                index.keep(UUID(path.name))
        for path in self._plan.folder.glob("new/*"):
            if self._clock().timestamp() - path.stat().st_mtime > _DRAFT_S:
                path.unlink()

    def _forget_index(self) -> None:
        """Close the index after an error of SQLite: the next use opens it again and so finds any damage."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def measure(path: Path) -> tuple[str, int]:
    """Return sha256 and size of a file, reading a piece at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size
