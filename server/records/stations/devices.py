"""Devices: the instruments that are plugged in at the stations."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import EQUAL, Area, PagedByName, Station
from server.lists.listing import Listing, Page
from server.lists.orders import ByName

router = APIRouter()


class Device(BaseModel):
    """A device as its station last told of it. `clock_skew_s` is device minus station, in seconds.
    Ages are by the centre's clock, at the moment of the answer."""

    station: str
    name: str
    title: str
    title_en: str
    adapter: str
    profile: str
    state: str
    reason: str
    state_at: AwareDatetime | None
    clock_skew_s: float | None
    last_result_at: AwareDatetime | None
    last_result_age_s: float | None
    last_reading_at: Annotated[AwareDatetime | None, Field(description="of the last continuous value")]
    last_reading_age_s: float | None
    dead_letters: Annotated[int | None, Field(description="pieces within the last hour that could not be decoded")]
    repeats: Annotated[int | None, Field(description="results that it sent again by itself within the last hour")]


class Devices(PagedByName):
    """Filters of devices."""

    station: Station = None
    area: Area = None
    state: Annotated[str | None, Field(max_length=16), EQUAL] = None


DEVICES = Listing(sql="stations.devices", row=Device, order=ByName(("station", "name")), station="station")


@router.get("/devices")
async def list_devices(
    db: Db, caller: Annotated[Caller, need("stations.read")], asked: Annotated[Devices, Query()]
) -> Page[Device]:
    """List all devices, by station and name; `after`: station/device."""
    return await DEVICES.page(db, caller.reach, asked)
