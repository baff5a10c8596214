"""Uploads that are under way: one file each, appended to and synced, so that a station goes on where it stopped, after
a cut line or a killed server. Blocking: called in threads.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from server.media.disk import Disk
from server.media.errors import NOT_THAT, TOO_LARGE, OffsetError
from server.problems import ProblemError

_BLOCK = 1 << 20
_SUFFIX = ".part"
_JPEG, _FTYP = b"\xff\xd8\xff", b"ftyp"


@dataclass(frozen=True, slots=True)
class Arrived:
    """Whole, and the finding about its hash."""

    path: Path
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """Pruned uploads. `size` in bytes."""

    files: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """An upload that lies there. `touched_at`: seconds since 1970."""

    digest: str
    size: int
    touched_at: float


class Incoming:
    """Partial files below `folder`. Two servers may share it: each file is locked while it is written to. `largest`: of
    one upload, in bytes. `disk`: the one of the folder."""

    def __init__(self, folder: Path, largest: int, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk(folder)
        self.largest = largest

    def parts(self, station: str) -> list[Part]:
        """Return the unfinished uploads of a station."""
        found = []
        for path in self.folder.glob(f"{station}.*{_SUFFIX}"):  # no station's name has a dot
            with suppress(FileNotFoundError):
                said = path.stat()
                found.append(Part(path.name[len(station) + 1 : -len(_SUFFIX)], said.st_size, said.st_mtime))
        return found

    def drop(self, station: str, digest: str) -> bool:
        """Delete an upload; False: somebody writes to it just now, or it is gone."""
        return _forget(self._path(station, digest), float("inf")) is not None

    def offset(self, station: str, digest: str) -> int:
        try:
            return self._path(station, digest).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, station: str, digest: str, length: int, offset: int, data: bytes) -> int:
        """Append to an upload that will be `length` bytes long, and return the new offset. Raises OffsetError,
        ProblemError (413, 507: the disk is full, 503: it has another fault)."""
        if max(length, offset + len(data)) > self.largest or offset + len(data) > length:
            raise ProblemError(TOO_LARGE)
        with self.disk.writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked(station, digest, os.O_RDWR | os.O_CREAT) as file:
                there = os.fstat(file).st_size
                if there != offset:
                    raise OffsetError(there)
                _write(file, offset, data)
        return offset + len(data)

    @contextmanager
    def whole(self, station: str, digest: str) -> Iterator[Arrived]:
        """Yield an upload of which all bytes are here, for the caller to take away: nobody writes to it meanwhile.

        Other bytes than the promised ones are dropped. Raises ProblemError (422), OffsetError: another request has
        taken it away, or dropped it."""
        path = self._path(station, digest)
        try:
            with self._locked(station, digest, os.O_RDWR) as file, open(file, "rb", closefd=False) as content:
                found, head = hashlib.sha256(), content.read(12)
                content.seek(0)
                while block := content.read(_BLOCK):
                    found.update(block)
                kind = _type_of(head)
                if found.hexdigest() != digest or not kind:
                    path.unlink()
                    raise ProblemError(NOT_THAT)
                yield Arrived(path, kind, content.tell())
        except FileNotFoundError as exc:
            raise OffsetError(0) from exc

    def prune(self, before: float) -> Pruned:
        """Delete what was last written to before that time (seconds since 1970). Raises OSError."""
        sizes = [size for path in self.folder.glob(f"*{_SUFFIX}") if (size := _forget(path, before)) is not None]
        return Pruned(len(sizes), sum(sizes))

    def _path(self, station: str, digest: str) -> Path:
        return self.folder / f"{station}.{digest}{_SUFFIX}"

    @contextmanager
    def _locked(self, station: str, digest: str, flags: int) -> Iterator[int]:
        """Lock the file, which is in its place as long as the lock is held. Raises OSError."""
        path = self._path(station, digest)
        while True:
            file = os.open(path, flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _is_in_place(file, path):  # else it was deleted while we waited, or taken into the archive
                    yield file
                    return
            finally:
                os.close(file)


def _is_in_place(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _write(file: int, offset: int, data: bytes) -> None:
    """Write and sync; what was written of a piece that finds no room is taken back. Raises OSError."""
    os.lseek(file, offset, os.SEEK_SET)
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, offset)
        raise


def _forget(path: Path, before: float) -> int | None:
    """Delete an upload, and return its size; None: it is young, or somebody writes to it."""
    try:
        with path.open("r+b") as file:  # a lock of NFS needs that
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(file.fileno())
            if found.st_mtime >= before:
                return None
            path.unlink()
            return found.st_size
    except (FileNotFoundError, BlockingIOError):  # finished, or gone on with, at this moment
        return None


def _type_of(head: bytes) -> str:
    if head.startswith(_JPEG):
        return "image/jpeg"
    return "video/mp4" if head[4:8] == _FTYP else ""
