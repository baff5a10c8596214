"""Records events that can wait: at once, or from memory as soon as the disk has room; and those that cannot wait."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from edge.errors import SpoolError
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from wire.kinds.device import DeviceV1
from wire.kinds.envelope import Data

log = structlog.get_logger()

T = TypeVar("T", bound=Data)


class Patient(Generic[T]):
    """The events of one source, in their order, for any thread.

    At most `most` wait; then the oldest is dropped, and `on_lost` is called. `on_recorded` gets each event that is on
    disk."""

    def __init__(
        self,
        spool: Spool,
        source: str,
        *,
        most: int,
        on_recorded: Callable[[T], None] = lambda _: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._spool = spool
        self._source = source
        self._most = most
        self._on_recorded = on_recorded
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._waiting: deque[T] = deque()

    def record(self, data: T) -> None:
        """Record `data` after everything that waits. Raises SpoolBrokenError."""
        with self._lock:
            if len(self._waiting) >= self._most:
                lost = self._waiting.popleft()
                log.warning("event_lost", source=self._source, lost=repr(lost)[:500], reason="no room on the disk")
                self._on_lost()
            self._waiting.append(data)
            self._flush()

    def flush(self) -> None:
        """Record the waiting events, as far as there is room. Raises SpoolBrokenError."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        while self._waiting:
            try:
                self._spool.record([Draft(self._waiting[0], self._source)])
            except SpoolError:  # the spool said so in the log
                return
            self._on_recorded(self._waiting.popleft())


def note(spool: Spool, source: str, device: str, data: DeviceV1) -> None:
    """Record an event about a device; without room only log it: the full disk is an event of its own. From any thread.
    Raises SpoolBrokenError."""
    try:
        spool.record([Draft(data, source)])
    except SpoolError as exc:
        log.warning("device_event_lost", device=device, state=data.state, reason=str(exc))
