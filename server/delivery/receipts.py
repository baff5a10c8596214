"""Receipts of deliveries that arrived, several in one transaction: what comes during a commit goes into the next one.

Nobody waits for others to come: a receipt that comes alone is written at once. Only rows of the deliveries themselves
are touched, so that no two transactions wait for each other in a circle; whatever says more (a failure, a decision, an
end) is recorded by itself (server/delivery/pipeline.py).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from psycopg import OperationalError
from pydantic import BaseModel

from server.database import Database

_MOST = 100
Receipt = Mapping[str, object]


class _Waiting(NamedTuple):
    receipt: Receipt
    written: "asyncio.Future[None]"


class _Finished(BaseModel):
    id: UUID


class Receipts:
    """Receipts that wait to be written. Construction does no I/O."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, receipt: Receipt) -> None:
        """Write a receipt: the columns of `delivery_attempt`. Raises psycopg.Error, and then nothing is written."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(receipt, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="receipts")
        await written

    async def _write(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            error = await self._write_some([one.receipt for one in some])
            if error is None or len(some) == 1 or isinstance(error, OperationalError):
                _tell(some, error)
                continue
            for one in some:  # only the one that cannot be written fails
                _tell([one], await self._write_some([one.receipt]))

    async def _write_some(self, receipts: Sequence[Receipt]) -> Exception | None:
        """Write receipts in one transaction. Return the error: each of those who wait gets it, and tries again."""
        names = receipts[0].keys()
        values = {name: [receipt[name] for receipt in receipts] for name in names}
        try:
            async with self._db.transaction() as transaction:
                await transaction.run("delivery.receipts", values)
                ours = await transaction.rows(_Finished, "delivery.delivered", values)
                if len(ours) < len(receipts):
                    await transaction.run("delivery.delivered_late", {"ids": values["id"]})
        except Exception as exc:  # noqa: BLE001 - handed to those who wait
            return exc
        return None


def _tell(some: Sequence[_Waiting], error: Exception | None) -> None:
    for one in some:
        if one.written.done():  # nobody waits any more
            continue
        if error is None:
            one.written.set_result(None)
        else:
            one.written.set_exception(error)
