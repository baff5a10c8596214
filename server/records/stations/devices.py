"""Devices: what is plugged in at the stations."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.database import Db
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter()


class Device(BaseModel):
    """A device as its station last told of it. `clock_skew_s` is device minus station, in seconds.
    `last_result_age_s` is by the centre's clock, at the moment of the answer."""

    station: str
    name: str
    adapter: str
    profile: str
    state: str
    reason: str
    state_at: AwareDatetime | None
    clock_skew_s: float | None
    last_result_at: AwareDatetime | None
    last_result_age_s: float | None


class DevicePage(BaseModel):
    """Devices by station and name."""

    items: list[Device]
    next: Annotated[str | None, Field(description="give it back as `after` to go on")] = None


@router.get("/devices")
async def list_devices(
    db: Db,
    station: Annotated[str | None, Query(pattern=f"^{STATION_PATTERN}$")] = None,
    state: Annotated[str | None, Query(max_length=16)] = None,
    after: Annotated[str | None, Query(max_length=140, pattern="^[^/]+/[^/]+$", description="station/device")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> DevicePage:
    """All devices, by station and name."""
    after_station, _, after_name = after.partition("/") if after else (None, None, None)
    values = {
        "station": station,
        "state": state,
        "after_station": after_station,
        "after_name": after_name,
        "limit": limit + 1,
    }
    rows = await db.rows(Device, "stations.devices", values)
    last = rows[limit - 1] if len(rows) > limit else None
    return DevicePage(items=rows[:limit], next=f"{last.station}/{last.name}" if last else None)
