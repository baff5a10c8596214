"""The worker's one connection: made when it is needed, made again when it broke or fell silent, and the question is
asked again."""

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
import structlog

from ingest import metrics
from process.backoff import Backoff
from process.watched import Turns
from storage import exchange
from storage.errors import ConflictError, DatabaseAwayError, StorageError, translated
from storage.exchange import Connection, SilentDatabaseError
from storage.migrate import check, shipped, version

_CONFLICTS = 20
_BACKOFF_S = (0.05, 5.0)
_LOCK_S = 10.0
# The server ends a statement before we give it up: then it is known that nothing of it was done.
_STATEMENT = 0.75
# What took too long gets twice the time, up to this: a database that is slow, but works, is not tried in vain for ever.
_PATIENCE = 4

T = TypeVar("T")
__all__ = ["Connection", "Database"]
log = structlog.get_logger()


class Database:
    """Database of one worker, not shared by threads. `on_connect` is run on every new connection. An exchange that
    takes longer than `exchange_s` is given up."""

    def __init__(
        self,
        dsn: str,
        stop: threading.Event,
        rng: random.Random,
        on_connect: Callable[[Connection], None],
        *,
        exchange_s: float,
    ) -> None:
        self._dsn = dsn
        self._stop = stop
        self._exchange_s = exchange_s
        self._patience = 1
        self._rng = rng
        self._on_connect = on_connect
        self._connection: Connection | None = None

    def run(self, action: Callable[[Connection], T]) -> T | None:
        """Run an action until the database can answer, and return the answer; None when the process ends before. Raises
        RowsRefusedError, NewerDatabaseError, ChangedMigrationError."""
        conflicts = failures = 0
        backoff = Backoff(*_BACKOFF_S, self._rng)
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                connection = self._connected()
                answer = action(connection)
                if time.monotonic() - began < self._exchange_s / 2:
                    self._patience, connection.exchange_s = 1, self._exchange_s
                return answer
            except ConflictError as exc:
                conflicts += 1
                metrics.RETRIES.labels("conflict").inc()
                log.warning("batch_conflicted", error=str(exc), attempt=conflicts)
                self._stop.wait(self._rng.uniform(0, 0.01 * min(conflicts, _CONFLICTS)))
            except DatabaseAwayError as exc:
                failures += 1
                metrics.RETRIES.labels("database_away").inc()
                log.warning("database_away", error=str(exc), attempt=failures)
                if isinstance(exc.__cause__, SilentDatabaseError | psycopg.errors.QueryCanceled):
                    self._patience = min(_PATIENCE, 2 * self._patience)
                self.close()
                self._stop.wait(backoff.next())
        return None

    def say_goodbye(self, action: Callable[[Connection], None]) -> None:
        """Run an action once, before the end, when the connection still stands; should it fail, nobody waits for it."""
        if self._connection is None or self._connection.closed:
            return
        try:
            action(self._connection)
        except StorageError as exc:
            log.warning("goodbye_not_said", error=str(exc))

    def silent_s(self) -> float:
        """Return the seconds since the database answered last; endless without a connection. From any thread."""
        connection = self._connection
        if connection is None or connection.closed:
            return float("inf")
        return time.monotonic() - connection.answered_at

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            with translated():
                self._connection = self._connect()
                check(self._connection)
                if version(self._connection) < len(shipped()):
                    raise DatabaseAwayError("the database is not migrated to this version yet: shian migrate")
            self._on_connect(self._connection)
            log.info("database_connected")
        return self._connection

    def _connect(self) -> Connection:
        """Connect. Raises psycopg.Error."""
        exchange_s = self._exchange_s * self._patience
        statement_s = exchange_s * _STATEMENT
        lock = f"-c lock_timeout={round(1000 * min(_LOCK_S, statement_s / 2))}"
        connection = exchange.connect(
            self._dsn,
            "ingest",
            exchange_s=exchange_s,
            autocommit=True,
            prepare_threshold=2,
            **exchange.parameters("ingest", statement_s=statement_s, options=(lock,)),
        )
        # Not the loop's own event: a look at it from inside an exchange is no turn of the loop.
        connection.leave = self._stop.plain if isinstance(self._stop, Turns) else self._stop
        return connection
