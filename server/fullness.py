"""A database without room, remembered for a while: nothing but a write can find out."""

import time
from collections.abc import Callable

from prometheus_client import Counter

FOUND = Counter("shian_server_database_full_total", "Requests whose rows found no room in the database")
_FOR_S = 60.0


class Fullness:
    """Memory of the last write that found no room in the database."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: float | None = None

    def note(self) -> None:
        FOUND.inc()
        self._until = self._now() + _FOR_S

    @property
    def reason(self) -> str:
        """Return the reason why nothing is taken in, "" for none."""
        return "53100" if self._until is not None and self._now() < self._until else ""  # disk_full of PostgreSQL
