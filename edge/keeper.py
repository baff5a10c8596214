"""The agent's own housekeeping, in one thread: news of the agent, checkpoints, room on the disk, old rows, status."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from edge.checkpoints import SealTimer
from edge.errors import SpoolError
from edge.metrics import Metrics
from edge.settings import SpoolSettings
from edge.spool.patient import Patient
from edge.spool.spool import Spool
from edge.station_clock import StationClock
from edge.status_file import AgentState, StatusFile
from wire.events import source_of
from wire.kinds.agent import AgentV1

log = structlog.get_logger()

_STEP_S = 1.0
_PRUNE_S = 6 * 3600.0
_PRUNE_FIRST_S = 60.0
_PENDING = 100


class Keeper:
    def __init__(
        self,
        spool: Spool,
        station: str,
        settings: SpoolSettings,
        status_file: StatusFile,
        *,
        state: Callable[[], AgentState],
        metrics: Metrics,
        monotonic: Callable[[], float],
        clock: StationClock,
    ) -> None:
        self._spool = spool
        self._settings = settings
        self._status_file = status_file
        self._state = state
        self._metrics = metrics
        self._monotonic = monotonic
        self._clock = clock
        self._timer = SealTimer(settings.checkpoint_s)
        self._news: Patient[AgentV1] = Patient(spool, source_of(station), most=_PENDING)

    def tell(self, news: AgentV1) -> None:
        """Record an event about the agent, as soon as there is room. May be called from any thread."""
        self._news.record(news)

    def run(self, stop: threading.Event) -> None:
        prune_at = self._monotonic() + _PRUNE_FIRST_S
        while True:
            self._news.flush()
            if self._spool.look_for_room() and self._timer.is_due(self._spool.is_sealed, self._monotonic()):
                self.seal()
            self._show()
            if self._monotonic() >= prune_at and self._clock.is_confirmed:
                self._prune()
                prune_at = self._monotonic() + _PRUNE_S
            if stop.wait(min(_STEP_S, self._settings.checkpoint_s / 2)):
                return

    def seal(self) -> None:
        """Sign the head now. Without room, the next step tries again."""
        try:
            self._spool.seal()
        except SpoolError as exc:
            log.warning("not_sealed", reason=str(exc))

    def _show(self) -> None:
        counts = self._spool.counts()
        self._metrics.waiting.set(counts.waiting)
        self._metrics.refused.set(counts.refused)
        self._metrics.dead_dropped.set(counts.dead_dropped)
        self._metrics.full.set(self._spool.full_since is not None)
        self._status_file.write(self._state())

    def _prune(self) -> None:
        """Delete old events and identities. Done only by a clock that the centre has confirmed: a clock at 2039 would
        forget every test that was ever recorded."""
        keep = timedelta(days=self._settings.keep_days)
        remember = timedelta(days=self._settings.keep_identities_days)
        pruned = self._spool.prune(keep, remember)
        if pruned:
            log.info("pruned", events=pruned)
