"""Who was told when: every attempt to tell somebody of an alert, with the receipt of its channel."""

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
from server.lists.filters import Area, Exported, Paged, Period, Where
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.looks import Look
from server.records.rules.titles import words_of_file
from server.records.words import words_of
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Severity
from wire.words import SEVERITIES

router = APIRouter(tags=["alerts"])


class Told(BaseModel):
    """Attempt to tell somebody of an alert. `outcome`: `delivered`, or why not (docs/alerts.md)."""

    at: AwareDatetime
    delivery: UUID
    attempt: int
    alert: UUID
    rule: str
    severity: Severity
    station: str
    opened_at: Annotated[AwareDatetime, Field(description="of the alert")]
    subscription: UUID
    name: Annotated[str, Field(description="of the subscription")]
    channel: str
    outcome: str
    status: int | None
    remote_id: str
    code: str
    together: Annotated[int, Field(description="how many deliveries were told in this message")]


class ToldFilters(Period):
    """Filters of attempts. `from` <= at < `to`."""

    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$"), Where("a.station = %({name})s")] = None
    area: Area = None
    rule: Annotated[str | None, Field(max_length=64), Where("a.rule = %({name})s")] = None
    severity: Annotated[Severity | None, Where("a.severity = %({name})s")] = None
    alert: Annotated[UUID | None, Where("d.alert = %({name})s")] = None
    subscription: Annotated[UUID | None, Where("d.subscription = %({name})s")] = None
    outcome: Annotated[str | None, Field(max_length=64), Where("t.outcome = %({name})s")] = None


class ToldPage(ToldFilters, Paged):
    """A page of attempts."""


class ToldFile(ToldFilters, Exported):
    """A file of attempts."""


TOLD = Listing(
    sql="told.list",
    row=Told,
    order=Newest("t.at", "t.delivery", shown=("at", "delivery")),
    station="a.station",
    csv=Csv("told", words_of("told").columns, {"severity": SEVERITIES}),
    own_words=words_of_file,
)


@router.get("/told")
async def list_told(
    db: Db, caller: Annotated[Caller, need("alerts.read")], asked: Annotated[ToldPage, Query()]
) -> Page[Told]:
    """List who was told of which alert when, the last attempt first."""
    return await TOLD.page(db, caller.reach, asked)


@files(router, "/told")
async def export_told(
    db: Db,
    caller: Annotated[Caller, need("alerts.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[ToldFile, Query()],
) -> StreamingResponse:
    """Export the same as one file, CSV or workbook (XLSX)."""
    return await TOLD.file(db, caller, look, asked, form)
