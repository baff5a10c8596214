"""The thread of the lamp. Whoever rings waits for nothing: a test that fails while a command runs lets it run once
more, and a hundred of them once more, too."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from prometheus_client import Counter

from edge.bell.command import run
from edge.bell.settings import BellSettings
from edge.status_file import BellState

log = structlog.get_logger()

_TURN_S = 0.5
# What was not seen for days is no longer shown: then the lamp goes out by itself.
_LOOK_S = 60.0


class StationBell:
    """The lamp of a station; `run` is supervised. `has_unseen`: is there a failed test that nobody has seen?"""

    def __init__(
        self,
        settings: BellSettings,
        *,
        has_unseen: Callable[[], bool],
        failures: Counter,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._has_unseen = has_unseen
        self._counter = failures
        self._clock = clock
        self._monotonic = monotonic
        self._news = threading.Condition()
        self._rings = self._has_changed = False
        self._is_on = False
        self._look_at = 0.0
        self._state = BellState()

    @property
    def state(self) -> BellState | None:
        """Return how often it rang, and what went wrong; None where there is no command."""
        return self._state if self._settings.failed or self._settings.seen else None

    def ring(self) -> None:
        """Ring for a failed test. From any thread; waits for nothing."""
        with self._news:
            self._rings = True
            self._news.notify()

    def look(self) -> None:
        """Look whether all failed tests were seen. From any thread; waits for nothing."""
        with self._news:
            self._has_changed = True
            self._news.notify()

    def run(self, stop: threading.Event) -> None:
        """Run the commands until `stop` is set. A lamp takes up at the start what holds: the power may have been
        away."""
        if self._settings.seen:
            self._is_on = not self._has_unseen()  # so that the very first look says how it is
            self._follow(rings=not self._is_on)
        while not stop.is_set():
            with self._news:
                if not (self._rings or self._has_changed):
                    self._news.wait(_TURN_S)
                rings, has_changed = self._rings, self._has_changed
                self._rings = self._has_changed = False
            if rings or has_changed or self._monotonic() >= self._look_at:
                self._follow(rings=rings)

    def _follow(self, *, rings: bool) -> None:
        self._look_at = self._monotonic() + _LOOK_S
        if rings:
            self._is_on = True
            self._do(self._settings.failed)
        elif self._is_on and not self._has_unseen():
            self._is_on = False
            self._do(self._settings.seen)

    def _do(self, argv: Sequence[str]) -> None:
        if not argv:
            return
        trouble = run(argv, self._settings.deadline_s)
        if trouble:
            self._counter.inc()
            log.error("bell_failed", reason=trouble)
            failed = self._state.failures + 1
            self._state = BellState(
                rung=self._state.rung, failures=failed, trouble=trouble[:200], failed_at=self._clock()
            )
        else:
            self._state = self._state.model_copy(update={"rung": self._state.rung + 1, "trouble": ""})
