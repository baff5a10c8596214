"""Anchors in a folder: a file a month, a line an anchor, only ever appended to."""

import asyncio
import os
from pathlib import Path

from process.private_files import sync_folder
from server.proof.places.place import NotKeptError
from wire.anchors import Anchor, AnchorError, AnchorFile, decode, encode

_BLOCK = 1 << 16


class FolderPlace:
    """Folder on another disk, a share of another machine, or one whose files the system lets nobody change
    (`chattr +a`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._newest: Anchor | None = None

    @property
    def name(self) -> str:
        return "folder"

    def newest(self) -> Anchor | None:
        """Return the last anchor of the newest file that has one. Raises NotKeptError."""
        if self._newest is None:
            try:
                files = sorted(self._folder.glob("anchors-*.jsonl"), reverse=True)
                self._newest = next((anchor for file in files if (anchor := _last(file))), None)
            except OSError as exc:
                raise NotKeptError(f"{self._folder}: {exc.strerror}") from exc
        return self._newest

    async def keep(self, file: AnchorFile) -> None:
        """Append the anchor, unless it is there. Raises NotKeptError."""
        try:
            await asyncio.to_thread(self._append, file)
        except OSError as exc:
            raise NotKeptError(f"{self._folder}: {exc.strerror}") from exc

    def _append(self, file: AnchorFile) -> None:
        there = self.newest()
        if there is not None and there.number >= file.anchor.number:
            return
        path = self._folder / f"anchors-{file.anchor.at[:7]}.jsonl"
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "ab+") as out:
            # After a crash in the middle of a line the next one begins on a line of its own.
            size = out.seek(0, os.SEEK_END)
            is_torn = size > 0 and os.pread(out.fileno(), 1, size - 1) != b"\n"
            out.write((b"\n" if is_torn else b"") + encode(file) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        if is_new:
            sync_folder(self._folder)
        self._newest = file.anchor


def _last(path: Path) -> Anchor | None:
    """Return the anchor of the last line that is one."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        tail = b""
        while end > 0:
            begin = max(0, end - _BLOCK)
            file.seek(begin)
            tail, end = file.read(end - begin) + tail, begin
            lines = tail.split(b"\n")
            # The first piece may be the end of a line that begins further up.
            for line in reversed(lines if begin == 0 else lines[1:]):
                if line and (found := _decoded(line)):
                    return found
    return None


def _decoded(line: bytes) -> Anchor | None:
    try:
        return decode(line).anchor
    except AnchorError:
        return None
