"""Sends what is named by an accepted event, one file at a time, a piece at a time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

import structlog

from edge.media.centre import Centre, Standing
from edge.media.errors import CentreError
from edge.media.index import Pending
from edge.media.metrics import MediaMetrics
from edge.media.settings import MediaSettings
from edge.media.store import MediaStore, measure
from edge.spool.file import milliseconds
from edge.spool.spool import Spool
from process.backoff import Backoff
from wire.terms import Lane

log = structlog.get_logger()

_PIECE = 512 << 10
_SMALLEST_PIECE = 16 << 10
_SPOILED_MOST = 2
_STUCK_MOST = 3


class _PausedError(Exception):
    """Results go first, or the agent stops: the rest of the file goes later."""


@dataclass(slots=True)
class _Wait:
    """When a file is tried again."""

    backoff: Backoff
    until_s: float = 0.0


class Uploads:
    """`trouble`: why nothing moves at the moment; "" when it does."""

    def __init__(
        self,
        settings: MediaSettings,
        spool: Spool,
        store: MediaStore,
        centre: Centre,
        *,
        metrics: MediaMetrics,
        random: Random,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._store = store
        self._centre = centre
        self._metrics = metrics
        self._random = random
        self._clock = clock
        self._monotonic = monotonic
        self._line = _Wait(self._backoff())
        self._waits: dict[str, _Wait] = {}
        self._sent_until_s = 0.0
        rate = settings.kib_per_s << 10
        self._piece = min(_PIECE, max(_SMALLEST_PIECE, rate)) if rate else _PIECE
        self.trouble = ""

    def send(self, stop: threading.Event) -> None:
        """Everything that may go now. Raises MediaError and SpoolError for trouble at the station."""
        if self._monotonic() < self._line.until_s:
            return
        with self._store.index() as index:
            pending = index.pending()
        self._waits = {it.sha256: wait for it in pending if (wait := self._waits.get(it.sha256))}
        done: set[str] = set()
        for it in pending:
            if it.sha256 in done or not self._may_go(it):
                continue
            try:
                done.add(it.sha256)
                self._send_file(it, stop)
            except _PausedError:
                return
            except CentreError as exc:
                if self._note(it, exc):
                    return

    def _may_go(self, it: Pending) -> bool:
        """Of another stream than the spool's we know no receipts: the centre knows whether it accepted the event."""
        wait = self._waits.get(it.sha256)
        if it.sequence is None or (wait and self._monotonic() < wait.until_s):
            return False
        return it.stream != str(self._spool.stream) or self._spool.is_accepted(it.sequence)

    def _send_file(self, it: Pending, stop: threading.Event) -> None:
        """Raises CentreError and _PausedError."""
        path = self._store.path(it.sha256, it.kind)
        if not path.exists():  # pruned meanwhile
            return
        self._give_way(stop)
        standing, stuck = self._centre.standing(it.sha256), 0
        with path.open("rb") as file:
            while not standing.is_complete:
                self._give_way(stop)
                file.seek(standing.offset)
                piece = file.read(self._piece)
                before, standing = standing, self._centre.send(it.sha256, standing.offset, it.size, piece)
                self._count(len(piece), stop)
                stuck = stuck + 1 if _is_stuck(before, standing) else 0
                if standing.offset > it.size or stuck >= _STUCK_MOST:
                    raise CentreError("bad_answer", f"offset {standing.offset} of {it.size}")
        with self._store.index() as index:
            index.uploaded(it.sha256, milliseconds(self._clock()))
        self._metrics.uploaded.inc()
        log.info("media_uploaded", sha256=it.sha256, size=it.size)
        self._waits.pop(it.sha256, None)
        self._line.backoff.reset()
        self.trouble = ""

    def _give_way(self, stop: threading.Event) -> None:
        if stop.is_set() or self._spool.waiting(Lane.URGENT, 0, 1):
            raise _PausedError

    def _count(self, size: int, stop: threading.Event) -> None:
        self._metrics.sent.inc(size)
        if self._settings.kib_per_s:
            now = self._monotonic()
            self._sent_until_s = max(now, self._sent_until_s) + size / (self._settings.kib_per_s << 10)
            stop.wait(self._sent_until_s - now)

    def _note(self, it: Pending, exc: CentreError) -> bool:
        """What a refusal means. True: nothing else would fare better now."""
        self._metrics.failures.labels(exc.reason).inc()
        match exc.reason:
            case "not_named":  # the event has its receipt, but the server's database may be a moment behind
                self._put_off(it)
                return False
            case "too_large":
                self._give_up(it, exc.reason)
                return False
            case "spoiled":
                self._note_spoiled(it)
                return False
            case _:
                self._line.until_s = self._monotonic() + self._line.backoff.next()
                self.trouble = str(exc)
                log.warning("media_not_sent", sha256=it.sha256, reason=str(exc))
                return True

    def _note_spoiled(self, it: Pending) -> None:
        """The centre dropped what it had: once more from the start, unless it is our file that changed."""
        path = self._store.path(it.sha256, it.kind)
        if path.exists() and measure(path)[0] != it.sha256:
            self._give_up(it, "damaged_file")
            return
        with self._store.index() as index:
            spoiled = index.spoiled(it.sha256)
        if spoiled > _SPOILED_MOST:
            self._give_up(it, "spoiled")
        else:
            log.warning("media_spoiled", sha256=it.sha256, times=spoiled)
            self._put_off(it)

    def _put_off(self, it: Pending) -> None:
        wait = self._waits.setdefault(it.sha256, _Wait(self._backoff()))
        wait.until_s = self._monotonic() + wait.backoff.next()

    def _give_up(self, it: Pending, reason: str) -> None:
        log.error("media_given_up", sha256=it.sha256, size=it.size, reason=reason)
        with self._store.index() as index:
            index.give_up(it.sha256, reason)

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.retry_s, self._settings.retry_longest_s, self._random)


def _is_stuck(before: Standing, after: Standing) -> bool:
    return after.offset <= before.offset and not after.is_complete
