"""Rows that are old enough are taken away, a piece at a time, so that nobody waits for it (storage/keeping.toml)."""

import asyncio

import structlog
from prometheus_client import Counter

from server.database import Database
from server.settings import KeepSettings
from storage.keeping import Aged, aged, take_away

log = structlog.get_logger()
PRUNED = Counter("shian_server_rows_pruned_total", "Rows that were taken away by age", ["table"])
_EVERY_S = 600.0
_PAUSE_S = 0.2


class Pruning:
    """Pruning by age. `run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, keep: KeepSettings) -> None:
        self._db = db
        self._keep = keep

    async def run(self) -> None:
        while True:
            for table in aged():
                while await self.sweep(table):
                    await asyncio.sleep(_PAUSE_S)
            await asyncio.sleep(_EVERY_S)

    async def sweep(self, table: Aged) -> int:
        """Take some away; return how many. Raises psycopg.Error."""
        days: int = getattr(self._keep, table.setting)
        async with self._db.transaction() as transaction:
            count = await transaction.take(take_away(table, days))
        if count:
            PRUNED.labels(table.table).inc(count)
            log.info("rows_pruned", table=table.table, rows=count, days=days)
        return count
