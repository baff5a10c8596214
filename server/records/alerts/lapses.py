"""Alerts that were acknowledged until a time, and with which nothing was done: they open again by themselves.

The deadline stands in the database, so that a restart forgets none, and of several servers one takes each.
"""

import asyncio

from server.database import Database
from storage import alerts

_EVERY_S, _AT_ONCE_S = 5.0, 0.05


class Lapses:
    """Worker that opens them again. `run` is supervised."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self) -> None:
        while True:
            in_s = await self.turn()
            # Others may name a nearer time meanwhile.
            await asyncio.sleep(min(_EVERY_S, max(_AT_ONCE_S, _EVERY_S if in_s is None else in_s)))

    async def turn(self) -> float | None:
        """Open what is due. Return the seconds until the next one is; None: there is none."""
        async with self._db.transaction() as transaction:
            return await transaction.take(alerts.lapse())
