"""Work in one transaction of the server's kind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.database import Transaction
from storage.exchange import AsyncConnection

T = TypeVar("T")


def within(dsn: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return what `work` gives, in one transaction of its own."""

    async def run() -> T:
        async with await AsyncConnection.connect(dsn) as connection:
            return await work(Transaction(connection))

    return asyncio.run(run())
