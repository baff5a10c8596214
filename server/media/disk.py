"""The disk that uploads are written to: is there room? Looked at every few seconds by writing, for a quota, a disk that
became read-only and one that is full look alike to whoever only asks for the free bytes.
"""

import asyncio
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from prometheus_client import Counter, Gauge

from server.media.errors import AWAY, NO_ROOM
from server.media.metrics import REFUSED
from server.problems import ProblemError

log = structlog.get_logger()
FULL = Gauge("shian_server_disk_full", "1: the disk of the media takes no more", ["place"])
FAILED = Counter("shian_server_disk_writes_failed_total", "Writes that the disk of the media did not take", ["reason"])
# The file system is full, the user's quota is, or a file would be larger than one may be.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PROBE = b"\0" * (64 << 10)
_EVERY_S = 5.0


def is_full(exc: OSError) -> bool:
    """Return True when an error says that there is no room, rather than that the disk is broken."""
    return exc.errno in _NO_ROOM


class Disk:
    """Disk of one folder. `spare`: bytes that must stay free. `run` is supervised."""

    def __init__(self, folder: Path, spare: int = 0) -> None:
        self._folder = folder
        self._spare = spare
        self._reason = ""

    @property
    def reason(self) -> str:
        """Return the reason why nothing is taken in, "" for none."""
        return self._reason

    async def run(self) -> None:
        while True:
            self._note(await asyncio.to_thread(self._probe))
            await asyncio.sleep(_EVERY_S)

    def check_room(self, spare: int) -> None:
        """Check that more than `spare` bytes are free. Raises ProblemError (507, 503)."""
        with self.writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
        if free < spare:
            REFUSED.labels("no_room").inc()
            raise ProblemError(NO_ROOM)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn the errors of a write into problems. Raises ProblemError (507: full, 503: another fault)."""
        try:
            yield
        except OSError as exc:
            reason = errno.errorcode.get(exc.errno or 0, "unknown")
            FAILED.labels(reason).inc()
            log.error("disk_write_failed", folder=str(self._folder), reason=reason)
            self._note(reason)
            if is_full(exc):
                REFUSED.labels("no_room").inc()
                raise ProblemError(NO_ROOM) from exc
            raise ProblemError(AWAY) from exc

    def _probe(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < self._spare:
                return "ENOSPC"
            path = self._folder / f"probe-{os.getpid()}"
            try:
                with path.open("wb", buffering=0) as file:
                    file.write(_PROBE)
                    os.fsync(file.fileno())
            finally:
                path.unlink(missing_ok=True)
        except OSError as exc:
            return errno.errorcode.get(exc.errno or 0, "unknown")
        return ""

    def _note(self, reason: str) -> None:
        FULL.labels("media").set(bool(reason))
        if reason != self._reason:
            log.warning("disk_changed", folder=str(self._folder), reason=reason or "there is room")
        self._reason = reason
