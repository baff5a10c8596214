"""Drills: an alert that is none, flagged as a drill through the whole chain and in every text, and a report of who was
told and who answered when.

It goes to those who would be told of what it plays, along the same rotas. It is no result and counts nowhere.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db, Transaction
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError
from server.records.duty.model import Line
from server.records.subscriptions.model import RuleName
from server.records.words import words_of
from storage import alerts
from storage.alerts import Live, Round
from storage.deeds import Deed
from storage.rules import table
from storage.signals import Signal
from wire.said import Said
from wire.terms import Rule, Severity

router = APIRouter(prefix="/drills", tags=["drills"])
_UNKNOWN = Kind(422, "unknown-filter", "There is no such station.", "没有这样的检测点。", places=("body.station",))
_NO_RULE = Kind(422, "unknown-filter", "There is no such rule.", "没有这样的预警规则。", places=("body.rule",))
_OVER = Kind(409, "wrong-state", "The drill is over already.", "该演练已结束。")


class NewDrill(BaseModel):
    """New drill at a station. `plays`: the rule whose alert it plays."""

    model_config = ConfigDict(extra="forbid")

    title: Line
    station: Line
    plays: RuleName = str(Rule.FAILED_TEST)
    severity: Severity = Severity.CRITICAL
    item: Annotated[str, Field(max_length=200)] = ""
    commodity: Annotated[str, Field(max_length=200)] = ""


class Drill(BaseModel):
    """Drill, and the alert that it made."""

    id: UUID
    title: str
    station: str
    plays: str
    author: str
    alert: UUID
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    ended_by: str


class Told(BaseModel):
    """Message of a drill to one subscription. `after_s`: from the alert to the receiver's accept."""

    subscription: str
    account: str | None
    channel: str
    occasion: str
    state: str
    delivered_at: AwareDatetime | None
    after_s: float | None
    reasons: Annotated[list[str], Field(description="why it was not sent, or not at once")]


class Answer(BaseModel):
    """Step of a drill's alert. `after_s`: since it was opened."""

    at: AwareDatetime
    action: str
    actor: str
    note: str
    after_s: float


class Report(Drill):
    """Report of a drill: who was told when, and who answered when."""

    told: list[Told]
    steps: list[Answer]


DRILLS = Listing(sql="drills.list", row=Drill, order=Newest("started_at", "id"), station="d.station")


@router.get("")
async def list_drills(
    db: Db, caller: Annotated[Caller, need("drills.read")], asked: Annotated[Paged, Query()]
) -> Page[Drill]:
    """List drills, the newest first."""
    return await DRILLS.page(db, caller.reach, asked)


class _Station(BaseModel):
    name: str


class _Now(BaseModel):
    at: AwareDatetime


@router.post("", status_code=201)
async def begin_drill(db: Db, caller: Annotated[Caller, need("drills.run")], new: NewDrill) -> Report:
    """Begin a drill: its alert is open, and told as a real one would be."""
    identity = uuid7()
    async with db.transaction() as transaction:
        if not caller.reach.has_station(new.station) or not await transaction.rows(
            _Station, "drills.station", {"station": new.station}
        ):
            raise ProblemError(_UNKNOWN)
        own = await _title(transaction, new.plays)
        work = await _round(transaction)
        work.signals.append(_signal(identity, new, own))
        await transaction.take(alerts.raise_all(work))
        row = new.model_dump(include={"title", "station", "plays"}) | {"id": identity, "key": _key(identity)}
        await transaction.run("drills.create", row | {"author": caller.name, "account": caller.account})
        await transaction.take(alerts.publish(work))
        facts = new.model_dump(mode="json")
        await transaction.record(Deed(caller.actor, "drill_begun", str(identity), new.station, new.title, facts))
        return await _report(transaction, caller.reach, identity)


def _key(drill: UUID) -> str:
    return f"{Rule.DRILL}/{drill}"


async def _title(transaction: Transaction, plays: str) -> dict[str, str] | None:
    """Return the title of a rule of the district's own; None: the rule is one of the system, and has words. Raises
    ProblemError (422)."""
    if plays in set(Rule):
        return None
    own = await transaction.take(table.one(plays))
    if own is None:
        raise ProblemError(_NO_RULE)
    return own.rule.title.model_dump()


def _signal(drill: UUID, new: NewDrill, own: dict[str, str] | None) -> Signal:
    return Signal(
        rule=str(Rule.DRILL),
        key=_key(drill),
        severity=new.severity,
        station=new.station,
        subject=new.title,
        note=Said("drill", title=new.title),
        item=new.item,
        commodity=new.commodity,
        facts={
            "drill": str(drill),
            "drill_of": new.plays,
            "title": new.title,
            **({"drill_title": own} if own else {}),
        },
    )


@router.get("/{drill}")
async def one_drill(db: Db, caller: Annotated[Caller, need("drills.read")], drill: UUID) -> Report:
    """Return the report of a drill, also while it goes on."""
    async with db.transaction() as transaction:
        return await _report(transaction, caller.reach, drill)


class _Live(BaseModel):
    id: UUID
    severity: Severity
    opened_at: AwareDatetime
    station: str


@router.post("/{drill}/end")
async def end_drill(db: Db, caller: Annotated[Caller, need("drills.run")], drill: UUID) -> Report:
    """End a drill: its alert is resolved, if nobody has done so."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller.reach, drill)
        if not await transaction.run("drills.end", {"id": drill, "by": caller.name}):
            raise ProblemError(_OVER)
        work = await _round(transaction)
        live = await transaction.row(_Live, "drills.live", {"alert": found.alert})
        if live:
            of_alert = Live(live.id, live.severity, live.opened_at)
            said = Said("drill_ended", title=found.title)
            await transaction.take(
                alerts.resolve(work, of_alert, rule=str(Rule.DRILL), station=live.station, note=said)
            )
        await transaction.take(alerts.publish(work))
        await transaction.record(Deed(caller.actor, "drill_ended", str(drill), found.station, found.title))
        return await _report(transaction, caller.reach, drill)


async def _round(transaction: Transaction) -> Round:
    row = await transaction.row(_Now, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    return Round(row.at)


async def _one(transaction: Transaction, reach: Reach, drill: UUID) -> Drill:
    row = await DRILLS.one(transaction, reach, drill)
    if row is None:
        raise words_of("drills").not_found()
    return row


async def _report(transaction: Transaction, reach: Reach, drill: UUID) -> Report:
    row = await _one(transaction, reach, drill)
    values = {"alert": row.alert}
    told = await transaction.rows(Told, "drills.told", values)
    steps = await transaction.rows(Answer, "drills.steps", values)
    return Report(**row.model_dump(), told=told, steps=steps)
