"""The server watches ingest: whoever is silent cannot say so itself.

Every few seconds it looks at the heartbeats that ingest writes, and opens and ends alerts as ingest does
(storage/alerts.py). However many servers there are, one of them looks at a time, and how long something has lasted
stands in the database.
"""

import asyncio

import structlog
from prometheus_client import Counter

from server.database import Database
from server.watch.rules import CentreRule, Worker, conditions, forgotten
from storage import alerts, watch
from storage.alerts import Round
from storage.named import queries
from storage.steps import run_async
from storage.thresholds import CentreThresholds

_SQL = queries("watch")
_LOCK = 0x5368_6961_6E03
_LOOK_S = 10.0

log = structlog.get_logger()
RAISED = Counter("shian_server_alerts_total", "Alerts that the server opened by itself", ["rule"])


class CentreWatch:
    """`run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, thresholds: CentreThresholds) -> None:
        self._db = db
        self._thresholds = thresholds

    async def run(self) -> None:
        while True:
            async with asyncio.timeout(_LOOK_S):
                await self._look()
            await asyncio.sleep(self._thresholds.look_s)

    async def _look(self) -> None:
        async with self._db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_SQL["try_watch"], {"key": _LOCK})
            if await cursor.fetchone() != (True,):
                return
            await cursor.execute(_SQL["now"])
            ((now,),) = await cursor.fetchall()
            await cursor.execute(_SQL["workers"])
            workers = [Worker(*row) for row in await cursor.fetchall()]
            gone = forgotten(workers, self._thresholds, now)
            if gone:
                names = {"names": [it.name for it in gone], "lanes": [it.lane for it in gone]}
                await cursor.execute(_SQL["forget_workers"], names)
            work = Round(now)
            found = conditions([it for it in workers if it not in gone], self._thresholds, now)
            again_s = self._thresholds.again_s
            await run_async(cursor, watch.settle(work, found, rules=CentreRule, again_s=again_s))
            await run_async(cursor, alerts.raise_all(work))
            await run_async(cursor, alerts.publish(work))
        for rule, count in work.opened.items():
            RAISED.labels(rule).inc(count)
            log.warning("alert_opened", rule=rule, count=count)
