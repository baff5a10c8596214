"""Duty: rotas of areas, who is on duty now, and the calendar of it. Every change is a deed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db, Transaction
from server.delivery.job import Owner
from server.delivery.standing import reaches
from server.duty import ical, known
from server.duty.rota import Span, spans
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError, not_found
from server.records import days
from server.records.days import Zone
from server.records.duty.model import (
    NewNote,
    NewOverride,
    NewRota,
    NewShift,
    NoteRow,
    OnDuty,
    OverrideRow,
    Rota,
    RotaChange,
    RotaInFull,
    ShiftRow,
    Turn,
)
from server.records.words import words_of
from server.working_days import WorkingDays
from storage.deeds import Deed

router = APIRouter(prefix="/duty", tags=["duty"])
_STEP = "alerts.step"
_LONGEST = timedelta(days=400)
_ON_DUTY = "值班 On duty:"
_TAKEN = Kind(409, "rota-exists", "This area has a rota already.", "该区域已有值班表。")
_UNFIT = Kind(
    422, "unfit-account", "No such account may deal with alerts of this area.", "没有可处置该区域预警的此账号。"
)
_UNKNOWN_AREA = Kind(422, "unknown-filter", "There is no such area.", "没有这样的区域。", places=("body.area",))
_PERIOD = Kind(
    422,
    "bad-period",
    "`to` lies after `from`, by 400 days at most.",
    "结束须晚于开始，且不超过 400 天。",
    places=("query.to",),
)
ROTAS = Listing(
    sql="duty.list",
    row=Rota,
    order=Newest("created_at", "id"),
    station=None,
    within="r.area = ANY(%(reach_areas)s::text[])",
)
Reading = Annotated[Caller, need("duty.read")]
Changing = Annotated[Caller, need("duty.change")]


@router.get("/rotas")
async def list_rotas(db: Db, caller: Reading, asked: Annotated[Paged, Query()]) -> Page[Rota]:
    """List rotas, the newest first, also those that are over."""
    return await ROTAS.page(db, caller.reach, asked)


@router.post("/rotas", status_code=201)
async def create_rota(db: Db, caller: Changing, new: NewRota) -> RotaInFull:
    """Make the rota of an area, or that of the whole district."""
    if not caller.reach.has_area(new.area):
        raise ProblemError(_UNKNOWN_AREA)
    identity = uuid7()
    async with db.transaction() as transaction:
        if new.area and not await _above(transaction, new.area, is_there=True):
            raise ProblemError(_UNKNOWN_AREA)
        row = {"id": identity, "title": new.title, "area": new.area, **_told(new)}
        try:
            await transaction.run("duty.create", row)
        except UniqueViolation as exc:
            raise ProblemError(_TAKEN) from exc
        deed = Deed(caller.actor, "rota_made", str(identity), facts=new.model_dump(mode="json"))
        await transaction.record(deed)
        return await _in_full(transaction, caller.reach, identity)


def _told(change: RotaChange) -> dict[str, Any]:
    return {"after_s": change.after_minutes * 60, "severities": [str(one) for one in change.severities]}


@router.get("/rotas/{rota}")
async def one_rota(db: Db, caller: Reading, rota: UUID) -> RotaInFull:
    """Return a rota with its shifts, overrides and the last notes for whoever comes next."""
    async with db.transaction() as transaction:
        return await _in_full(transaction, caller.reach, rota)


@router.put("/rotas/{rota}")
async def change_rota(db: Db, caller: Changing, rota: UUID, change: RotaChange) -> RotaInFull:
    """Change the title, the time without an answer, and the severities of a rota."""
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, rota)
        await transaction.run("duty.change", {"id": rota, "title": change.title, **_told(change)})
        await transaction.record(Deed(caller.actor, "rota_changed", str(rota), facts=change.model_dump(mode="json")))
        return await _in_full(transaction, caller.reach, rota)


@router.post("/rotas/{rota}/end")
async def end_rota(db: Db, caller: Changing, rota: UUID) -> RotaInFull:
    """End a rota: its area has none, until another one is made."""
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, rota)
        if await transaction.run("duty.end", {"id": rota}):
            await transaction.record(Deed(caller.actor, "rota_ended", str(rota)))
        return await _in_full(transaction, caller.reach, rota)


@router.post("/rotas/{rota}/shifts", status_code=201)
async def add_shift(db: Db, caller: Changing, rota: UUID, new: NewShift) -> RotaInFull:
    """Add hours of duty that come back."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller.reach, rota)
        account = await _fit(transaction, new.account, found.area)
        hours = new.hours.model_dump(mode="json", by_alias=True)
        row = {"id": uuid7(), "rota": rota, "account": account, "hours": Jsonb(hours)}
        await transaction.run("duty.add_shift", row | new.model_dump(include={"from_day", "until_day", "every_weeks"}))
        facts = new.model_dump(mode="json", by_alias=True)
        await transaction.record(Deed(caller.actor, "rota_changed", str(rota), facts={"shift": facts}))
        return await _in_full(transaction, caller.reach, rota)


