"""The health of cameras over time: how long each of them was away, or could not be trusted, day by day.

It follows from the events by which a camera says that it cannot be trusted, each from its start to its end."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import Area, PagedByName, Station, Word
from server.lists.listing import Listing, Page
from server.lists.orders import ByName
from server.problems import Kind, ProblemError
from server.records.days import Today, Zone
from wire.cameras import UNTRUSTED

router = APIRouter()
_DAYS = 30
_MOST_DAYS = 92
_PERIOD = Kind(
    422,
    "bad-period",
    f"`last` lies on or after `first`, by {_MOST_DAYS} days at most.",
    f"结束日期不得早于开始日期，且不超过 {_MOST_DAYS} 天。",
)


class CameraDay(BaseModel):
    """Day of a camera, in seconds. The rest of the known time was well. Of a day that is not over, and of the time in
    which the station is out of touch, nothing is known yet."""

    day: date
    known_s: float
    away_s: Annotated[float, Field(description="no picture came")]
    blind_s: Annotated[float, Field(description="covered, dark, out of focus, moved, frozen")]
    unstable_s: Annotated[float, Field(description="its line was lost again and again")]


class CameraHealth(BaseModel):
    """Camera with its days, the oldest first."""

    station: str
    name: str
    state: str
    days: list[CameraDay]


class CameraHealthAsked(PagedByName):
    """Filters of cameras, and the days that are told of, both counted."""

    limit: Annotated[int, Field(ge=1, le=200, description="cameras a page")] = 100
    first: Annotated[date | None, Field(alias="from", description="none: 30 days with the last")] = None
    last: Annotated[date | None, Field(alias="to", description="none: today")] = None
    station: Station = None
    area: Area = None
    name: Word = None


CAMERA_HEALTH = Listing(
    sql="cameras.health",
    row=CameraHealth,
    order=ByName(("station", "name")),
    station="station",
    constants={"untrusted": sorted(UNTRUSTED)},
)


@router.get("/camera-health")
async def list_camera_health(
    db: Db,
    caller: Annotated[Caller, need("cameras.read")],
    today: Today,
    zone: Zone,
    asked: Annotated[CameraHealthAsked, Query()],
) -> Page[CameraHealth]:
    """List cameras, by station and name, with how long each was away or blind on each day."""
    last = asked.last or today
    try:
        first = asked.first or last - timedelta(days=_DAYS - 1)
    except OverflowError as exc:
        raise ProblemError(_PERIOD) from exc
    # The years that PostgreSQL and Python can both count in are no days of cameras anyway.
    if not (timedelta() <= last - first < timedelta(days=_MOST_DAYS) and first.year >= 1970 and last.year <= 2999):
        raise ProblemError(_PERIOD)
    days = asked.model_copy(update={"first": first, "last": last})
    return await CAMERA_HEALTH.page(db, caller.reach, days, {"zone": zone.key})
