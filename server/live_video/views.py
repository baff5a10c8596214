"""The views that are open, as the database has them: a server that is killed cannot write their ends, so the next one
does, with the time at which they were last known to be shown."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from pydantic import BaseModel

from server.database import Database, Transaction
from server.live_video.frames import Key
from storage.deeds import Actor, Deed
from wire.terms import ActorKind

log = structlog.get_logger()
LEFT = Counter("shian_server_watch_left_total", "Views that a killed server left open, ended by another")
# A view of a living server is shown again this many times before another server ends it.
_MISSED = 4


class Left(BaseModel):
    """View that nobody shows any more."""

    id: UUID
    who: str
    station: str
    camera: str
    mode: str
    began_at: datetime
    shown_at: datetime


class Views:
    """Views that are open. `run` is supervised. `every_s`: how often it says that those of this server, `shown`, go
    on."""

    def __init__(self, db: Database, every_s: float, shown: Callable[[], list[UUID]]) -> None:
        self._db = db
        self._every_s = every_s
        self._shown = shown

    @staticmethod
    async def open(transaction: Transaction, view: UUID, who: str, key: Key, began_at: datetime) -> None:
        """Note that a view has begun. Raises psycopg.Error."""
        values = {"id": view, "who": who, "began_at": began_at, **key._asdict()}
        await transaction.run("live_video.open", values)

    @staticmethod
    async def close(transaction: Transaction, view: UUID) -> bool:
        """Note that a view has ended; return False where it had already, or had never begun. Raises psycopg.Error; then
        the next look after its time ends it."""
        return await transaction.run("live_video.close", {"id": view}) > 0

    async def run(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._every_s)

    async def _look(self) -> None:
        async with self._db.transaction() as transaction:
            await transaction.run("live_video.show", {"ids": self._shown()})
            after = timedelta(seconds=_MISSED * self._every_s)
            left = await transaction.rows(Left, "live_video.take_left", {"after": after})
            for view in left:
                await transaction.record(_end_of(view))
        if left:
            LEFT.inc(len(left))
            log.warning("views_ended_for_another", views=len(left))


def _end_of(view: Left) -> Deed:
    facts = {
        "station": view.station,
        "camera": view.camera,
        "mode": view.mode,
        "view": str(view.id),
        "began_at": view.began_at.isoformat(),
        "ended_at": view.shown_at.isoformat(),
        "is_exact": False,
    }
    subject = f"{view.station}/{view.camera}"
    return Deed(Actor(view.who, ActorKind.PERSON), "live_view_ended", subject, view.station, facts=facts)
