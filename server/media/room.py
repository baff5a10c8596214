"""The room for a station's uploads, under way and in an hour: storage/budgets.toml. Above it the station is told to
wait (429), and nothing that it wants to bring is lost, for it keeps it.

Uploads under way hold their place by the length that they will have, others by what lies there. When there are too
many, those that were left the longest ago make room: whoever comes back to one begins it anew. So a station can neither
fill the disk with beginnings nor lock itself out with them. Uploads under way stand in the memory of this process, the
others on the disk.
"""

import threading
from collections import Counter

import structlog

from server.media.errors import TOO_LARGE, UNFINISHED
from server.media.incoming import Incoming
from server.media.metrics import DROPPED, REFUSED
from server.problems import ProblemError
from storage.budgets import UploadBudgets

log = structlog.get_logger()


class Room:
    """Room for the uploads of all stations."""

    def __init__(self, incoming: Incoming, budgets: UploadBudgets) -> None:
        self._incoming = incoming
        self._budgets = budgets
        self._turn = threading.Lock()  # held while the disk is asked
        self._lock = threading.Lock()  # held for no longer than it takes to count
        self._held: dict[str, dict[str, int]] = {}  # station -> hash -> bytes, of requests that run
        self._requests: Counter[tuple[str, str]] = Counter()

    def take(self, station: str, digest: str, length: int) -> None:
        """Hold the place of an upload of `length` bytes until `leave`. Blocking: in a thread. Raises ProblemError (413,
        429, 507, 503)."""
        if length > self._incoming.largest:
            raise ProblemError(TOO_LARGE)
        with self._turn:
            self._incoming.disk.check_room(self._budgets.free_mib << 20)
            self._make_room(station, digest, length)
            with self._lock:
                self._requests[station, digest] += 1
                held = self._held.setdefault(station, {})
                held[digest] = max(length, held.get(digest, 0))

    def leave(self, station: str, digest: str) -> None:
        """Call at the end of the request for which `take` held the place. Does not wait for the disk."""
        with self._lock:
            self._requests[station, digest] -= 1
            if not self._requests[station, digest]:
                del self._requests[station, digest], self._held[station][digest]
                if not self._held[station]:
                    del self._held[station]

    def _make_room(self, station: str, digest: str, length: int) -> None:
        """Drop what was left the longest ago, until this one fits. Raises ProblemError (429): all are under way."""
        with self._lock:
            held = dict(self._held.get(station, {}))
        parts = sorted(self._incoming.parts(station), key=lambda part: part.touched_at)
        sizes = {part.digest: part.size for part in parts} | held
        sizes[digest] = max(length, sizes.get(digest, 0))
        idle = [part.digest for part in parts if part.digest not in held and part.digest != digest]
        most = max(self._budgets.unfinished_bytes, self._incoming.largest)
        while len(sizes) > self._budgets.unfinished or sum(sizes.values()) > most:
            if not idle:
                REFUSED.labels("unfinished").inc()
                raise ProblemError(UNFINISHED)
            oldest = idle.pop(0)
            if self._incoming.drop(station, oldest):
                DROPPED.inc()
                log.warning("media_upload_dropped", station=station, hash=oldest, size=sizes[oldest])
            del sizes[oldest]
