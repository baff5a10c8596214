"""The server watches ingest: whoever is silent cannot say so itself.

Every few seconds it looks at the heartbeats that ingest writes, and opens and ends alerts as ingest does
(storage/alerts.py). However many servers there are, one of them looks at a time, and how long something has lasted
stands in the database.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from psycopg import AsyncCursor

from server.database import Database
from server.proof.watch import RULES as PROOF_RULES
from server.proof.watch import Kept, Proof
from server.proof.watch import conditions as proof_conditions
from server.records.audit import limits
from server.records.proposals.deciding import end_late
from server.watch import filling
from server.watch.filling import Before, Place
from server.watch.rules import RULES, Worker, conditions, forgotten, full
from storage import alerts, watch
from storage.alerts import Round
from storage.budgets import hour_of
from storage.named import queries
from storage.rules import system
from storage.steps import run_async
from storage.thresholds import CentreThresholds
from storage.watch import Condition

_SQL = queries("watch")
_ANCHORS = queries("anchors")
_LOCK = 0x5368_6961_6E03
_LOOK_S = 10.0

log = structlog.get_logger()
RAISED = Counter("shian_server_alerts_total", "Alerts that the server opened by itself", ["rule"])
USED = Gauge("shian_server_place_used_bytes", "Used of the database and of watched disks", ["place"])
MOST = Gauge("shian_server_place_size_bytes", "How much there may be of it; 0: not known", ["place"])


class CentreWatch:
    """Watch over ingest, the broker and the disks. `run` is supervised; it returns only by an exception."""

    def __init__(
        self,
        db: Database,
        thresholds: CentreThresholds,
        media: Path | None = None,
        places: Callable[[], Mapping[str, str]] = dict,
        proof: Proof | None = None,
    ) -> None:
        """Watch. `media`: the folder whose disk may fill up. `places` returns why each place takes no writes, "" for
        none."""
        self._db = db
        self._of_file = self._thresholds = thresholds
        self._proof = proof
        folders = {str(folder): folder for folder in thresholds.filling_up.folders}
        self._folders = folders if media is None else {"media": media, **folders}
        self._reasons = places
        self._places: list[Place] = []
        self._before: list[Before] = []
        self._measured_at: float | None = None

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
            self._thresholds = await run_async(cursor, system.over(self._of_file))
            await cursor.execute(_SQL["workers"])
            workers = [Worker(*row) for row in await cursor.fetchall()]
            gone = forgotten(workers, self._thresholds, now)
            if gone:
                names = {"names": [worker.name for worker in gone], "lanes": [worker.lane for worker in gone]}
                await cursor.execute(_SQL["forget_workers"], names)
            if self._is_due():
                await self._measure(cursor, now)
            work = Round(now)
            found = conditions([worker for worker in workers if worker not in gone], self._thresholds, now)
            found += filling.conditions(self._places, self._before, self._thresholds.filling_up, now)
            found += full(self._reasons(), self._thresholds)
            found += await self._of_proof(cursor, now)
            again_s = self._thresholds.again_s
            await run_async(cursor, watch.settle(work, found, rules=(*RULES, *PROOF_RULES), again_s=again_s))
            await run_async(cursor, alerts.raise_all(work))
            await run_async(cursor, alerts.publish(work))
            await limits.tell(cursor)
            await end_late(cursor)
        for rule, count in work.opened.items():
            RAISED.labels(rule).inc(count)
            log.warning("alert_opened", rule=rule, count=count)

    async def _of_proof(self, cursor: AsyncCursor[Any], now: datetime) -> list[Condition]:
        """Return the conditions of the anchors, where there is a key to make them by."""
        if self._proof is None:
            return []
        await cursor.execute(_ANCHORS["newest_at"])
        row = await cursor.fetchone()
        await cursor.execute(_ANCHORS["places"])
        kept = [Kept(*place) for place in await cursor.fetchall()]
        return proof_conditions(self._proof, row[1] if row else None, kept, self._thresholds, now)

    def _is_due(self) -> bool:
        last, look_s = self._measured_at, self._thresholds.filling_up.look_s
        return last is None or asyncio.get_running_loop().time() >= last + look_s

    async def _measure(self, cursor: AsyncCursor[Any], now: datetime) -> None:
        """Measure how full the places are, now and a week ago at most. One number an hour is kept of each."""
        self._measured_at = asyncio.get_running_loop().time()
        await cursor.execute(_SQL["database_size"])
        ((size,),) = await cursor.fetchall()
        places = [Place("database", size, int(self._thresholds.filling_up.database_gib * 2**30))]
        for name, folder in self._folders.items():
            places.append(await asyncio.to_thread(filling.of_folder, name, folder))
        self._places = places
        await cursor.execute(_SQL["sizes_before"])
        self._before = [Before(*row) for row in await cursor.fetchall()]
        values = {
            "hour": hour_of(now),
            "now": now,
            "place": [place.name for place in places],
            "used": [place.used for place in places],
        }
        await cursor.execute(_SQL["keep_sizes"], values)
        await cursor.execute(_SQL["forget_sizes"])
        for place in places:
            USED.labels(place.name).set(place.used)
            MOST.labels(place.name).set(place.most)
