"""Connection pools. Construction does no I/O: `open` them, or use them as a context."""

from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

_TIMEOUT_S = 10.0
_UTC = "-c timezone=UTC"


def pool(dsn: str, *, name: str, size: int = 4) -> ConnectionPool[Connection[Any]]:
    """A pool whose connections speak UTC and are checked before use (a database that was restarted is survived)."""
    return ConnectionPool(
        dsn,
        kwargs={"application_name": f"shian-{name}", "options": _UTC},
        min_size=1,
        max_size=size,
        timeout=_TIMEOUT_S,
        open=False,
        check=ConnectionPool.check_connection,
        name=name,
    )


def async_pool(dsn: str, *, name: str, size: int = 8) -> AsyncConnectionPool[AsyncConnection[Any]]:
    """The same for asyncio."""
    return AsyncConnectionPool(
        dsn,
        kwargs={"application_name": f"shian-{name}", "options": _UTC},
        min_size=1,
        max_size=size,
        timeout=_TIMEOUT_S,
        open=False,
        check=AsyncConnectionPool.check_connection,
        name=name,
    )
