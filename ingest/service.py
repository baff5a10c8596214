"""One ingest process: its lanes, each with a receive loop and a worker, all supervised, and the metrics."""

import random
import threading
from collections.abc import Callable

import structlog
from prometheus_client import start_http_server

from ingest import lane, metrics
from ingest.lane import Lane
from ingest.settings import Ingest
from storage.errors import ChangedMigrationError, NewerDatabaseError, StorageError

_RESTART_S = 1.0
_END_S = 20.0

log = structlog.get_logger()


class Service:
    """Construction does no I/O but reading secrets; `run` returns when `stop` is set and all is put down."""

    def __init__(self, settings: Ingest) -> None:
        self._settings = settings
        rng = random.Random()  # noqa: S311 - jitter
        self.urgent, self.normal = (
            Lane(plan, settings, rng=rng) for plan in (lane.urgent(settings), lane.normal(settings))
        )
        self._lanes = (self.urgent, self.normal)
        self._end: StorageError | None = None

    @property
    def is_subscribed(self) -> bool:
        """Whether the broker gives every lane its share."""
        return all(it.receiver.is_subscribed for it in self._lanes)

    def run(self, stop: threading.Event) -> None:
        """Raises NewerDatabaseError, ChangedMigrationError: a newer version has the database now. Raises OSError when
        the port of the metrics is taken."""
        served = None
        if self._settings.metrics.port:
            served = start_http_server(self._settings.metrics.port, self._settings.metrics.host)
        for it in self._lanes:
            it.start(self._supervise)
        try:
            while not stop.wait(0.2) and self._end is None:
                pass
        finally:
            self._put_down()
            if served is not None:
                server, thread = served
                server.shutdown()
                server.server_close()
                thread.join(_END_S)
        if self._end is not None:
            raise self._end

    def _put_down(self) -> None:
        for it in self._lanes:
            it.ask_to_end()
        for it in self._lanes:
            it.end()
        log.info("stopped", queued=sum(len(it.inbox) for it in self._lanes))

    def _supervise(self, name: str, target: Callable[[], None], stop: threading.Event) -> None:
        """A crash is logged, counted and followed by a new start; never by the end of the others."""
        while not stop.is_set():
            try:
                target()
            except (NewerDatabaseError, ChangedMigrationError) as exc:
                self._end = exc
                return
            except Exception:
                log.exception("worker_crashed", worker=name)
                metrics.RESTARTS.labels(name).inc()
                stop.wait(_RESTART_S)
