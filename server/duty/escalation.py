"""Escalation: an alert that nobody answers goes along the rotas of its areas, up to the whole district.

    open -> on duty in its area -after_s-> in the area above -after_s-> the district -after_s-> nobody was reached

Where it stands is in the database (table `escalation`), so that a restart forgets nothing; of several servers one looks
at a time. "Nobody could be reached" is an alert itself, which ends when somebody answers.
"""

import asyncio
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import AwareDatetime, BaseModel

from server.database import Database, Transaction
from server.duty import known
from server.duty.rota import Rota, chain, on_duty
from server.records.alerts import steps
from server.working_days import WorkingDays
from storage import alerts, routing
from storage.alerts import Round
from storage.signals import Signal
from wire.said import Said
from wire.terms import AlertAction, Rule, Severity

log = structlog.get_logger()
_EVERY_S = 2.0
_LOCK = 0x5368_6961_6E10


class _Now(BaseModel):
    at: AwareDatetime


class _IsFree(BaseModel):
    is_free: bool


class _Answered(BaseModel):
    id: UUID


class _Due(BaseModel):
    """Alert that is to be told to the next. `areas`: from its station's own upwards; `title`: of a rule of the
    district's own, in both languages."""

    id: UUID
    level: int
    rule: str
    severity: Severity
    station: str
    device: str
    item: str
    sample: str
    commodity: str
    areas: list[str]
    drill: dict[str, str]
    title: dict[str, str] | None = None


class Escalation:
    """Worker that looks for alerts nobody has answered. `run` is supervised."""

    def __init__(self, db: Database, zone: ZoneInfo, calendar: WorkingDays) -> None:
        self._db = db
        self._zone = zone
        self._calendar = calendar

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(_EVERY_S)

    async def turn(self) -> int:
        """Tell what is due to whoever is next. Return how many alerts went on."""
        async with self._db.transaction() as transaction:
            (lock,) = await transaction.rows(_IsFree, "duty.try_lock", {"key": _LOCK})
            if not lock.is_free:
                return 0
            row = await transaction.row(_Now, "stations.now")
            assert row is not None, "a SELECT without FROM has one row"
            work = Round(row.at)
            await transaction.run("duty.follow_clock")
            for one in await transaction.rows(_Answered, "duty.answered"):
                work.signals.append(_ended(one.id))
            rotas = await known.rotas(transaction)
            severities = sorted({severity for rota in rotas for severity in rota.severities})
            if severities:
                await transaction.run("duty.begin_again")
                await transaction.run("duty.begin", {"severities": severities})
            due = await transaction.rows(_Due, "duty.due")
            for one_due in due:
                await self._go_on(transaction, work, one_due, rotas)
            await transaction.take(alerts.raise_all(work))
            await transaction.take(alerts.publish(work))
            return len(due)

    async def _go_on(self, transaction: Transaction, work: Round, due: _Due, rotas: list[Rota]) -> None:
        """Tell the next rota where somebody can be reached; without one, say that nobody was."""
        levels = chain(rotas, due.areas, due.severity)
        if not levels:
            await self._note(transaction, due, due.level, "none", 0.0)
            return
        for level in range(due.level, len(levels)):
            rota = levels[level]
            if await self._tell(transaction, work, due, rota):
                await self._note(transaction, due, level + 1, "", rota.after_s)
                return
        await self._note(transaction, due, len(levels), "exhausted", 0.0)
        log.error("nobody_reached", alert=str(due.id), rotas=len(levels))
        work.signals.append(_nobody(due, [rota.title for rota in levels]))

    async def _tell(self, transaction: Transaction, work: Round, due: _Due, rota: Rota) -> bool:
        """Tell whoever is on duty. Return False where nobody is, or none of them can be reached."""
        accounts = on_duty(rota, work.now, self._zone, self._calendar)
        people = await known.people(transaction, accounts)
        ways = await known.ways(transaction, accounts)
        names = "、".join(person.name for person in people)
        await steps.note(transaction, due.id, AlertAction.ESCALATED, _said(rota, names, is_reached=bool(ways)))
        if ways:
            values = {"alert": due.id, "subscriptions": [way.id for way in ways]}
            work.is_routed |= bool(await transaction.run("duty.tell", values))
            if due.level:
                await transaction.take(routing.route_step(work, due.id, "escalated"))
            log.info("alert_escalated", alert=str(due.id), rota=rota.title, people=names)
        return bool(ways)

    async def _note(self, transaction: Transaction, due: _Due, level: int, outcome: str, after_s: float) -> None:
        values = {"alert": due.id, "level": level, "outcome": outcome, "after_s": after_s}
        await transaction.run("duty.go_on", values)


def _said(rota: Rota, names: str, *, is_reached: bool) -> Said:
    """Return the sentence of a telling: who was told, or why nobody was."""
    if is_reached:
        return Said("escalated", rota=rota.title, people=names)
    return Said("unreachable" if names else "nobody_on_duty", rota=rota.title, people=names)


def _key(alert: UUID) -> str:
    return f"{Rule.NOBODY_REACHED}/{alert}"


def _nobody(due: _Due, titles: list[str]) -> Signal:
    return Signal(
        rule=str(Rule.NOBODY_REACHED),
        key=_key(due.id),
        severity=Severity.CRITICAL,
        station=due.station,
        subject=" ".join(filter(None, (due.commodity, due.sample, due.item)))[:200],
        note=Said("nobody_reached", rotas=titles),
        device=due.device,
        item=due.item,
        sample=due.sample,
        commodity=due.commodity,
        facts={
            "alert": str(due.id),
            "rule": due.rule,
            "rotas": titles,
            **due.drill,
            **({"rule_words": due.title} if due.title else {}),
        },
        joins=False,
    )


def _ended(alert: UUID) -> Signal:
    return Signal(
        rule=str(Rule.NOBODY_REACHED),
        key=_key(alert),
        severity=Severity.CRITICAL,
        station="",
        subject="",
        note=Said("answered"),
        opens=False,
        ends=True,
    )
