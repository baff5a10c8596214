"""The media store: one file a picture or clip, named by the sha256 of its bytes, written whole or not at all.

    data/media/ab/abcdef....jpg        the file; there only when all of its bytes are on disk
    data/media/ab/abcdef....stays.mp4  one that never leaves the station: its name says so, whatever the index says
    data/media/kept/KEY                an event under a case: its media are never pruned
    data/media/index.db                what is known of it (edge/media/index.sql)
    data/media/new/                    what is being written
    data/media/reserve-1, reserve-2    room for SQLite: without them a full disk would let nobody open the index, and so
                                       nobody delete anything

The files are the truth: an index that is damaged is put aside and made anew from them, and what the spool says of their
events is read again. A file that is gone leaves the index at the next start, and is counted as any other that goes
before the centre has it.

A folder that is another one than before (its disk went, and came back) is opened anew. While a disk is away, files are
kept in the folder that stands in for it, with the mark `stand-in`, and moved to the disk when that is there again:
nobody would ever find them below the disk. The disk's own files are counted as gone when it goes; they are sent after
all when it comes back.
"""

import hashlib
import itertools
import os
import re
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from edge.media.errors import MediaError, MediaFullError
from edge.media.index import FILE, FoundFile, Leaving, MediaCounts, MediaIndex, MediaKind, MediaRow
from edge.spool.file import milliseconds
from process.private_files import sync_folder

log = structlog.get_logger()

ENDINGS: dict[MediaKind, str] = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}
_KEPT = "kept"
_STAYS = ".stays"
_STANDS_IN = "stand-in"
_NAME = re.compile(r"([0-9a-f]{64})(\.stays)?(\.jpg|\.mp4)")
_KINDS: dict[str, MediaKind] = {ending: kind for kind, ending in ENDINGS.items()}
_READ = 1 << 20
_DRAFT_S = 3600
_PAST = "past its days"
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
# A file for each that SQLite makes beside the index, and room for what it writes before the first deletion counts.
_RESERVES = ("reserve-1", "reserve-2")
_RESERVE = 128 << 10
# Of the file system's room for files so many stay free, or a twentieth of a small one's: the spool makes some.
_NAMES_FREE = 64


@dataclass(frozen=True, slots=True)
class Disk:
    """The size of the file system that holds the media, and its free bytes. `names`: the files that it can hold (0: it
    knows no bound); `names_free`: so many more."""

    size: int
    free: int
    names: int = 0
    names_free: int = 0


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
    """The files that went. `lost` of them never reached the centre; `stuck`: so many could not be deleted."""

    files: int = 0
    size: int = 0
    lost: int = 0
    stuck: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(
            self.files + other.files, self.size + other.size, self.lost + other.lost, self.stuck + other.stuck
        )


def disk_of(folder: Path) -> Disk:
    found = os.statvfs(folder)
    return Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize, found.f_files, found.f_favail)


