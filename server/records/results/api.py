"""Results: one row an item-test, newest first, as pages of JSON or one CSV file."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.database import Db
from server.lists import export
from server.lists.pages import Key, Page, PageAsked
from server.problems import is_chinese
from server.records.days import Zone
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Origin, Role, Verdict

router = APIRouter(tags=["results"])
Name = Annotated[str | None, Field(max_length=200)]


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
            " the device says was recorded before, and nothing proves or excludes that it is the same test"
        ),
    ]


class Filter(BaseModel):
    """Which results. `from` <= recorded_at < `to`."""

    model_config = ConfigDict(extra="ignore")

    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    device: Name = None
    item: Name = None
    verdict: Verdict | None = None
    role: Role | None = None
    commodity: Name = None
    sample: Name = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


class ExportFilter(Filter):
    """Which results, and in which language the file speaks."""

    language: Literal["en", "zh"] | None = None


Filters = Annotated[Filter, Query()]


@router.get("/results")
async def list_results(db: Db, asked: PageAsked, filters: Filters) -> Page[Result]:
    """Results, the last recorded first."""
    rows = await db.rows(Result, "results.list", {**filters.model_dump(), **asked.parameters()})
    return asked.page(rows, lambda it: Key(it.recorded_at, it.event))


@router.get(
    "/results.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "All results that fit, UTF-8 with a mark for Excel"}},
)
async def export_results(
    db: Db, zone: Zone, filters: Annotated[ExportFilter, Query()], request: Request
) -> StreamingResponse:
    """The same results as one CSV file; headings in `language`, else in that of Accept-Language."""
    language = filters.language
    values = {**filters.model_dump(exclude={"language"}), "after_at": None, "after_id": None, "limit": None}
    look = export.Look(zone, is_chinese(language or request.headers.get("accept-language", "")))
    return await export.export(db, "results.list", values, look)
