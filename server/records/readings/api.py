"""Readings: samples of continuous values (cold rooms), newest first."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.database import Db
from server.lists.pages import Key, Page, PageAsked
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter(tags=["readings"])
Name = Annotated[str | None, Field(max_length=200)]


class Reading(BaseModel):
    """One look at a quantity. `measured_at` is the device's, where it said one."""

    event: UUID
    recorded_at: AwareDatetime
    station: str
    device: str
    quantity: str
    channel: Annotated[int | None, Field(description="which probe or slave of the device")]
    value: float
    unit: str
    measured_at: AwareDatetime | None
    flags: Annotated[str, Field(description="`clock_not_believed`: `recorded_at` is the time of receipt")]


class Filter(BaseModel):
    """Which readings. `from` <= recorded_at < `to`."""

    model_config = ConfigDict(extra="ignore")

    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    device: Name = None
    quantity: Name = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


@router.get("/readings")
async def list_readings(db: Db, asked: PageAsked, filters: Annotated[Filter, Query()]) -> Page[Reading]:
    """Readings, the last recorded first."""
    rows = await db.rows(Reading, "readings.list", {**filters.model_dump(), **asked.parameters()})
    return asked.page(rows, lambda it: Key(it.recorded_at, it.event))
