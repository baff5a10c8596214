"""The place where media stay: a folder, or an S3 bucket (server/media/s3.py). Content-addressed, so a second `put` of
the same bytes changes nothing. Blocking: called in threads.
"""

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from process.private_files import sync_folder
from server.media.disk import is_full
from server.media.incoming import Arrived

BLOCK = 256 * 1024


class ArchiveAwayError(Exception):
    """The archive cannot be reached."""


class ArchiveFullError(ArchiveAwayError):
    """The archive has no room."""


class Archive(Protocol):
    """One conformance test runs both kinds (tests/contract/test_media_archive.py)."""

    def put(self, digest: str, arrived: Arrived) -> None:
        """Take the file over: it is gone from its place afterwards. Raises ArchiveAwayError."""
        ...

    def has(self, digest: str) -> bool:
        """Return True when the file is there. Raises ArchiveAwayError."""
        ...

    def read(self, digest: str, first: int, length: int) -> Generator[bytes, None, None]:
        """Read `length` bytes from `first` on, in blocks. Raises FileNotFoundError, ArchiveAwayError."""
        ...

    def delete(self, digest: str) -> None:
        """Delete the file, if it is there. Raises ArchiveAwayError."""
        ...


class FolderArchive:
    """Archive in a folder: `folder/ab/abcd...`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, digest: str, arrived: Arrived) -> None:
        path = self._path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                arrived.path.replace(path)
            except OSError:  # another file system
                draft = path.with_suffix(".new")
                try:
                    shutil.copyfile(arrived.path, draft)
                    draft.replace(path)
                finally:
                    draft.unlink(missing_ok=True)
                arrived.path.unlink(missing_ok=True)
            sync_folder(path.parent)
        except OSError as exc:
            kind = ArchiveFullError if is_full(exc) else ArchiveAwayError
            raise kind(f"{path}: {exc.strerror}") from exc

    def has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def read(self, digest: str, first: int, length: int) -> Generator[bytes, None, None]:
        with self._path(digest).open("rb") as file:
            file.seek(first)
            while length > 0 and (block := file.read(min(BLOCK, length))):
                length -= len(block)
                yield block

    def delete(self, digest: str) -> None:
        try:
            self._path(digest).unlink(missing_ok=True)
        except OSError as exc:
            raise ArchiveAwayError(f"{self._path(digest)}: {exc.strerror}") from exc

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
