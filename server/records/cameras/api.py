"""What the cameras saw: one row a camera event, from its start to its end, with its pictures and clips."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.database import Db
from server.lists.pages import Key, Page, PageAsked
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter(prefix="/camera-events", tags=["cameras"])


class Media(BaseModel):
    """GET /api/v1/media/{hash} when `is_stored`; until then it is still at the station."""

    hash: str
    type: Annotated[str, Field(description="image/jpeg, video/mp4; empty until it is stored")]
    size: int | None
    is_stored: bool


class CameraEvent(BaseModel):
    """`at` .. `last_at`: from the start to the last that was said of it; it is over when `last_phase` is `end`.
    `evidence`: the measured values of the last phase."""

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


class Filter(BaseModel):
    """Which camera events. `from` <= at < `to`; `kind` may be repeated."""

    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    device: Annotated[str | None, Field(max_length=64)] = None
    kinds: Annotated[list[str] | None, Field(alias="kind", max_length=20)] = None
    key: UUID | None = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


@router.get("")
async def list_camera_events(db: Db, asked: PageAsked, filters: Annotated[Filter, Query()]) -> Page[CameraEvent]:
    """Camera events, the last begun first."""
    rows = await db.rows(CameraEvent, "cameras.episodes", {**filters.model_dump(), **asked.parameters()})
    return asked.page(rows, lambda it: Key(it.at, it.id))
