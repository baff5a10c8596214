"""Samples: what was registered at the stations, newest first, and how each result found its sample."""

from datetime import date
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
from server.records.results.api import RESULTS
from server.records.words import words_of
from wire.terms import LinkRule, SampleWay
from wire.words import FLAGS, UNITS, WAYS

router = APIRouter(tags=["samples"])


class Sample(BaseModel):
    """One registered sample as it is known now. Two times: `sampled_at` as the sampler says, `recorded_at` when it was
    registered. The last two count its item-tests."""

    event: Annotated[UUID, Field(description="the event that says so; see /events/{event}")]
    recorded_at: AwareDatetime
    station: str
    number: str
    code: str
    commodity: str
    category: str
    stall: str
    vendor: str
    licence: str
    supplier: str
    origin_place: str
    lot: str
    produced_on: date | None
    purchased_on: date | None
    quantity: float | None
    unit: str
    way: SampleWay | None
    sampler: str
    sampled_at: AwareDatetime | None
    items: Annotated[list[str], Field(description="what it is to be tested for")]
    task: str
    scanned: str
    photo: Annotated[str | None, Field(description="sha256 of the photograph")]
    registrar: str
    revision: int
    key: UUID | None
    flags: str
    results: int
    failed: int


class Link(BaseModel):
    """Statement about the sample of a result. The highest revision holds; nothing is overwritten."""

    event: UUID
    recorded_at: AwareDatetime
    sample: Annotated[UUID | None, Field(description="null: it has no sample")]
    number: str
    rule: LinkRule
    revision: int
    who: str
    why: str
    holds: bool


class SampleFilters(Period):
    """Filters of samples. `from` <= recorded_at < `to`."""

    station: Station = None
    area: Area = None
    number: Text = None
    code: Text = None
    commodity: Text = None
    stall: Text = None
    vendor: Text = None
    supplier: Text = None
    lot: Text = None
    task: Text = None


class Samples(SampleFilters, Paged):
    """A page of samples."""


class SamplesFile(SampleFilters, Exported):
    """A file of samples."""


SAMPLES = Listing(
    sql="samples.list",
    row=Sample,
    order=Newest("recorded_at", "event"),
    station="station",
    csv=Csv("samples", words_of("samples").columns, {"way": WAYS, "unit": UNITS, "flags": FLAGS}),
)


@router.get("/samples")
async def list_samples(
    db: Db, caller: Annotated[Caller, need("results.read")], asked: Annotated[Samples, Query()]
) -> Page[Sample]:
    """List samples, the last registered first."""
    return await SAMPLES.page(db, caller.reach, asked)


@files(router, "/samples")
async def export_samples(
    db: Db,
    caller: Annotated[Caller, need("results.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[SamplesFile, Query()],
) -> StreamingResponse:
    """Export the same samples as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await SAMPLES.file(db, caller, look, asked, form)


@router.get("/results/{result}/links")
async def list_links(db: Db, caller: Annotated[Caller, need("results.read")], result: UUID) -> list[Link]:
    """List all that was said of the sample of a result, the last first."""
    async with db.transaction() as transaction:
        if await RESULTS.one(transaction, caller.reach, result) is None:
            raise words_of("results").not_found()
        return await transaction.rows(Link, "samples.links", {"result": result, "reach": caller.reach.listed()})
