"""The worker: claims what is due, runs each delivery through the stages, at most so many at once.

Woken by NOTIFY shian_delivery, by the time of the next attempt, and by a slot that becomes free. Several servers may
work at once: SKIP LOCKED and the lease keep each delivery with one of them.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from prometheus_client import Gauge
from pydantic import BaseModel

from server.database import Database, Transaction
from server.delivery.claims import claim
from server.delivery.job import Due, Job, Stage
from server.delivery.slots import Kind, kind_of, room
from server.settings import DeliverySettings

log = structlog.get_logger()
WAITING = Gauge("shian_server_deliveries_waiting", "Deliveries that wait for their first or next attempt")
_SHORTEST_PAUSE_S = 0.02
_STUCK_PAUSE_S = 0.5
# Slots that become free within so long are filled by one claim.
_GATHER_S = 0.02
_DRAIN_S = 3.0
# How often the database's clock is looked at for having been put back.
_FOLLOW_S = 1.0
# How often a quiet connection must show that it still listens.
_LISTEN_S = 15.0
_LOOK_S = 10.0


class _NextDue(BaseModel):
    in_s: float | None
    waiting: int


class Worker:
    """Worker of deliveries. `run` is supervised; deliveries on their way survive a restart of it. Call `close` when all
    is over."""

    def __init__(
        self, db: Database, settings: DeliverySettings, stages: Sequence[Stage], channels: Sequence[str]
    ) -> None:
        self._db = db
        self._settings = settings
        self._stages = stages
        # What goes by a channel of a newer version is left to a server that has it.
        self._channels = list(channels)
        self._running: dict[asyncio.Task[None], Due] = {}
        self._wake = asyncio.Event()
        self._looked_at = 0.0
        self._followed_at = -math.inf

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._work())

    def is_well(self) -> bool:
        """Return True when the worker looked for due deliveries within the last seconds."""
        return time.monotonic() - self._looked_at < self._settings.poll_s + _LOOK_S

    async def close(self) -> None:
        """Let what is on its way end; a delivery that takes too long comes back after its lease."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=_DRAIN_S)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_DRAIN_S)

    async def _listen(self) -> None:
        async with self._db.connected(autocommit=True) as connection:
            await connection.execute("LISTEN shian_delivery")
            self._wake.set()
            while True:
                async for _ in connection.notifies(timeout=_LISTEN_S):
                    self._wake.set()
                # A line that swallows says nothing for ever; what is asked has a deadline.
                await connection.execute("SELECT 1")

    async def _work(self) -> None:
        task = asyncio.current_task()
        # Asked each time: a cancellation can be lost on its way through a query (it came together with the answer).
        while task is None or not task.cancelling():
            self._wake.clear()
            pause = await self._look()
            self._looked_at = time.monotonic()
            # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the wake-up.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            if self._running:
                await asyncio.sleep(_GATHER_S)

    async def _look(self) -> float:
        """Claim what is due of each kind, and send it on its way once the claims are committed. Return the seconds
        until the next look. One transaction, for under load a look lasts as long as its exchanges are many."""
        claimed: list[Due] = []
        async with self._db.transaction() as transaction:
            if time.monotonic() - self._followed_at > _FOLLOW_S:
                await transaction.run("delivery.follow_clock")
                self._followed_at = time.monotonic()
            if len(self._running) < self._settings.concurrency:
                for kind in Kind:
                    claimed += await self._claim(transaction, kind, claimed)
            pause = await self._pause(transaction, claimed)
        for due in claimed:
            task = asyncio.create_task(self._deliver(due), name=f"delivery {due.id}")
            self._running[task] = due
            task.add_done_callback(self._ended)
        return pause

    async def _claim(self, transaction: Transaction, kind: Kind, claimed: Sequence[Due]) -> list[Due]:
        settings = self._settings
        under_way = [*self._running.values(), *claimed]
        free = room(
            kind, [(due.subscription, kind_of(due.attempt, due.late_s, settings)) for due in under_way], settings
        )
        if not free.most:
            return []
        values = {
            "busy": list(free.busy),
            "rooms": list(free.busy.values()),
            "each": free.each,
            "limit": free.most,
            "is_retry": kind is Kind.AGAIN,
            "above_s": settings.live_s if kind is Kind.LATE else -1.0,
            "to_s": settings.live_s if kind is Kind.LIVE else math.inf,
            "lease_s": settings.lease_s,
            "channels": self._channels,
        }
        return await claim(transaction, "delivery.claim", values)

    async def _pause(self, transaction: Transaction, claimed: Sequence[Due]) -> float:
        """Return the seconds until the next delivery is due. A subscription that is busy is looked at when its slot
        becomes free."""
        under_way = [*self._running.values(), *claimed]
        busy: list[UUID] = list({due.subscription for due in under_way})
        state = await transaction.row(_NextDue, "delivery.next_due", {"busy": busy, "channels": self._channels})
        if state is None:
            return self._settings.poll_s
        WAITING.set(state.waiting)
        if state.in_s is None or len(under_way) >= self._settings.concurrency:
            return self._settings.poll_s
        # Due and yet not claimed: another server is at it, or all slots for retries are taken.
        shortest = _STUCK_PAUSE_S if not claimed and state.in_s <= 0 else _SHORTEST_PAUSE_S
        return min(max(state.in_s, shortest), self._settings.poll_s)

    async def _deliver(self, due: Due) -> None:
        job = Job(due)
        for stage in self._stages:
            job = await stage(job)

    def _ended(self, task: asyncio.Task[None]) -> None:
        due = self._running.pop(task)
        self._wake.set()
        if not task.cancelled() and (exc := task.exception()):
            # Nothing is lost: the lease ends and it is tried again.
            log.error("delivery_crashed", delivery=str(due.id), attempt=due.attempt, exc_info=exc)
