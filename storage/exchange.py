"""Connections to PostgreSQL whose every exchange has a deadline.

psycopg waits for an answer as long as the socket is silent, and the kernel helps only when the peer does not even
acknowledge: a proxy or a firewall that swallows one way acknowledges everything. Seen: ingest in `Pipeline.__exit__`
for twelve minutes on a line that had swallowed six seconds of bytes and was healthy since.

So each wait for the server is bounded here, in the one place through which all of psycopg's waits go (`wait`), and the
server bounds its own side: a statement that takes too long is ended, and a session whose client is gone lets go of its
locks. An exchange that was given up leaves nothing behind that could be taken for an answer: the connection is closed.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn

CONNECT_S = 5
# From the moment that the process is asked to end, an exchange may take so long.
LEAVE_S = 3.0
_INTERVAL_S = 0.1
_IDLE_S = 20.0
_DOUBT_S = 2.0

T = TypeVar("T")
IsOver = Callable[[float], bool]


class SilentDatabaseError(psycopg.OperationalError):
    """The database did not answer within the deadline."""


def parameters(name: str, *, statement_s: float | None = None, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the parameters of every connection. `statement_s`: the server ends a statement that takes longer.
    `options`: PostgreSQL settings, `-c name=value`; later ones win."""
    ours = {
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": _milliseconds(_IDLE_S),
        # The server's own look at whether we are still there, when it waits for us or works for us.
        "tcp_user_timeout": _milliseconds(_IDLE_S),
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "client_connection_check_interval": "5000",
    }
    if statement_s is not None:
        ours["statement_timeout"] = _milliseconds(statement_s)
    return {
        "application_name": f"shian-{name}",
        "connect_timeout": CONNECT_S,
        "tcp_user_timeout": 20_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "options": " ".join([*(f"-c {key}={value}" for key, value in ours.items()), *options]),
    }


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))


class Connection(psycopg.Connection[Any]):
    """Connection with a deadline. `exchange_s`: how long one exchange may take. `leave`: set when the process is to
    end. `answered_at`: by time.monotonic, when the server last completed one."""

    exchange_s: float = 20.0
    leave: threading.Event | None = None
    answered_at: float = 0.0
    _leave_by: float | None = None

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL_S, timeout: float | None = None) -> T:
        """Wait for an exchange. Raises SilentDatabaseError; the connection is closed then."""
        if timeout is not None:  # psycopg's own deadline, of a release that has one
            return super().wait(gen, interval, timeout)
        answer = super().wait(_bounded(gen, self.pgconn, self._is_over), interval)
        self.answered_at = time.monotonic()
        return answer

    def _is_over(self, began: float) -> bool:
        now = time.monotonic()
        if self.leave is not None and self.leave.is_set():
            if self._leave_by is None:
                self._leave_by = now + LEAVE_S
            if now > self._leave_by:
                return True
        return now > began + self.exchange_s


class PatientConnection(Connection):
    """Connection for statements that may take long (a migration, a walk of the chains): an exchange is given up when
    the server itself says, by another connection, that it is not at work for this one."""

    dsn: str = ""
    _known_at_work: float = 0.0
    _doubted: float = 0.0

    def _is_over(self, began: float) -> bool:
        if not super()._is_over(max(began, self._known_at_work)):
            return False
        if self._is_at_work():
            self._known_at_work = time.monotonic()
            return False
        if self._doubted == began:
            return True
        # Its answer may be on the way just now.
        self._doubted = began
        self._known_at_work = time.monotonic() - self.exchange_s + _DOUBT_S
        return False

    def _is_at_work(self) -> bool:
        query = "SELECT state FROM pg_stat_activity WHERE pid = %s"
        try:
            with connect(self.dsn, "look", exchange_s=CONNECT_S, autocommit=True) as other:
                return other.execute(query, [self.pgconn.backend_pid]).fetchone() == ("active",)
        except psycopg.Error:
            return False


class AsyncConnection(psycopg.AsyncConnection[Any]):
    """The same for asyncio. Ask `notifies` for a timeout: without one it is an exchange like any other."""

    exchange_s: float = 20.0

    async def wait(self, gen: PQGen[T], interval: float = _INTERVAL_S, timeout: float | None = None) -> T:
        """Wait for an exchange. Raises SilentDatabaseError; the connection is closed then."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        return await super().wait(_bounded(gen, self.pgconn, self._is_over), interval)

    def _is_over(self, began: float) -> bool:
        return time.monotonic() > began + self.exchange_s


def connect(dsn: str, name: str, *, exchange_s: float, autocommit: bool = False, **more: Any) -> Connection:
    """Connect for a process `name`; `more` goes to psycopg. Raises psycopg.OperationalError."""
    connection = Connection.connect(dsn, autocommit=autocommit, **(parameters(name) | more))
    connection.exchange_s = exchange_s
    return connection


def connect_patiently(dsn: str, name: str, *, exchange_s: float = 20.0, autocommit: bool = False) -> PatientConnection:
    """Connect for a command that a person started. Raises psycopg.OperationalError."""
    # Who reads its output may be slower than any bound, and nothing is locked meanwhile that others wait for.
    never = parameters(name, options=("-c idle_in_transaction_session_timeout=0",))
    connection = PatientConnection.connect(dsn, autocommit=autocommit, **never)
    connection.dsn, connection.exchange_s = dsn, exchange_s
    return connection


def _bounded(gen: PQGen[T], pgconn: PGconn, is_over: IsOver) -> PQGen[T]:
    """Run `gen` until nothing has come for too long. psycopg wakes its generators every 0.1 s without anything to
    read."""
    began = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and is_over(began):
                # Whatever comes later would be taken for the answer to something else.
                pgconn.finish()
                raise SilentDatabaseError(f"the database did not answer for {time.monotonic() - began:.1f} s")
            wanted = gen.send(ready)
    except StopIteration as exc:
        answer: T = exc.value
        return answer
