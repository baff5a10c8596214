"""Marks on camera events: was it real, false, or unclear? Many at once; a mark is taken back by giving the one before.

The counts by camera and kind show which camera cries wolf."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, query
from server.lists.areas import check_area
from server.records.cameras.events import CAMERA_EVENTS, CameraEventFilters
from storage.deeds import Deed
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter()
_MOST = 200
_MOST_ROWS = 2000
Review = Literal["real", "false", "unclear"]


class CameraMark(BaseModel):
    """Mark on a camera event. `review` null: the mark is taken back."""

    model_config = ConfigDict(extra="forbid")

    station: Annotated[str, Field(pattern=f"^{STATION_PATTERN}$")]
    key: UUID
    review: Review | None


class CameraMarks(BaseModel):
    """Marks on several camera events."""

    model_config = ConfigDict(extra="forbid")

    marks: Annotated[list[CameraMark], Field(min_length=1, max_length=_MOST)]


class Marked(BaseModel):
    """Camera event that was marked. `before`: the mark that it had."""

    station: str
    key: UUID
    review: Review | None
    before: Review | None


class MarkedEvents(BaseModel):
    """Camera events that were marked, and how many of those that were named are not there."""

    marked: list[Marked]
    failed: Annotated[int, Field(description="events that are not there, or not to be seen")]


class CameraCount(BaseModel):
    """Events of one kind that a camera told of, and how many of them were found real, false, unclear."""

    station: str
    device: str
    kind: str
    events: int
    real: int
    false: int
    unclear: int
    lasted_s: Annotated[float, Field(description="of those that are over, together")]


class CameraCounts(BaseModel):
    """Counts of camera events. `is_cut`: there are more cameras and kinds than are shown."""

    items: list[CameraCount]
    is_cut: bool


class _Found(BaseModel):
    station: str
    key: UUID
    before: Review | None


@router.post("/camera-events/reviews")
async def review_camera_events(
    db: Db, caller: Annotated[Caller, need("cameras.review")], said: CameraMarks
) -> MarkedEvents:
    """Mark camera events as real, false or unclear, or take marks back."""
    wanted: dict[tuple[str, UUID], Review | None] = {(mark.station, mark.key): mark.review for mark in said.marks}
    asked = [place for place in sorted(wanted) if caller.reach.has_station(place[0])]
    values = {"stations": [station for station, _ in asked], "keys": [key for _, key in asked]}
    async with db.transaction() as transaction:
        found = await transaction.rows(_Found, "cameras.reviewed", values)
        marked = [
            Marked(station=one.station, key=one.key, review=wanted[one.station, one.key], before=one.before)
            for one in found
        ]
        changed = [one for one in marked if one.review != one.before]
        if changed:
            row = {
                "stations": [one.station for one in changed],
                "keys": [one.key for one in changed],
                "verdicts": [one.review or "" for one in changed],
                "actor": caller.name,
                "account": caller.account,
            }
            await transaction.run("cameras.review", row)
            await transaction.record(_deed(caller, changed))
    return MarkedEvents(marked=marked, failed=len(wanted) - len(marked))


def _deed(caller: Caller, changed: Sequence[Marked]) -> Deed:
    stations = {one.station for one in changed}
    place = next(iter(stations)) if len(stations) == 1 else ""
    facts: dict[str, list[str]] = {}
    for one in changed:
        facts.setdefault(one.review or "taken_back", []).append(f"{one.station}/{one.key}")
    subject = str(changed[0].key) if len(changed) == 1 else ""
    return Deed(caller.actor, "camera_events_reviewed", subject, place, facts={"count": len(changed), **facts})


@router.get("/camera-events/counts")
async def count_camera_events(
    db: Db, caller: Annotated[Caller, need("cameras.read")], asked: Annotated[CameraEventFilters, Query()]
) -> CameraCounts:
    """Count camera events by camera and kind, with the marks that people gave."""
    where = CAMERA_EVENTS.where(caller.reach, asked)
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        statement = _counts(where.sql)
        rows = await transaction.select(CameraCount, statement, {**where.values, "most": _MOST_ROWS + 1})
    return CameraCounts(items=rows[:_MOST_ROWS], is_cut=len(rows) > _MOST_ROWS)


def _counts(where: bytes) -> bytes:
    return query("cameras.counts").replace(b"{where}", where)
