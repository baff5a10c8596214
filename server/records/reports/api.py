"""Reports: the figures of a period as offices publish them, on the screen, as a workbook and on paper."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Database, Db
from server.records.days import Today, Zone
from server.records.looks import Look
from server.records.reports import mails_api
from server.records.reports.files import MEDIA_TYPES, MOST_TOLD, Form, file_of, name_of
from server.records.reports.report import Asked, PeriodReport, make
from server.records.reports.settings import ReportSettings, settings
from storage.deeds import Deed

router = APIRouter(tags=["reports"])
router.include_router(mails_api.router)
_TOLD_ON_SCREEN = 200


def _answers(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}, "description": description}}


Reporting = Annotated[ReportSettings, Depends(settings)]
Exporting = Annotated[Caller, need("reports.export")]


class AskedFile(Asked):
    """Question for a report as a file."""

    language: Annotated[Literal["en", "zh"] | None, Field(description="none: that of Accept-Language")] = None


@router.get("/reports")
async def report(
    db: Db, caller: Annotated[Caller, need("reports.read")], zone: Zone, today: Today, asked: Annotated[Asked, Query()]
) -> PeriodReport:
    """Return the report of a period: what was tested, in groups, how soon alerts were answered, who was told when."""
    return await make(db, caller.reach, asked, zone=zone, today=today, most_told=_TOLD_ON_SCREEN)


@router.get("/reports.xlsx", response_class=Response, responses=_answers(MEDIA_TYPES["xlsx"], "A sheet for each table"))
async def report_workbook(
    db: Db,
    caller: Exporting,
    *,
    look: Look,
    today: Today,
    settings: Reporting,
    asked: Annotated[AskedFile, Query()],
) -> Response:
    """Return the same report as an XLSX workbook, in `language`, else in that of Accept-Language."""
    return await _file(db, caller, asked, look=look, today=today, form="xlsx", settings=settings)


@router.get(
    "/reports.pdf", response_class=Response, responses=_answers(MEDIA_TYPES["pdf"], "Pages of A4, with their fonts")
)
async def report_paper(
    db: Db,
    caller: Exporting,
    *,
    look: Look,
    today: Today,
    settings: Reporting,
    asked: Annotated[AskedFile, Query()],
) -> Response:
    """Return the same report as a PDF, in `language`, else in that of Accept-Language."""
    return await _file(db, caller, asked, look=look, today=today, form="pdf", settings=settings)


async def _file(
    db: Database, caller: Caller, asked: AskedFile, *, look: Look, today: date, form: Form, settings: ReportSettings
) -> Response:
    """Make a file, and write its deed."""
    made = await make(db, caller.reach, asked, zone=look.zone, today=today, most_told=MOST_TOLD[form])
    content = await file_of(db, made, look, form, settings)
    filters = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    deed = Deed(caller.actor, "exported", f"reports.{form}", asked.station or "", facts={"filters": filters})
    async with db.transaction() as transaction:
        await transaction.record(deed)
    headers = {"Content-Disposition": f'attachment; filename="{name_of(made, form)}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
