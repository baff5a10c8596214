"""Stations: who there is, and how each of them stands now."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import EQUAL, PagedByName, Word
from server.lists.listing import Listing, Page
from server.lists.orders import ByName
from server.records.days import Today
from server.records.stations import devices, keeping
from server.records.stations.devices import DEVICES, Device, Devices
from server.records.stations.keeping import StationName
from server.records.words import words_of

router = APIRouter(tags=["stations"])
router.include_router(devices.router)
router.include_router(keeping.router)


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
    standing: Annotated[
        Literal["enrolled", "revoked", "retired"], Field(description="one that is not enrolled is not listened to")
    ]
    certificate_ends_at: AwareDatetime | None
    code_until: Annotated[AwareDatetime | None, Field(description="a one-time code is open until then")]
    last_event_at: AwareDatetime | None
    waiting: Annotated[int, Field(description="events that the station says are still in its spool")]
    repeats: Annotated[int, Field(description="results that the station has folded as repeats, ever")]
    version: str
    has_key: bool
    devices: int
    devices_online: int
    tests: Annotated[int, Field(description="item-tests today")]
    failed_tests: int
    voided_tests: Annotated[int, Field(description="of today's tests, declared void since")]
    samples: Annotated[int, Field(description="samples (batches) today")]
    failed_samples: int
    gaps: Annotated[int, Field(description="streams with missing events")]
    is_broken: Annotated[bool, Field(description="a link of a chain does not hold")]


class StationWithDevices(Station):
    """One station, with its devices."""

    devices_list: list[Device]


class Stations(PagedByName):
    """Filters of stations."""

    area: Word = None
    state: Annotated[Literal["never_seen", "online", "offline"] | None, EQUAL] = None


STATIONS = Listing(sql="stations.list", row=Station, order=ByName(("name",)), station="s.name")


@router.get("/stations")
async def list_stations(
    db: Db, caller: Annotated[Caller, need("stations.read")], today: Today, asked: Annotated[Stations, Query()]
) -> Page[Station]:
    """List all stations, by name."""
    return await STATIONS.page(db, caller.reach, asked, {"today": today})


@router.get("/stations/{station}")
async def one_station(
    db: Db, caller: Annotated[Caller, need("stations.read")], today: Today, station: StationName
) -> StationWithDevices:
    """Return one station with its devices and its day."""
    async with db.transaction() as transaction:
        row = await STATIONS.one(transaction, caller.reach, station, {"today": today})
        if row is None:
            raise words_of("stations").not_found()
        found = await DEVICES.rows(transaction, caller.reach, Devices(station=station, limit=1000))
    return StationWithDevices(**row.model_dump(), devices_list=found)
