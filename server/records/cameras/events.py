"""The events of cameras: one row each, from its start to its end, with its pictures and clips."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import EQUAL, Area, Paged, Period, Station, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest

router = APIRouter()


class Media(BaseModel):
    """Media of a camera event: GET /api/v1/media/{hash} when `is_stored`; until then the file is still at the
    station."""

    hash: str
    type: Annotated[str, Field(description="image/jpeg, video/mp4; empty until it is stored")]
    size: int | None
    is_stored: bool


class CameraEvent(BaseModel):
    """Camera event. `at` .. `last_at`: from its start to its newest phase; it is over when `last_phase` is `end`.
    `evidence`: the measured values of the last phase. `review`: what people found it to be."""

    key: UUID
    id: Annotated[UUID, Field(description="the event that began it")]
    station: str
    device: str
    kind: str
    zone: str
    at: AwareDatetime
    last_at: AwareDatetime
    last_phase: str
    flags: Annotated[str, Field(description="`clock_not_believed`: `at` is the time of receipt")]
    evidence: dict[str, float]
    media: list[Media]
    review: Literal["real", "false", "unclear"] | None
    reviewed_by: str
    reviewed_at: AwareDatetime | None


class CameraEventFilters(Period):
    """Filters of camera events. `from` <= at < `to`; `kind` and `review` may be repeated."""

    station: Station = None
    area: Area = None
    device: Word = None
    kinds: Annotated[list[str] | None, Field(alias="kind", max_length=20), Where("kind = ANY(%({name})s)")] = None
    reviews: Annotated[
        list[Literal["real", "false", "unclear", "none"]] | None,
        Field(alias="review", max_length=4, description="none: not reviewed yet"),
        Where("coalesce(v.review, 'none') = ANY(%({name})s)"),
    ] = None
    key: Annotated[UUID | None, EQUAL] = None
    trouble: Annotated[
        Literal["now"] | None,
        Field(description="only those by which a camera cannot be trusted now"),
        Where("%({name})s = 'now' AND (e.station, e.key) IN (SELECT station, key FROM camera_trouble)"),
    ] = None


class CameraEvents(CameraEventFilters, Paged):
    """Filters of a page of camera events."""


CAMERA_EVENTS = Listing(
    sql="cameras.episodes",
    row=CameraEvent,
    order=Newest("recorded_at", "event", shown=("at", "id")),
    station="e.station",
)


@router.get("/camera-events")
async def list_camera_events(
    db: Db, caller: Annotated[Caller, need("cameras.read")], asked: Annotated[CameraEvents, Query()]
) -> Page[CameraEvent]:
    """List camera events, the last begun first."""
    return await CAMERA_EVENTS.page(db, caller.reach, asked)
