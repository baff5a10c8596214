"""Silences: what nobody is told of for a while, with a reason, an end and an author. Maintenance of a station is one
for all that may be wrong with its equipment.

An alert opens and is seen as ever; only its messages wait. When a silence ends and the alert goes on, it is told.
"""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.lists.filters import Paged, Where
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError
from server.records.subscriptions.checks import check_filters, check_reach
from server.records.subscriptions.model import Rules, Words
from server.records.words import words_of
from storage.deeds import Deed
from wire.terms import Rule

router = APIRouter(prefix="/silences", tags=["silences"])
_LONGEST = timedelta(days=90)
# All that may be wrong with a station's equipment. Food tests, and flaws of the proof, are told nevertheless.
_EQUIPMENT = (
    Rule.STATION_OFFLINE,
    Rule.STATION_WAITING,
    Rule.STATION_FULL,
    Rule.DEVICE_OFFLINE,
    Rule.DEVICE_SILENT,
    Rule.DEAD_LETTERS,
    Rule.REPEATS,
    Rule.CAMERA_UNTRUSTED,
    Rule.PROBE_LOST,
    Rule.OUT_OF_RANGE,
    Rule.STATION_CLOCK,
)
_PAST = Kind(422, "bad-period", "The end lies in the past.", "结束时间已过。")
_OVER = Kind(409, "wrong-state", "The silence is over already.", "该静默已结束。")
_WITHIN = (
    "(s.areas <> '{}' OR s.stations <> '{}')"
    " AND s.areas <@ %(reach_areas)s::text[] AND s.stations <@ %(reach_stations)s::text[]"
)


class NewSilence(BaseModel):
    """New silence. Empty lists mean all, but one of areas, stations and devices is named. Without rules a failed test
    is told nevertheless. `maintenance`: of stations or devices, for all that may be wrong with equipment."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["silence", "maintenance"] = "silence"
    areas: Words = []
    stations: Words = []
    devices: Words = []
    rules: Rules = []
    items: Words = []
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    ]
    starts_at: Annotated[AwareDatetime | None, Field(description="none: now")] = None
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _is_bounded(self) -> "NewSilence":
        if not (self.areas or self.stations or self.devices):
            raise ValueError("name areas, stations or devices")
        if self.kind == "maintenance" and self.rules:
            raise ValueError("maintenance has rules of its own")
        if self.devices and len(self.stations) != 1:
            raise ValueError("devices are those of one station")
        if self.starts_at and not timedelta() < self.ends_at - self.starts_at <= _LONGEST:
            raise ValueError("ends_at: after starts_at, within 90 days")
        return self


class Silence(BaseModel):
    """Silence. `held`: deliveries that it put off."""

    id: UUID
    kind: str
    areas: list[str]
    stations: list[str]
    devices: list[str]
    rules: list[str]
    items: list[str]
    reason: str
    author: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    created_at: AwareDatetime
    ended_at: AwareDatetime | None
    ended_by: str
    is_active: bool
    held: int


class Silences(Paged):
    """A page of silences."""

    active: Annotated[
        bool | None,
        Where("(s.ended_at IS NULL AND s.starts_at <= now() AND s.ends_at > now()) = %({name})s"),
    ] = None
    station: Annotated[str | None, Field(max_length=64), Where("%({name})s = ANY (s.stations)")] = None


SILENCES = Listing(sql="silences.list", row=Silence, order=Newest("created_at", "id"), station=None, within=_WITHIN)


@router.get("")
async def list_silences(
    db: Db, caller: Annotated[Caller, need("silences.read")], asked: Annotated[Silences, Query()]
) -> Page[Silence]:
    """List silences, the newest first, also those that are over."""
    return await SILENCES.page(db, caller.reach, asked)


@router.post("", status_code=201)
async def create_silence(db: Db, caller: Annotated[Caller, need("silences.change")], new: NewSilence) -> Silence:
    """Begin a silence, now or later."""
    check_reach(caller.reach, new)
    identity = uuid7()
    facts = new.model_dump(mode="json")
    rules = [str(rule) for rule in _EQUIPMENT] if new.kind == "maintenance" else new.rules
    row = {**new.model_dump(), "rules": rules, "id": identity, "author": caller.name, "account": caller.account}
    async with db.transaction() as transaction:
        await check_filters(transaction, new)
        await _check_end(transaction, new)
        await transaction.run("silences.create", row)
        place = new.stations[0] if len(new.stations) == 1 else ""
        await transaction.record(Deed(caller.actor, "silence_begun", str(identity), place, new.reason, facts))
        return await _one(transaction, caller, identity)


class _Now(BaseModel):
    at: AwareDatetime


async def _check_end(transaction: Transaction, new: NewSilence) -> None:
    row = await transaction.row(_Now, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    begin = new.starts_at or row.at
    if new.ends_at <= row.at or not timedelta() < new.ends_at - begin <= _LONGEST:
        raise ProblemError(_PAST)


@router.post("/{silence}/end")
async def end_silence(db: Db, caller: Annotated[Caller, need("silences.change")], silence: UUID) -> Silence:
    """End a silence before its time. Alerts that it put off and that still go on are told now."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller, silence)
        if not await transaction.run("silences.end", {"id": silence, "by": caller.name}):
            raise ProblemError(_OVER)
        await transaction.run("delivery.wake", {"reason": "silenced", "cause": str(silence)})
        await transaction.record(Deed(caller.actor, "silence_ended", str(silence), why=found.reason))
        return await _one(transaction, caller, silence)


async def _one(transaction: Transaction, caller: Caller, silence: UUID) -> Silence:
    row = await SILENCES.one(transaction, caller.reach, silence)
    if row is None:
        raise words_of("silences").not_found()
    return row
