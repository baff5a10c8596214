"""The worker's one connection: made when it is needed, made again when it broke, and what was asked is asked again."""

import random
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
import structlog

from ingest import metrics
from storage.errors import ConflictError, DatabaseAwayError, StorageError, translated
from storage.migrate import check, shipped, version

_CONFLICTS = 20
_BACKOFF_S = (0.05, 5.0)
_OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"

T = TypeVar("T")
Connection = psycopg.Connection[Any]
log = structlog.get_logger()


class Database:
    """Not shared by threads. `on_connect` is run on every new connection."""

    def __init__(
        self, dsn: str, stop: threading.Event, rng: random.Random, on_connect: Callable[[Connection], None]
    ) -> None:
        self._dsn = dsn
        self._stop = stop
        self._rng = rng
        self._on_connect = on_connect
        self._connection: Connection | None = None

    def run(self, action: Callable[[Connection], T]) -> T | None:
        """The action's answer, tried until the database can give it; None when the process ends before.

        Raises RowsRefusedError, NewerDatabaseError, ChangedMigrationError.
        """
        conflicts = failures = 0
        while not self._stop.is_set():
            try:
                return action(self._connected())
            except ConflictError as exc:
                conflicts += 1
                metrics.RETRIES.labels("conflict").inc()
                log.warning("batch_conflicted", error=str(exc), attempt=conflicts)
                self._stop.wait(self._rng.uniform(0, 0.01 * min(conflicts, _CONFLICTS)))
            except DatabaseAwayError as exc:
                failures += 1
                metrics.RETRIES.labels("database_away").inc()
                log.warning("database_away", error=str(exc), attempt=failures)
                self.close()
                self._stop.wait(self._rng.uniform(0.5, 1) * min(_BACKOFF_S[1], _BACKOFF_S[0] * 2 ** min(failures, 10)))
        return None

    def say_goodbye(self, action: Callable[[Connection], None]) -> None:
        """Once, before the end, when the connection still stands; should it fail, nobody waits for it."""
        if self._connection is None or self._connection.closed:
            return
        try:
            action(self._connection)
        except StorageError as exc:
            log.warning("goodbye_not_said", error=str(exc))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            with translated():
                self._connection = psycopg.connect(
                    self._dsn,
                    autocommit=True,
                    application_name="shian-ingest",
                    options=_OPTIONS,
                    connect_timeout=5,
                    prepare_threshold=2,
                    keepalives_idle=10,
                    keepalives_interval=5,
                    keepalives_count=3,
                    tcp_user_timeout=20_000,
                )
                check(self._connection)
                if version(self._connection) < len(shipped()):
                    raise DatabaseAwayError("the database is not migrated to this version yet: shian migrate")
            self._on_connect(self._connection)
            log.info("database_connected")
        return self._connection
