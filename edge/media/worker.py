"""The media's own thread at the agent: numbers from the spool, uploads, retention, status.

Results go first: nothing is sent while a failed test waits for its receipt. An upload that was cut off goes on from the
offset that the centre names. A file that the centre does not know of yet waits by itself and holds no other file up."""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry

from edge.errors import SpoolError
from edge.media.errors import CentreError
from edge.media.mentions import read_mentions
from edge.media.metrics import MediaMetrics
from edge.media.settings import MediaSettings
from edge.media.store import MediaStore
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from edge.status_file import MediaState
from wire.events import source_of
from wire.kinds.agent import MEDIA_LOST, AgentV1

if TYPE_CHECKING:  # imported when the first file is sent: a station that sends nothing needs neither httpx nor JOSE
    from edge.media.uploads import Uploads

log = structlog.get_logger()

_STEP_S = 1.0
# The time between prunings, and so also the time until media give way when something else fills the disk.
_PRUNE_S = 60.0


class MediaWorker:
    def __init__(
        self,
        settings: MediaSettings,
        station: str,
        spool: Spool,
        store: MediaStore,
        *,
        registry: CollectorRegistry,
        random: Random,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        is_time_known: Callable[[], bool] = lambda: True,
        is_idle: Callable[[], bool] = lambda: False,
    ) -> None:
        self.is_idle = is_idle
        self._settings = settings
        self._station = station
        self._spool = spool
        self._store = store
        self._metrics = MediaMetrics(registry)
        self._random = random
        self._clock = clock
        self._monotonic = monotonic
        self._is_time_known = is_time_known
        self._uploads: Uploads | None = None
        self._open_at = 0.0
        self._trouble = ""
        self._state = MediaState()

    def run(self, stop: threading.Event) -> None:
        prune_at = self._monotonic()
        self._uploads = None  # a crash closed its connection
        with ExitStack() as closing:
            while not stop.is_set():
                if self.is_idle():
                    stop.wait(_STEP_S)
                    continue
                read_mentions(self._spool, self._store)
                if self._monotonic() >= prune_at:
                    pruned = self._store.prune(is_time_known=self._is_time_known())
                    if pruned.files:
                        log.info("media_pruned", files=pruned.files, size=pruned.size, lost=pruned.lost)
                    prune_at = self._monotonic() + _PRUNE_S
                self._tell_losses()
                if self._settings.url:
                    self._send(closing, stop, prune_at)
                self._show()
                stop.wait(_STEP_S)

    def state(self) -> MediaState:
        """Return the state as of the last step."""
        return self._state

    def _send(self, closing: ExitStack, stop: threading.Event, until_s: float) -> None:
        if self._uploads is None:
            if self._monotonic() < self._open_at:
                return
            try:
                self._uploads = self._open_uploads(closing)
            except CentreError as exc:
                self._trouble = str(exc)
                self._open_at = self._monotonic() + self._settings.retry_longest_s
                log.error("media_not_sent", reason=str(exc))
                return
        self._uploads.send(stop, until_s)
        self._trouble = self._uploads.trouble

    def _open_uploads(self, closing: ExitStack) -> "Uploads":
        """Import and build the uploads. Raises CentreError."""
        try:
            from edge.media.centre import Centre, Tokens, open_client  # noqa: PLC0415
            from edge.media.uploads import Uploads  # noqa: PLC0415
        except ModuleNotFoundError as exc:  # neither a camera nor a screen is installed here
            raise CentreError("not_installed", f"{exc}: shian[screen] or shian[vision]") from exc

        client = closing.enter_context(open_client(self._settings))
        return Uploads(
            self._settings,
            self._spool,
            self._store,
            Centre(client, Tokens(self._station, self._spool.key, self._clock)),
            metrics=self._metrics,
            random=self._random,
            clock=self._clock,
            monotonic=self._monotonic,
        )

    def _tell_losses(self) -> None:
        """Record an event for files that went before the centre had them, whoever deleted them.

        After a crash between the event and the note of it, the spool knows the event by its identity."""
        with self._store.index() as index:
            losses = index.losses()
        if losses is None:
            return
        lost = losses.files
        detail = f"{lost} pictures or clips were deleted at the station before the centre had them"
        told = AgentV1(state=MEDIA_LOST, detail=detail, lost=lost)
        identity = hashlib.sha256(f"{MEDIA_LOST}/{losses.name}/{losses.through}".encode()).hexdigest()
        try:
            self._spool.record([Draft(told, source_of(self._station), identity=identity)])
        except SpoolError:  # the spool said so in the log; the next look tries again
            return
        log.error("media_lost_told", files=lost)
        with self._store.index() as index:
            index.told(losses)

    def _show(self) -> None:
        counts = self._store.counts()
        self._metrics.files.set(counts.files)
        self._metrics.size.set(counts.size)
        self._metrics.pending.set(counts.pending)
        self._metrics.given_up.set(counts.given_up)
        self._metrics.lost.set(counts.lost)
        self._state = MediaState(
            files=counts.files,
            mib=round(counts.size / (1 << 20), 1),
            is_sent=bool(self._settings.url),
            pending=counts.pending,
            kept=counts.kept,
            given_up=counts.given_up,
            lost=counts.lost,
            trouble=self._trouble,
        )
