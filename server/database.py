"""The database as the request handlers see it: typed rows of named queries, over one pool."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from server.settings import DatabaseSettings
from storage.deeds import Deed, write_async
from storage.exchange import AsyncConnection, parameters
from storage.named import queries
from storage.steps import Steps, run_async

Pool = AsyncConnectionPool[AsyncConnection]
Row = TypeVar("Row", bound=BaseModel)
T = TypeVar("T")
Values = Mapping[str, object]
_POOL_S = 5.0
# A connection of the pool is looked at before each use: one that was swallowed must not cost a request its time.
_LOOK_S = 2.0
# A request is one of many: workers would take the cores of the others, and for a page of a list they read ten times the
# page before anybody stops them (a supplier among 10,000,000 item-tests: 1,200 ms with two, 200 without).
_ONE_CORE = ("-c max_parallel_workers_per_gather=0",)
# Nouns that are no records have folders of their own.
_FOLDERS = {noun: f"server.{noun}" for noun in ("access", "delivery", "feed", "live_video", "media", "down")}


def query(name: str) -> bytes:
    """Return `noun.heading`: the statement below `-- name: heading` in queries.sql of the noun's folder."""
    noun, _, heading = name.partition(".")
    return queries("queries", _FOLDERS.get(noun, f"server.records.{noun}"))[heading]


class Database:
    """Rows as models, transactions, and connections of one's own. Construction does no I/O."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._dsn = settings.resolve()
        self._statement_s = settings.statement_s
        # The server ends a statement before we give it up.
        self._exchange_s = max(settings.exchange_s, settings.statement_s + _LOOK_S)
        self._pool: Pool = AsyncConnectionPool(
            self._dsn,
            min_size=1,
            max_size=settings.connections,
            open=False,
            timeout=_POOL_S,
            name="server",
            check=self._check,
            configure=self._configure,
            connection_class=AsyncConnection,
            kwargs=self._options(*_ONE_CORE),
        )

    def _options(self, *words: str) -> dict[str, Any]:
        # No query of a request may hold the database for long.
        return parameters("server", statement_s=self._statement_s, options=words)

    async def _configure(self, connection: AsyncConnection) -> None:
        connection.exchange_s = self._exchange_s

    async def _check(self, connection: AsyncConnection) -> None:
        """Check a connection. Raises psycopg.OperationalError: the pool takes another one."""
        connection.exchange_s = _LOOK_S
        await AsyncConnectionPool.check_connection(connection)
        connection.exchange_s = self._exchange_s

    async def open(self) -> None:
        """Open the pool without waiting for the database: until it answers, requests get a 503."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connected(
        self, *options: str, autocommit: bool = False, exchange_s: float | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """Connect beside the pool, for work that lasts; what is not committed when the block ends is rolled back.
        `options`: PostgreSQL settings, `-c name=value`."""
        connection = await AsyncConnection.connect(self._dsn, autocommit=autocommit, **self._options(*options))
        connection.exchange_s = exchange_s or self._exchange_s
        try:
            yield connection
        finally:
            # Without an exchange: a task that is cancelled may be so again at its next wait.
            await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Open a transaction: committed at the end of the block, rolled back by an exception."""
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

    async def select(self, model: type[Row], statement: bytes, values: Values | None = None) -> list[Row]:
        """Return the rows of a statement that was put together."""
        async with self.connection.cursor(row_factory=class_row(model)) as cursor:
            # Planned anew each time: the best plan depends on the values.
            await cursor.execute(statement, values, prepare=False)
            return await cursor.fetchall()

    async def rows(self, model: type[Row], name: str, values: Values | None = None) -> list[Row]:
        """Return the rows of a named query."""
        return await self.select(model, query(name), values)

    async def row(self, model: type[Row], name: str, values: Values | None = None) -> Row | None:
        return next(iter(await self.rows(model, name, values)), None)

    async def record(self, *deeds: Deed) -> None:
        """Record deeds in the audit, in this transaction and at its end: all others wait until it is over."""
        await write_async(self.connection, *deeds)

    async def take(self, steps: Steps[T]) -> T:
        """Take steps that ingest, the command line and the server share (storage/steps.py)."""
        async with self.connection.cursor() as cursor:
            return await run_async(cursor, steps)

    async def run(self, name: str, values: Values | None = None) -> int:
        """Run a query, and return the number of rows that were changed."""
        return (await self.connection.execute(query(name), values)).rowcount


def database() -> Database:
    """Stand for the database that `create_app` gives; a handler names it as `Db`."""
    raise NotImplementedError("create_app overrides this dependency")


Db = Annotated[Database, Depends(database)]