@router.post("/rotas/{rota}/shifts/{shift}/end")
async def end_shift(db: Db, caller: Changing, rota: UUID, shift: UUID) -> RotaInFull:
    """Take a shift out of the rota."""
    return await _end(db, caller, rota, "shift", shift)


@router.post("/rotas/{rota}/overrides", status_code=201)
async def add_override(db: Db, caller: Changing, rota: UUID, new: NewOverride) -> RotaInFull:
    """Let somebody take the duty for a time instead of whoever the shifts name."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller.reach, rota)
        account = await _fit(transaction, new.account, found.area)
        row = new.model_dump(include={"starts_at", "ends_at", "note"})
        row |= {"id": uuid7(), "rota": rota, "account": account, "author": caller.name}
        await transaction.run("duty.add_override", row)
        facts = {"override": new.model_dump(mode="json")}
        await transaction.record(Deed(caller.actor, "rota_changed", str(rota), facts=facts))
        return await _in_full(transaction, caller.reach, rota)


@router.post("/rotas/{rota}/overrides/{override}/end")
async def end_override(db: Db, caller: Changing, rota: UUID, override: UUID) -> RotaInFull:
    """Take an override back: the shifts hold again."""
    return await _end(db, caller, rota, "override", override)


async def _end(db: Db, caller: Caller, rota: UUID, what: str, identity: UUID) -> RotaInFull:
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, rota)
        if not await transaction.run(f"duty.end_{what}", {"id": identity, "rota": rota}):
            raise not_found(what, "值班安排")
        facts = {f"ended_{what}": str(identity)}
        await transaction.record(Deed(caller.actor, "rota_changed", str(rota), facts=facts))
        return await _in_full(transaction, caller.reach, rota)


@router.post("/rotas/{rota}/notes", status_code=201)
async def hand_over(db: Db, caller: Annotated[Caller, need("duty.note")], rota: UUID, new: NewNote) -> RotaInFull:
    """Leave a note for whoever has the duty next."""
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, rota)
        row = {"id": uuid7(), "rota": rota, "author": caller.name, "text": new.text}
        await transaction.run("duty.add_note", row)
        await transaction.record(Deed(caller.actor, "duty_handed_over", str(rota), why=new.text))
        return await _in_full(transaction, caller.reach, rota)


class Between(BaseModel):
    """Period: `from` <= time < `to`. None: from now on, for 31 days."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Period that is asked for, with the zone and the working days of the district."""

    asked: Between
    zone: ZoneInfo
    calendar: WorkingDays


def _frame(zone: Zone, calendar: days.Calendar, asked: Annotated[Between, Query()]) -> _Frame:
    return _Frame(asked, zone, calendar)


Framed = Annotated[_Frame, Depends(_frame)]


@router.get("/rotas/{rota}/calendar")
async def calendar(db: Db, caller: Reading, rota: UUID, frame: Framed) -> list[Turn]:
    """Return who is on duty when: shifts as the overrides leave them, and the overrides."""
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, rota)
        found, names = await _turns(transaction, rota, frame)
    return [
        Turn(
            account=names.get(span.account, ""),
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            note=span.note,
            is_override=span.is_override,
            is_known=frame.calendar.is_known(span.starts_at.astimezone(frame.zone).date()),
        )
        for span in found
    ]


