"""Digests of a day and of a week: the alerts of the time since the last one, in one message at the hour that the
subscriber named."""

import asyncio
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from server.access.others import reach_of
from server.database import Database, Transaction
from storage import routing

_EVERY_S = 20.0
_MINUTE = 60
_SEE = "alerts.read"


class _Due(BaseModel):
    id: UUID
    account: UUID | None
    occasion: Literal["daily", "weekly"]
    since: AwareDatetime
    moment: AwareDatetime


class Digests:
    """Worker that makes the deliveries of digests. `run` is supervised."""

    def __init__(self, db: Database, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(_EVERY_S)

    async def turn(self) -> int:
        """Make what is due. Return the number of deliveries."""
        due = await self._db.rows(_Due, "duty.digests", {"zone": str(self._zone)})
        made = 0
        for one in due:
            async with self._db.transaction() as transaction:
                made += await self._make(transaction, one)
        return made

    async def _make(self, transaction: Transaction, due: _Due) -> int:
        # Whoever moves the mark makes the deliveries: another server finds it moved.
        if not await transaction.run(f"duty.told_{due.occasion}", {"id": due.id, "moment": due.moment}):
            return 0
        reach = await reach_of(transaction, _SEE, due.account) if due.account else None
        values: dict[str, Any] = {"subscription": due.id, "occasion": due.occasion, "edition": _edition(due.moment)}
        values |= {"since": due.since, "until": due.moment, "reach": reach.listed() if reach else None}
        made = await transaction.take(routing.route_digest(values))
        if made:
            await transaction.run("delivery.notify")
        return made


def _edition(moment: datetime) -> int:
    """Return the number of a digest: its minute."""
    return int(moment.timestamp()) // _MINUTE
