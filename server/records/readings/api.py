"""Readings: samples of continuous values (cold rooms), newest first."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.export import Csv
from server.lists.files import FileForm, files
from server.lists.filters import Area, Exported, Paged, Period, Station, Text
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.looks import Look
from server.records.words import words_of
from wire.words import FLAGS, QUANTITIES, UNITS

router = APIRouter(tags=["readings"])


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


class ReadingFilters(Period):
    """Filters of readings. `from` <= recorded_at < `to`."""

    station: Station = None
    area: Area = None
    device: Text = None
    quantity: Text = None


class Readings(ReadingFilters, Paged):
    """A page of readings."""


class ReadingsFile(ReadingFilters, Exported):
    """A file of readings."""


READINGS = Listing(
    sql="readings.list",
    row=Reading,
    order=Newest("recorded_at", "event"),
    station="station",
    csv=Csv("readings", words_of("readings").columns, {"quantity": QUANTITIES, "unit": UNITS, "flags": FLAGS}),
)


@router.get("/readings")
async def list_readings(
    db: Db, caller: Annotated[Caller, need("readings.read")], asked: Annotated[Readings, Query()]
) -> Page[Reading]:
    """List readings, the last recorded first."""
    return await READINGS.page(db, caller.reach, asked)


@files(router, "/readings")
async def export_readings(
    db: Db,
    caller: Annotated[Caller, need("readings.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[ReadingsFile, Query()],
) -> StreamingResponse:
    """Export the same readings as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await READINGS.file(db, caller, look, asked, form)
