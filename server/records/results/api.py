"""Results: one row an item-test, newest first, as pages of JSON or one CSV file."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.export import A_FILE, Csv
from server.lists.filters import EQUAL, Area, Exported, Paged, Period, Station, Text
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.looks import Look
from server.records.words import words_of
from wire.terms import Origin, Role, Verdict
from wire.words import FLAGS, ORIGINS, ROLES, UNITS, VERDICTS

router = APIRouter(tags=["results"])


class Result(BaseModel):
    """One item-test. Three times: `measured_at` by the device, `recorded_at` by the station (where its clock is not
    believed, the third), `received_at` here."""

    event: Annotated[UUID, Field(description="the event that says so; see /events/{event}")]
    recorded_at: AwareDatetime
    station: str
    device: str
    received_at: AwareDatetime
    measured_at: AwareDatetime | None
    measured_at_text: str
    adapter: str
    profile: str
    identity: str
    item: str
    item_name: str
    role: Role
    origin: Origin
    sample: str
    commodity: str
    stall: str
    vendor: str
    run: str
    channel: int | None
    record: str
    method: str
    standard: str
    value: float | None
    value_text: Annotated[str, Field(description="the value exactly as the device wrote it")]
    unit: str
    verdict: Annotated[Verdict, Field(description="the effective one")]
    decided_verdict: Annotated[Verdict, Field(description="by the limit table")]
    device_verdict: Annotated[Verdict | None, Field(description="by the device itself")]
    decided_by: Annotated[str | None, Field(description="the limit's code")]
    operator: str
    is_retest: bool
    flags: Annotated[
        str,
        Field(
            description="words; `clock_not_believed`: `recorded_at` is the time of receipt; `possible_repeat`: all that"
            " the device says was recorded before, and nothing proves or excludes that it is the same test;"
            " `unit_incomparable`: there is a limit, in a unit that the value's cannot be converted to"
        ),
    ]


class ResultFilters(Period):
    """Filters of results. `from` <= recorded_at < `to`."""

    station: Station = None
    area: Area = None
    device: Text = None
    item: Text = None
    verdict: Annotated[Verdict | None, EQUAL] = None
    role: Annotated[Role | None, EQUAL] = None
    commodity: Text = None
    sample: Text = None


class Results(ResultFilters, Paged):
    """A page of results."""


class ResultsFile(ResultFilters, Exported):
    """A file of results."""


RESULTS = Listing(
    sql="results.list",
    row=Result,
    order=Newest("recorded_at", "event"),
    station="station",
    csv=Csv(
        "results",
        words_of("results").columns,
        {
            "verdict": VERDICTS,
            "decided_verdict": VERDICTS,
            "device_verdict": VERDICTS,
            "role": ROLES,
            "origin": ORIGINS,
            "unit": UNITS,
            "flags": FLAGS,
        },
    ),
)


@router.get("/results")
async def list_results(
    db: Db, caller: Annotated[Caller, need("results.read")], asked: Annotated[Results, Query()]
) -> Page[Result]:
    """List results, the last recorded first."""
    return await RESULTS.page(db, caller.reach, asked)


@router.get("/results.csv", response_class=StreamingResponse, responses=A_FILE)
async def export_results(
    db: Db, caller: Annotated[Caller, need("results.export")], look: Look, asked: Annotated[ResultsFile, Query()]
) -> StreamingResponse:
    """Export the same results as one CSV file; headings in `language`, else in that of Accept-Language."""
    return await RESULTS.file(db, caller, look, asked)