@router.get("/rotas/{rota}/calendar.ics", response_class=Response)
async def calendar_file(db: Db, caller: Reading, rota: UUID, frame: Framed) -> Response:
    """Return the same as an iCalendar file."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller.reach, rota)
        turns, names = await _turns(transaction, rota, frame)
        now = await _now(transaction)
    text = ical.calendar(found.title, turns, names, now, _ON_DUTY)
    headers = {"Content-Disposition": 'attachment; filename="duty.ics"'}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/now")
async def on_duty_now(db: Db, caller: Reading, zone: Zone, working: days.Calendar) -> list[OnDuty]:
    """Return who is on duty now, for each rota, and whether a message would reach him."""
    async with db.transaction() as transaction:
        now, found = await _now(transaction), []
        for rota in await known.rotas(transaction):
            if not caller.reach.has_area(rota.area):
                continue
            here = [span for span in spans(rota, now, now, zone, working) if span.starts_at <= now < span.ends_at]
            ends = {span.account: span.ends_at for span in here}
            reached = {way.account for way in await known.ways(transaction, list(ends))}
            found += [
                OnDuty(
                    rota=rota.id,
                    title=rota.title,
                    area=rota.area,
                    account=person.name,
                    name=person.title or person.name,
                    is_reachable=person.id in reached,
                    until=ends[person.id],
                )
                for person in await known.people(transaction, list(ends))
            ]
    return found


async def _turns(transaction: Transaction, rota: UUID, frame: _Frame) -> tuple[list[Span], dict[UUID, str]]:
    """Return the spans of a period, and the names of those on duty. Raises ProblemError (422)."""
    since = frame.asked.since or await _now(transaction)
    until = frame.asked.until or since + timedelta(days=31)
    if not timedelta() < until - since <= _LONGEST:
        raise ProblemError(_PERIOD)
    found = [
        span
        for one in await known.rotas(transaction, rota)
        for span in spans(one, since, until, frame.zone, frame.calendar)
        if span.starts_at < until
    ]
    names = await known.people(transaction, list({span.account for span in found}))
    return found, {person.id: person.name for person in names}


class _Clock(BaseModel):
    at: AwareDatetime


async def _now(transaction: Transaction) -> datetime:
    row = await transaction.row(_Clock, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    return row.at


class _Area(BaseModel):
    area: str


async def _above(transaction: Transaction, area: str | None, *, is_there: bool = False) -> frozenset[str]:
    """Return an area and all above it. `is_there`: none, where there is no such area."""
    found = frozenset(row.area for row in await transaction.rows(_Area, "duty.above", {"area": area}))
    if is_there and area and not await transaction.rows(_Area, "duty.area", {"area": area}):
        return frozenset()
    return found


async def _fit(transaction: Transaction, name: str, area: str | None) -> UUID:
    """Return the account that is to be on duty. Raises ProblemError (422) where it may not answer alerts there."""
    owner = await transaction.row(Owner, "duty.account", {"name": name})
    if owner is None or not owner.is_enabled or not reaches(owner, _STEP, await _above(transaction, area)):
        raise ProblemError(_UNFIT)
    return owner.id


async def _one(transaction: Transaction, reach: Reach, rota: UUID) -> Rota:
    row = await ROTAS.one(transaction, reach, rota)
    if row is None:
        raise words_of("duty").not_found()
    return row


async def _in_full(transaction: Transaction, reach: Reach, rota: UUID) -> RotaInFull:
    row = await _one(transaction, reach, rota)
    values = {"id": rota}
    return RotaInFull(
        **row.model_dump(),
        shifts=await transaction.rows(ShiftRow, "duty.shifts", values),
        overrides=await transaction.rows(OverrideRow, "duty.overrides", values),
        notes=await transaction.rows(NoteRow, "duty.notes", values),
    )
