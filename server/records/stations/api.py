"""Stations: who there is, and how each of them stands now."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.database import Db
from server.problems import not_found
from server.records.days import Today
from server.records.stations import devices
from server.records.stations.devices import Device
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter(tags=["stations"])
router.include_router(devices.router)
StationName = Annotated[str, Path(pattern=f"^{STATION_PATTERN}$", description="the station's name")]
MaybeStation = Annotated[str | None, Query(pattern=f"^{STATION_PATTERN}$", description="of this station alone")]


class Station(BaseModel):
    """A station and its day so far. Samples (batches) and item-tests are counted separately."""

    name: str
    title: str
    title_en: str
    area: str | None
    kind: str
    latitude: float | None
    longitude: float | None
    state: Literal["never_seen", "online", "offline"]
    state_at: AwareDatetime | None
    last_event_at: AwareDatetime | None
    waiting: Annotated[int, Field(description="events that the station says are still in its spool")]
    repeats: Annotated[int, Field(description="results that the station has folded as repeats, ever")]
    version: str
    has_key: bool
    devices: int
    devices_online: int
    tests: Annotated[int, Field(description="item-tests today")]
    failed_tests: int
    samples: Annotated[int, Field(description="samples (batches) today")]
    failed_samples: int
    gaps: Annotated[int, Field(description="streams with missing events")]
    is_broken: Annotated[bool, Field(description="a link of a chain does not hold")]


class StationWithDevices(Station):
    """One station, with its devices."""

    devices_list: list[Device]


class StationPage(BaseModel):
    """Stations by name."""

    items: list[Station]
    next: Annotated[str | None, Field(description="give it back as `after` to go on")] = None


@router.get("/stations")
async def list_stations(
    db: Db,
    today: Today,
    *,
    area: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["never_seen", "online", "offline"] | None = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> StationPage:
    """All stations, by name."""
    values = {"name": None, "today": today, "area": area, "state": state, "after": after, "limit": limit + 1}
    rows = await db.rows(Station, "stations.list", values)
    return StationPage(items=rows[:limit], next=rows[limit - 1].name if len(rows) > limit else None)


@router.get("/stations/{station}")
async def one_station(db: Db, today: Today, station: StationName) -> StationWithDevices:
    """One station with its devices and its day."""
    values = {"name": station, "today": today, "area": None, "state": None, "after": None, "limit": 1}
    async with db.transaction() as transaction:
        row = await transaction.row(Station, "stations.list", values)
        if row is None:
            raise not_found("station", "站点")
        which = {"station": station, "state": None, "after_station": None, "after_name": None, "limit": 1000}
        devices = await transaction.rows(Device, "stations.devices", which)
    return StationWithDevices(**row.model_dump(), devices_list=devices)
