"""One ingest process: its lanes, each with a receive loop and a worker, all supervised, and the metrics."""

import random
import threading
import time
from contextlib import nullcontext

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ingest import lane, metrics, session
from ingest.lane import Lane
from ingest.settings import Ingest
from process import probes
from process.probes import Answer
from process.supervisor import Supervisor
from process.watched import Systemd
from storage.errors import ChangedMigrationError, NewerDatabaseError

# How long a loop may not turn. A worker's longest exchange is four times `exchange_s` (ingest/database.py).
_LOOP_S = 120.0
_FEED_S = 5.0
_LATE_S = 10.0
_RECEIVER_LATE_S = 30.0

log = structlog.get_logger()


class Service:
    """Construction does no I/O but reading secrets (raises SettingsError); `run` returns when `stop` is set and all is
    put down."""

    def __init__(self, settings: Ingest) -> None:
        self._settings = settings
        rng = random.Random()  # noqa: S311 - jitter
        known_as = session.names(settings)
        self.urgent, self.normal = (
            Lane(plan, settings, rng=rng) for plan in (lane.urgent(settings, known_as), lane.normal(settings, known_as))
        )
        self._lanes = (self.urgent, self.normal)
        self._end: Exception | None = None
        self._supervisor = Supervisor(
            random=rng,
            count=lambda name: metrics.RESTARTS.labels(name).inc(),
            fatal=(NewerDatabaseError, ChangedMigrationError),
            on_fatal=self._end_with,
        )

    @property
    def is_subscribed(self) -> bool:
        """Return True when the broker gives every lane its share."""
        return all(lane.receiver.is_subscribed for lane in self._lanes)

    def run(self, stop: threading.Event) -> None:
        """Run until `stop`. Raises NewerDatabaseError, ChangedMigrationError: a newer version has the database now.
        Raises OSError when the port of the metrics is taken."""
        where = self._settings.metrics
        pages = {"/metrics": _metrics, "/healthz": self._alive, "/readyz": self._ready}
        with probes.serving(where.host, where.port, pages) if where.port else nullcontext():
            for own_lane in self._lanes:
                own_lane.start(self._supervisor)
            try:
                self._watch(stop)
            finally:
                self._put_down()
        if self._end is not None:
            raise self._end

    def _watch(self, stop: threading.Event) -> None:
        systemd = Systemd()
        systemd.ready()
        fed_at = -_FEED_S
        while not stop.wait(0.2) and self._end is None:
            if time.monotonic() > fed_at + _FEED_S:
                fed_at = time.monotonic()
                systemd.feed(self._supervisor.silent(), _LOOP_S)
        systemd.stopping()

    def _alive(self) -> Answer:
        """Answer whether every loop turns, whatever the broker and the database do."""
        return probes.probe({name: seconds < _LOOP_S for name, seconds in self._supervisor.silent().items()})

    def _ready(self) -> Answer:
        """Answer whether every lane takes messages and stores them."""
        late = self._settings.sweep_s + _LATE_S  # a quiet lane asks the database so often
        checks: dict[str, bool] = {}
        silent = self._supervisor.silent()
        for own_lane in self._lanes:
            checks[f"{own_lane.name}_broker"] = (
                own_lane.receiver.is_subscribed and silent[f"{own_lane.name}-receiver"] < _RECEIVER_LATE_S
            )
            checks[f"{own_lane.name}_database"] = own_lane.worker.database_silent_s() < late
            checks[f"{own_lane.name}_worker"] = silent[f"{own_lane.name}-worker"] < late
        return probes.probe(checks)

    def _put_down(self) -> None:
        for own_lane in self._lanes:
            own_lane.ask_to_end()
        for own_lane in self._lanes:
            own_lane.end()
        log.info("stopped", queued=sum(len(lane.inbox) for lane in self._lanes))

    def _end_with(self, exc: Exception) -> None:
        self._end = exc


def _metrics() -> Answer:
    return Answer(200, CONTENT_TYPE_LATEST, generate_latest())
