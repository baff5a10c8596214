"""One ingest process: the receive loop in a thread, the worker in another, both supervised, and the metrics."""

import random
import threading
from collections.abc import Callable

import structlog
from prometheus_client import start_http_server

from ingest import metrics
from ingest.inbox import Inbox
from ingest.receiver import Receiver
from ingest.settings import Ingest
from ingest.worker import Worker
from storage.errors import ChangedMigrationError, NewerDatabaseError, StorageError

_RESTART_S = 1.0
_END_S = 20.0

log = structlog.get_logger()


class Service:
    """Construction does no I/O but reading secrets; `run` returns when `stop` is set and all is put down."""

    def __init__(self, settings: Ingest) -> None:
        self._settings = settings
        self._inbox = Inbox(most_messages=settings.queue_messages, most_bytes=settings.queue_bytes)
        rng = random.Random()  # noqa: S311 - jitter
        self.receiver = Receiver(settings, self._inbox, rng)
        # The receive loop outlives the worker, so that the last commit is still acknowledged.
        self._stop = threading.Event()
        self._stop_receiving = threading.Event()
        self._worker = Worker(settings, self._inbox, self.receiver, stop=self._stop, rng=rng)
        self._end: StorageError | None = None

    def run(self, stop: threading.Event) -> None:
        """Raises NewerDatabaseError, ChangedMigrationError: a newer version has the database now. Raises OSError when
        the port of the metrics is taken."""
        served = None
        if self._settings.metrics.port:
            served = start_http_server(self._settings.metrics.port, self._settings.metrics.host)
        threads = [
            self._start("worker", self._worker.run, self._stop),
            self._start("receiver", lambda: self.receiver.run(self._stop_receiving), self._stop_receiving),
        ]
        try:
            while not stop.wait(0.2) and self._end is None:
                pass
        finally:
            self._put_down(threads)
            if served is not None:
                server, thread = served
                server.shutdown()
                server.server_close()
                thread.join(_END_S)
        if self._end is not None:
            raise self._end

    def _put_down(self, threads: list[threading.Thread]) -> None:
        self._stop.set()
        self._inbox.close()
        threads[0].join(_END_S)
        self._stop_receiving.set()
        self.receiver.wake()
        threads[1].join(_END_S)
        if not any(it.is_alive() for it in threads):
            self.receiver.close()
        log.info("stopped", queued=len(self._inbox))

    def _start(self, name: str, target: Callable[[], None], stop: threading.Event) -> threading.Thread:
        thread = threading.Thread(target=self._supervise, args=(name, target, stop), name=name, daemon=True)
        thread.start()
        return thread

    def _supervise(self, name: str, target: Callable[[], None], stop: threading.Event) -> None:
        """A crash is logged, counted and followed by a new start; never by the end of the other."""
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
