"""The audit: who did what at the centre, or looked at what. Each is an event of the centre's own stream."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.export import Csv
from server.lists.files import FileForm, files
from server.lists.filters import EQUAL, Exported, Paged, Period, Text, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.looks import Look
from server.records.words import words_of
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import ActorKind
from wire.words import ACTORS, DEEDS

router = APIRouter(tags=["audit"])


class Done(BaseModel):
    """Deed as the audit has it. `event`: the one of the centre's own stream that says so."""

    event: UUID
    recorded_at: AwareDatetime
    actor: Annotated[str, Field(description="empty: the system")]
    actor_kind: ActorKind
    account: UUID | None
    address: Annotated[str, Field(description="from where it was asked")]
    action: Annotated[str, Field(description="a word of wire/words/deeds.toml")]
    subject: str
    station: Annotated[str, Field(description="the one that it was about, or empty")]
    why: str
    facts: dict[str, Any]


class AuditFilters(Period):
    """Filters of the audit. `from` <= recorded_at < `to`."""

    actor: Text = None
    account: Annotated[UUID | None, EQUAL] = None
    action: Word = None
    subject: Annotated[str | None, Field(max_length=400), EQUAL] = None
    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$"), Where("place = %({name})s")] = None


class Audit(AuditFilters, Paged):
    """A page of the audit."""


class AuditFile(AuditFilters, Exported):
    """A file of the audit."""


AUDIT = Listing(
    sql="audit.list",
    row=Done,
    order=Newest("recorded_at", "event"),
    station="place",
    csv=Csv("audit", words_of("audit").columns, {"action": DEEDS, "actor_kind": ACTORS}),
)


@router.get("/audit")
async def list_audit(
    db: Db, caller: Annotated[Caller, need("audit.read")], asked: Annotated[Audit, Query()]
) -> Page[Done]:
    """List what was done and looked at, the newest first."""
    return await AUDIT.page(db, caller.reach, asked)


@files(router, "/audit")
async def export_audit(
    db: Db,
    caller: Annotated[Caller, need("audit.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[AuditFile, Query()],
) -> StreamingResponse:
    """Export the same as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await AUDIT.file(db, caller, look, asked, form)
