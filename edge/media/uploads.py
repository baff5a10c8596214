"""Sends the files that an accepted event names, one file at a time, a piece at a time."""

import math
import os
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
    """Results go first, or the agent stops: the rest of the file is sent later."""


@dataclass(slots=True)
class _Wait:
    """The time at which a file is tried again."""

    backoff: Backoff
    until_s: float = 0.0


class Uploads:
    """The sender of files. `trouble`: the reason why nothing moves at the moment; "" when all is well."""

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
        self._until_s = math.inf
        rate = settings.kib_per_s << 10
        self._piece = min(_PIECE, max(_SMALLEST_PIECE, rate)) if rate else _PIECE
        self.trouble = ""

    def send(self, stop: threading.Event, until_s: float = math.inf) -> None:
        """Send every file that may go now, until the monotonic clock shows `until_s`. Raises MediaError and SpoolError
        for trouble at the station."""
        if self._monotonic() < self._line.until_s:
            return
        self._until_s = until_s
        with self._store.index() as index:
            pending = index.pending()
        self._waits = {file.sha256: wait for file in pending if (wait := self._waits.get(file.sha256))}
        done: set[str] = set()
        for file in pending:
            if file.sha256 in done or not self._may_go(file):
                continue
            try:
                done.add(file.sha256)
                self._send_file(file, stop)
            except _PausedError:
                return
            except FileNotFoundError:  # pruned meanwhile, or gone otherwise
                self._store.missing(file.sha256, file.kind)
            except OSError as exc:  # this file cannot be read: the others go on
                log.warning("media_not_read", sha256=file.sha256, reason=str(exc))
                self._metrics.failures.labels("not_read").inc()
                self.trouble = str(exc)
                self._put_off(file)
            except CentreError as exc:
                if self._note(file, exc):
                    return

    def _may_go(self, file: Pending) -> bool:
        """Tell whether a file may be sent now: its event must be accepted.

        For an event of another stream than the spool's we have no receipts: there the centre knows whether it accepted
        the event."""
        wait = self._waits.get(file.sha256)
        if file.sequence is None or (wait and self._monotonic() < wait.until_s):
            return False
        return file.stream != str(self._spool.stream) or self._spool.is_accepted(file.sequence)

    def _send_file(self, file: Pending, stop: threading.Event) -> None:
        """Send one file, from where the centre stands. Raises CentreError, _PausedError, and OSError of the file."""
        self._give_way(stop)
        with self._store.path(file.sha256, file.kind).open("rb") as content:
            if os.fstat(content.fileno()).st_size != file.size:
                raise CentreError("damaged_file")
            standing, stuck = self._centre.standing(file.sha256), 0
            while not standing.is_complete:
                self._give_way(stop)
                content.seek(standing.offset)
                piece = content.read(self._piece)
                before, standing = standing, self._centre.send(file.sha256, standing.offset, file.size, piece)
                self._count(len(piece), stop)
                # A centre that never moves on would hold this loop for ever.
                stuck = stuck + 1 if _is_stuck(before, standing) else 0
                if standing.offset > file.size or stuck >= _STUCK_MOST:
                    raise CentreError("bad_answer", f"offset {standing.offset} of {file.size}")
        with self._store.index() as index:
            index.uploaded(file.sha256, milliseconds(self._clock()))
        self._metrics.uploaded.inc()
        log.info("media_uploaded", sha256=file.sha256, size=file.size)
        self._waits.pop(file.sha256, None)
        self._line.backoff.reset()
        self.trouble = ""

    def _give_way(self, stop: threading.Event) -> None:
        if stop.is_set() or self._monotonic() >= self._until_s or self._spool.waiting(Lane.URGENT, 0, 1):
            raise _PausedError

    def _count(self, size: int, stop: threading.Event) -> None:
        self._metrics.sent.inc(size)
        if self._settings.kib_per_s:
            now = self._monotonic()
            self._sent_until_s = max(now, self._sent_until_s) + size / (self._settings.kib_per_s << 10)
            stop.wait(self._sent_until_s - now)

    def _note(self, file: Pending, exc: CentreError) -> bool:
        """Act on a refusal. Returns True when no other file would fare better now."""
        self._metrics.failures.labels(exc.reason).inc()
        match exc.reason:
            case "not_named":  # the event has its receipt, but the server's database may be a moment behind
                self._put_off(file)
                return False
            case "too_large" | "damaged_file":
                self._give_up(file, exc.reason)
                return False
            case "spoiled":
                self._note_spoiled(file)
                return False
            case _:
                self._line.until_s = self._monotonic() + self._line.backoff.next()
                self.trouble = str(exc)
                log.warning("media_not_sent", sha256=file.sha256, reason=str(exc))
                return True

    def _note_spoiled(self, file: Pending) -> None:
        """Send a file once more from the start, since the centre dropped its bytes, unless our own file has changed."""
        try:
            is_damaged = measure(self._store.path(file.sha256, file.kind))[0] != file.sha256
        except OSError:  # the next try finds out
            is_damaged = False
        if is_damaged:
            self._give_up(file, "damaged_file")
            return
        with self._store.index() as index:
            spoiled = index.spoiled(file.sha256)
        if spoiled > _SPOILED_MOST:
            self._give_up(file, "spoiled")
        else:
            log.warning("media_spoiled", sha256=file.sha256, times=spoiled)
            self._put_off(file)

    def _put_off(self, file: Pending) -> None:
        wait = self._waits.setdefault(file.sha256, _Wait(self._backoff()))
        wait.until_s = self._monotonic() + wait.backoff.next()

    def _give_up(self, file: Pending, reason: str) -> None:
        log.error("media_given_up", sha256=file.sha256, size=file.size, reason=reason)
        with self._store.index() as index:
            index.give_up(file.sha256, reason)

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.retry_s, self._settings.retry_longest_s, self._random)


def _is_stuck(before: Standing, after: Standing) -> bool:
    return after.offset <= before.offset and not after.is_complete
