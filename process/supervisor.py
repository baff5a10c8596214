"""Keeps the threads of a process going: a crash of one is logged, counted, told and followed by a restart; no other one
notices.

The only place of the agent and of ingest that catches everything.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import structlog

from process.backoff import Backoff
from process.watched import Turns

log = structlog.get_logger()

_FIRST_S = 1.0
_LONGEST_S = 60.0
_STEADY_S = 60.0


def _tell_nobody(_what: str) -> None:
    """Tell nobody; the log has the line already."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A named part of a process: `run` returns when its stop event is set. `on_crash` gets what happened."""

    name: str
    run: Callable[[threading.Event], None]
    on_crash: Callable[[str], None] = _tell_nobody


class Supervisor:
    """A thread a worker. `count` gets the name of a worker that crashed. An error of the kinds `fatal` ends its worker
    for good and goes to `on_fatal`: no restart can help, the process must end."""

    def __init__(
        self,
        *,
        random: Random,
        count: Callable[[str], None],
        fatal: tuple[type[Exception], ...],
        on_fatal: Callable[[Exception], None],
        first_s: float = _FIRST_S,
        longest_s: float = _LONGEST_S,
    ) -> None:
        self._random = random
        self._count = count
        self._fatal = fatal
        self._on_fatal = on_fatal
        self._first_s = first_s
        self._longest_s = longest_s
        self._turns: dict[str, Turns] = {}

    def start(self, worker: Worker, stop: Turns) -> threading.Thread:
        """Start `worker` in a thread of its own, and again after each crash, until `stop` is set."""
        self._turns[worker.name] = stop
        thread = threading.Thread(target=self._keep, args=(worker, stop), name=worker.name, daemon=True)
        thread.start()
        return thread

    def silent(self) -> dict[str, float]:
        """Return how long each worker has not looked at its stop event, in seconds: it does so in every turn."""
        return {name: turns.silent_s() for name, turns in self._turns.items()}

    def _keep(self, worker: Worker, stop: threading.Event) -> None:
        backoff = Backoff(self._first_s, self._longest_s, self._random)
        while not stop.is_set():
            started_at = time.monotonic()
            try:
                worker.run(stop)
            except self._fatal as exc:
                log.critical("worker_ended", worker=worker.name, reason=str(exc))
                self._on_fatal(exc)
                return
            except Exception as exc:  # noqa: BLE001  this is the supervisor
                if time.monotonic() - started_at > _STEADY_S:
                    backoff.reset()
                self._report(worker, exc)
                stop.wait(backoff.next())

    def _report(self, worker: Worker, exc: Exception) -> None:
        self._count(worker.name)
        log.error("worker_crashed", worker=worker.name, exc_info=exc)
        try:
            worker.on_crash(repr(exc))
        except Exception:  # telling of a crash must not end the restart
            log.exception("crash_not_told", worker=worker.name)
