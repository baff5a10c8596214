"""Keeps the workers going: a crash of one is logged, counted, told and followed by a restart; no other one notices.

The only place at the edge that catches everything.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import structlog

from edge.backoff import Backoff
from edge.errors import SpoolBrokenError
from edge.metrics import Metrics
from process.watched import Turns

log = structlog.get_logger()

_FIRST_S = 1.0
_LONGEST_S = 60.0
_STEADY_S = 60.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A named part of the agent: `run` returns when its stop event is set. `on_crash` gets what happened."""

    name: str
    run: Callable[[threading.Event], None]
    on_crash: Callable[[str], None]


class Supervisor:
    """A thread a worker. `on_broken` is called when the spool's file turns out to be damaged: nobody can work then."""

    def __init__(
        self, *, metrics: Metrics, random: Random, on_broken: Callable[[], None], first_s: float = _FIRST_S
    ) -> None:
        self._metrics = metrics
        self._random = random
        self._on_broken = on_broken
        self._first_s = first_s
        self._turns: dict[str, Turns] = {}

    def start(self, worker: Worker, stop: threading.Event) -> threading.Thread:
        turns = self._turns[worker.name] = Turns(stop)
        thread = threading.Thread(target=self._keep, args=(worker, turns), name=worker.name, daemon=True)
        thread.start()
        return thread

    def silent(self) -> dict[str, float]:
        """How long each worker has not looked at its stop event, in seconds: it does so in every turn."""
        return {name: it.silent_s() for name, it in self._turns.items()}

    def _keep(self, worker: Worker, stop: threading.Event) -> None:
        backoff = Backoff(self._first_s, _LONGEST_S, self._random)
        while not stop.is_set():
            started_at = time.monotonic()
            try:
                worker.run(stop)
            except SpoolBrokenError as exc:
                log.critical("spool_broken", worker=worker.name, reason=str(exc))
                self._on_broken()
                return
            except Exception as exc:  # noqa: BLE001  this is the supervisor
                if time.monotonic() - started_at > _STEADY_S:
                    backoff.reset()
                self._report(worker, exc)
                stop.wait(backoff.next())

    def _report(self, worker: Worker, exc: Exception) -> None:
        self._metrics.restarts.labels(worker.name).inc()
        log.error("worker_crashed", worker=worker.name, exc_info=exc)
        try:
            worker.on_crash(repr(exc))
        except Exception:  # telling of a crash must not end the restart
            log.exception("crash_not_told", worker=worker.name)