class MediaStore:
    """The store of media, for any thread. It opens at the first use; nothing is written before."""

    def __init__(
        self, plan: MediaPlan, *, clock: Callable[[], datetime], disk: Callable[[Path], Disk] = disk_of
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._disk = disk
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._before: _Opened | None = None  # of a folder that is not there any more
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
            self._forget_index()
            if self._before is not None:
                self._before.close()
                self._before = None

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
                path = self.path(sha256, kind, stays=stays)
                if not (index.has(sha256) and _is_whole(path, size)):
                    self._make_room(index, size)
                    self._settle(draft, path)
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
            return self._keep(index, key)

    def _keep(self, index: MediaIndex, key: UUID) -> int:
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
            before_ms, gone, rest = milliseconds(self._clock() - self._plan.keep), Pruned(), list[Leaving]()
            for file in list(index.leaving()):
                if is_time_known and self._is_past(file, before_ms):
                    gone += self._go(index, file, _PAST, is_dry=is_dry)
                else:
                    rest.append(file)
            gone, trouble = self._free(index, self._wanted(), rest, gone, is_dry=is_dry)
            if trouble:
                log.error("media_full", reason=trouble)
            if gone.stuck:
                log.error("media_not_deleted", files=gone.stuck)
            if not is_dry:
                self._reserve()
        return gone

    def missing(self, sha256: str, kind: MediaKind) -> None:
        """Note that a file to be sent is not there, if that is so."""
        with self.index() as index:
            file = index.all().get(sha256)
            if file and not self.path(sha256, kind).exists():
                self._note_missing(index, file)

    def _is_past(self, file: Leaving, before_ms: int) -> bool:
        """Tell whether a file has had its days. One that an event names and that is still to be sent stays."""
        waits = file.is_pending and file.is_mentioned and self._plan.sends
        return file.made_ms < before_ms and not waits

    @contextmanager
    def index(self) -> Iterator[MediaIndex]:
        """Yield the index, for one thread at a time. Errors of files and of SQLite become MediaError."""
        with self._lock:
            try:
                opened = self._opened
                yield opened.index if opened and opened.index.is_in_place else self._open_anew()
            except OSError as exc:  # a file may lie there without its row, or the other way round
                self._forget_index()
                raise MediaError(f"{self._plan.folder}: {exc}") from exc
            except sqlite3.Error as exc:
                self._forget_index()
                with suppress(OSError):
                    self._give_reserve(exc)
                raise MediaError(f"{self._plan.folder / FILE}: {exc}") from exc

    # Room

    def _make_room(self, index: MediaIndex, size: int) -> None:
        """Delete files until `size` bytes fit. Raises MediaFullError."""
        _, trouble = self._free(index, size, None, Pruned(), is_dry=False)
        if trouble:
            raise MediaFullError(f"{trouble}, and nothing may go")

    def _free(
        self, index: MediaIndex, size: int, files: list[Leaving] | None, gone: Pruned, *, is_dry: bool
    ) -> tuple[Pruned, str]:
        """Delete of `files` (None: of all), which come in the order of `MediaIndex.leaving`, until `size` bytes fit.

        Returns `gone` with what went, and the trouble that is left."""
        trouble = self._trouble(index, size, gone if is_dry else Pruned())
        if trouble and files is None:
            files = list(index.leaving())
        for file in files if trouble and files else ():
            gone += self._go(index, file, trouble, is_dry=is_dry)
            trouble = self._trouble(index, size, gone if is_dry else Pruned())
            if not trouble:
                break
        return gone, trouble

    def _trouble(self, index: MediaIndex, size: int, gone: Pruned) -> str:
        """Return why `size` bytes do not fit, "" if they do. `gone`: count these as deleted."""
        disk, used = self._disk(self._plan.folder), index.counts().size - gone.size
        if used + size > disk.size * self._plan.disk_share:
            return f"media take {(used + size) >> 20} MiB of {int(disk.size * self._plan.disk_share) >> 20}"
        if disk.free + gone.size < self._plan.min_free + size:
            return f"{(disk.free + gone.size) >> 20} MiB free, {self._plan.min_free >> 20} MiB must stay free"
        if disk.names_free + gone.files < min(_NAMES_FREE, disk.names // 20):
            return f"room for {disk.names_free + gone.files} more files on this disk"
        return ""

    def _go(self, index: MediaIndex, file: Leaving, reason: str, *, is_dry: bool) -> Pruned:
        """Delete a file. One that never reached the centre is named in the log and counted."""
        # One past its days that no event names is of no event: a crash came between the two.
        is_lost = self._is_loss(file) and (file.is_mentioned or reason != _PAST)
        gone = Pruned(1, file.size, int(is_lost))
        if is_dry:
            return gone
        try:
            if not index.remove(file, lambda: self._delete(file.sha256), is_lost=is_lost):
                return Pruned()
        except PermissionError:  # this one: the others go on
            return Pruned(stuck=1)
        if is_lost:
            log.warning("media_lost", sha256=file.sha256, size=file.size, reason=reason)
        return gone

    def _is_loss(self, file: Leaving) -> bool:
        return self._plan.sends and file.is_away and (file.is_pending or file.is_mentioned)

    def _note_missing(self, index: MediaIndex, file: Leaving) -> None:
        is_lost = self._is_loss(file)
        if index.missing(file.sha256, is_lost=is_lost):
            log.warning("media_file_missing", sha256=file.sha256, is_lost=is_lost)

    def _delete(self, sha256: str) -> None:
        for path in (self._plan.folder / sha256[:2]).glob(f"{sha256}.*"):
            if _look(path):  # not a copy that somebody put beside it
                path.unlink(missing_ok=True)

    def _wanted(self) -> int:
        """Return the bytes that the reserve lacks."""
        return sum(_RESERVE for name in _RESERVES if not _is_whole(self._plan.folder / name, _RESERVE))

    def _reserve(self) -> None:
        """Put the reserve back, if there is room."""
        if self._disk(self._plan.folder).free < self._plan.min_free + self._wanted():
            return
        for path in map(self._plan.folder.joinpath, _RESERVES):
            with suppress(OSError):
                if not _is_whole(path, _RESERVE):
                    path.write_bytes(os.urandom(_RESERVE))  # some file systems give no room to zeros

    def _give_reserve(self, exc: sqlite3.Error) -> bool:
        """Give the reserve away if an error may be one of room; return whether there was any."""
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF not in _NO_ROOM:
            return False
        is_there = False
        for path in map(self._plan.folder.joinpath, _RESERVES):
            with suppress(FileNotFoundError):
                path.unlink()
                is_there = True
        if is_there:
            log.warning("media_reserve_used", reason=str(exc))
        return is_there

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

    def _open_anew(self) -> MediaIndex:
        """Open the folder as it is now. One that went stays open until all is brought that was kept there."""
        folder = self._plan.folder
        if self._before is None:
            self._before, self._opened = self._opened, None
        self._forget_index()
        is_new = not (folder / FILE).exists()
        self._opened = _Opened(self._open(), os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        if self._before is not None:
            if is_new:
                self._stand_in(self._opened.index, self._before)
            elif not (folder / _STANDS_IN).exists():
                self._bring(self._opened.index, self._before)
            self._before.close()
            self._before = None
        return self._opened.index

    def _stand_in(self, index: MediaIndex, before: "_Opened") -> None:
        """Begin a folder in the place of one that went, and count what the centre lacks of it."""
        (self._plan.folder / _STANDS_IN).touch()
        try:
            lost = sum(file.is_mentioned and self._is_loss(file) for file in before.index.all().values())
        except sqlite3.Error as exc:
            log.error("media_folder_went", reason=str(exc))
            return
        index.count_lost(lost)
        log.error("media_folder_went", lost=lost)

    def _bring(self, index: MediaIndex, before: "_Opened") -> None:
        """Move in what was kept in another folder while this one was away; count what cannot be."""
        try:
            rows, known = before.index.newest(-1), before.index.all()
        except sqlite3.Error as exc:
            log.error("media_stand_in_unreadable", reason=str(exc))
            return
        with suppress(OSError):  # it may be deleted by now
            (before.folder / _STANDS_IN).touch()
        for path in before.folder.glob(f"{_KEPT}/*"):
            with suppress(ValueError):  # not one of ours
                self._keep(index, UUID(path.name))
        brought = lost = 0
        for row in rows:
            at = self.path(row.sha256, row.kind, stays=row.stays).relative_to(self._plan.folder)
            try:
                self._bring_one(index, row, before.folder / at)
            except (OSError, MediaFullError) as exc:
                log.warning("media_not_brought", sha256=row.sha256, reason=str(exc))
                lost += known[row.sha256].is_mentioned and self._is_loss(known[row.sha256])
                continue
            brought += 1
            with suppress(OSError, sqlite3.Error):
                before.index.missing(row.sha256, is_lost=False)
                (before.folder / at).unlink()
        index.count_lost(lost)
        log.warning("media_folder_back", brought=brought, lost=lost)

    def _bring_one(self, index: MediaIndex, row: MediaRow, source: Path) -> None:
        """Copy a file in, with what is known of it. Raises OSError, MediaFullError."""
        path = self.path(row.sha256, row.kind, stays=row.stays)
        if not (index.has(row.sha256) and _is_whole(path, row.size)):
            with self.draft() as draft:
                self._make_room(index, row.size)
                shutil.copyfile(source, draft)
                self._settle(draft, path)
        for key in row.keys or (None,):
            index.add(row.sha256, row.kind, row.size, row.made_ms, UUID(key) if key else None, stays=row.stays)
        if row.uploaded_ms is not None:
            index.uploaded(row.sha256, row.uploaded_ms)
        if row.given_up is not None:
            index.give_up(row.sha256, row.given_up)

    def _open(self) -> MediaIndex:
        self._plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            index = self._open_index()
        except sqlite3.OperationalError as exc:
            if not self._give_reserve(exc):
                raise
            index = self._open_index()
        else:
            self._reserve()
        try:
            self._reconcile(index)
        except BaseException:
            index.close()
            raise
        return index

    def _open_index(self) -> MediaIndex:
        path = self._plan.folder / FILE
        try:
            return MediaIndex(path)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError):  # locked, no room: the file may be whole
                raise
            aside = path.with_name(f"{FILE}.aside-{self._clock():%Y%m%dT%H%M%S%f}")
            path.rename(aside)
            for tail in ("-wal", "-shm"):
                path.with_name(FILE + tail).unlink(missing_ok=True)
            log.error("media_index_damaged", reason=str(exc), kept_as=aside.name)
            return MediaIndex(path)

    def _reconcile(self, index: MediaIndex) -> None:
        """Make the index agree with the files, which are the truth: see the module's text.

        The agent and a command may do this at once, and while files come and go."""
        known = index.all()
        there = {file.sha256: file for path in self._plan.folder.glob("[0-9a-f][0-9a-f]/*") if (file := _look(path))}
        if new := [file for sha256, file in there.items() if sha256 not in known]:
            index.found(new)
        for sha256 in known.keys() - there.keys():
            self._note_missing(index, known[sha256])
        for path in self._plan.folder.glob(f"{_KEPT}/*"):
            with suppress(ValueError):  # not one of ours
                index.keep(UUID(path.name))
        for path in self._plan.folder.glob("new/*"):
            with suppress(OSError):  # gone by now, or no file
                if self._clock().timestamp() - path.stat().st_mtime > _DRAFT_S:
                    path.unlink()

    def _forget_index(self) -> None:
        """Close the index, after an error too: the next use opens it again and so finds any damage."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """An open index, and the folder that it lies in, also where a disk has been mounted over it."""

    index: MediaIndex
    descriptor: int

    @property
    def folder(self) -> Path:
        return Path(f"/proc/self/fd/{self.descriptor}")

    def close(self) -> None:
        os.close(self.descriptor)
        with suppress(sqlite3.Error):
            self.index.close()


def _look(path: Path) -> FoundFile | None:
    """Return what lies there; None: nothing of ours."""
    name = _NAME.fullmatch(path.name)
    if name is None or path.parent.name != path.name[:2]:
        return None
    try:
        status = path.stat()
    except OSError:  # deleted meanwhile, or a link to nothing
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    sha256, stays, ending = name.groups()
    return FoundFile(sha256, _KINDS[ending], status.st_size, round(status.st_mtime * 1000), bool(stays))


def _is_whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def measure(path: Path) -> tuple[str, int]:
    """Return sha256 and size of a file, reading a piece at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size
