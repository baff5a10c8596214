"""The watch over the duty: somebody on duty whom nothing would reach, and subscribers whose account has ended.

Each is an alert, so that it is seen before an alert finds nobody."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import AwareDatetime, BaseModel

from server.database import Database, Transaction
from server.duty import known
from server.duty.rota import Rota, spans
from server.working_days import WorkingDays
from storage import alerts, watch
from storage.alerts import Round
from storage.deeds import SYSTEM, Deed
from storage.signals import Signal
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule, Severity

log = structlog.get_logger()
_EVERY_S = 10.0
_AHEAD = timedelta(hours=1)
_AGAIN_S = 86_400.0
_LOCK = 0x5368_6961_6E11


@dataclass(frozen=True, slots=True)
class _Threshold:
    severity: Severity = Severity.WARNING
    after_s: float = 0.0
    ends_after_s: float = 0.0


class _Now(BaseModel):
    at: AwareDatetime


class _IsFree(BaseModel):
    is_free: bool


class _Ended(BaseModel):
    id: UUID
    name: str
    account: str


class DutyWatch:
    """Watch over the duty. `run` is supervised."""

    def __init__(self, db: Database, zone: ZoneInfo, calendar: WorkingDays) -> None:
        self._db = db
        self._zone = zone
        self._calendar = calendar

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(_EVERY_S)

    async def turn(self) -> None:
        """Look once; one server at a time."""
        async with self._db.transaction() as transaction:
            (lock,) = await transaction.rows(_IsFree, "duty.try_lock", {"key": _LOCK})
            row = await transaction.row(_Now, "stations.now")
            if not lock.is_free or row is None:
                return
            work = Round(row.at)
            ended = await transaction.rows(_Ended, "duty.end_subscriptions")
            work.signals += [_ended(one) for one in ended]
            found: list[Condition] = []
            for rota in await known.rotas(transaction):
                found += await self._unreachable(transaction, work, rota)
            rules = (Rule.DUTY_UNREACHABLE,)
            await transaction.take(watch.settle(work, found, rules=rules, again_s=_AGAIN_S))
            await transaction.take(alerts.raise_all(work))
            await transaction.take(alerts.publish(work))
            await transaction.record(*map(_deed, ended))

    async def _unreachable(self, transaction: Transaction, work: Round, rota: Rota) -> list[Condition]:
        """Return a condition for each person on duty now or within the hour; on where nothing reaches him."""
        found = spans(rota, work.now, work.now + _AHEAD, self._zone, self._calendar)
        accounts = list(dict.fromkeys(span.account for span in found))
        reached = {way.account for way in await known.ways(transaction, accounts)}
        return [
            Condition(
                Rule.DUTY_UNREACHABLE,
                _Threshold(),
                person.id not in reached,
                Said("unreachable", rota=rota.title, people=person.name),
                name=f"{rota.id}/{person.id}",
                facts={"rota": rota.title, "area": rota.area, "person": person.name},
            )
            for person in await known.people(transaction, accounts)
        ]


def _deed(one: _Ended) -> Deed:
    facts = {"reason": "account_ended", "account": one.account}
    return Deed(SYSTEM, "subscription_ended", str(one.id), facts=facts)


def _ended(one: _Ended) -> Signal:
    log.warning("subscription_ended", subscription=one.name, reason="account_ended")
    return Signal(
        rule=str(Rule.SUBSCRIBER_ENDED),
        key=f"{Rule.SUBSCRIBER_ENDED}/{one.id}",
        severity=Severity.WARNING,
        station="",
        subject=one.name[:200],
        note=Said("subscriber_ended", subscription=one.name, account=one.account),
        facts={"subscription": one.name, "account": one.account},
        joins=False,
    )
