"""The database as the request handlers see it: typed rows of named queries, over one pool."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from server.settings import DatabaseSettings
from storage.named import queries

Pool = AsyncConnectionPool[AsyncConnection]
Row = TypeVar("Row", bound=BaseModel)
Values = Mapping[str, object]
_POOL_S = 5.0


def query(name: str) -> bytes:
    """`noun.heading`: the statement below `-- name: heading` in server/queries/noun.sql."""
    noun, _, heading = name.partition(".")
    return queries(noun, "server")[heading]


class Database:
    """Rows as models, transactions, and connections of one's own. Construction does no I/O."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._dsn = settings.resolve()
        self._statement_s = settings.statement_s
        self._pool: Pool = AsyncConnectionPool(
            self._dsn,
            min_size=1,
            max_size=settings.connections,
            open=False,
            timeout=_POOL_S,
            name="server",
            check=AsyncConnectionPool.check_connection,
            kwargs=self._options(),
        )

    def _options(self, *words: str) -> dict[str, Any]:
        # No query of a request may hold the database for long.
        limit = f"-c statement_timeout={round(self._statement_s * 1000)}"
        return {
            "application_name": "shian-server",
            "connect_timeout": 5,
            "tcp_user_timeout": 15_000,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "options": " ".join(["-c timezone=UTC", limit, *words]),
        }

    async def open(self) -> None:
        """Does not wait for the database: until it answers, requests get a 503."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def connect(self, *options: str, autocommit: bool = False) -> AsyncConnection:
        """A connection beside the pool, for what lasts. `options`: PostgreSQL settings, `-c name=value`."""
        return await AsyncConnection.connect(self._dsn, autocommit=autocommit, **self._options(*options))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Committed at the end of the block, rolled back by an exception."""
        async with self._pool.connection() as connection:
            yield Transaction(connection)

    async def rows(self, model: type[Row], name: str, values: Values | None = None) -> list[Row]:
        async with self.transaction() as transaction:
            return await transaction.rows(model, name, values)

    async def row(self, model: type[Row], name: str, values: Values | None = None) -> Row | None:
        return next(iter(await self.rows(model, name, values)), None)


class Transaction:
    """One transaction on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def rows(self, model: type[Row], name: str, values: Values | None = None) -> list[Row]:
        async with self.connection.cursor(row_factory=class_row(model)) as cursor:
            # Planned anew each time: a filter that is not used then costs nothing.
            await cursor.execute(query(name), values, prepare=False)
            return await cursor.fetchall()

    async def row(self, model: type[Row], name: str, values: Values | None = None) -> Row | None:
        return next(iter(await self.rows(model, name, values)), None)

    async def run(self, name: str, values: Values | None = None) -> int:
        """The number of rows that were changed."""
        return (await self.connection.execute(query(name), values)).rowcount


def database() -> Database:
    """Given by `create_app`; a handler names it as `Db`."""
    raise NotImplementedError("create_app overrides this dependency")


Db = Annotated[Database, Depends(database)]
