"""Alerts as they are read: what is wrong, who looks after it, and whom it was sent to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.files import FileForm, files
from server.lists.listing import Page
from server.records.alerts import counts, explain_api, step_api, texts_api
from server.records.alerts.rows import ALERTS, Alert, AlertInFull, Alerts, AlertsFile, in_full
from server.records.looks import Look

__all__ = ["ALERTS", "Alert", "AlertInFull", "Alerts", "AlertsFile", "router"]

router = APIRouter(tags=["alerts"])
router.include_router(counts.router)  # before the alert of a given id
router.include_router(step_api.router)
router.include_router(explain_api.router)
router.include_router(texts_api.router)


@router.get("/alerts")
async def list_alerts(
    db: Db, caller: Annotated[Caller, need("alerts.read")], asked: Annotated[Alerts, Query()]
) -> Page[Alert]:
    """List alerts, the last opened first."""
    return await ALERTS.page(db, caller.reach, asked)


@files(router, "/alerts")
async def export_alerts(
    db: Db,
    caller: Annotated[Caller, need("alerts.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[AlertsFile, Query()],
) -> StreamingResponse:
    """Export the same alerts as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await ALERTS.file(db, caller, look, asked, form)


@router.get("/alerts/{alert}")
async def one_alert(db: Db, caller: Annotated[Caller, need("alerts.read")], alert: UUID) -> AlertInFull:
    """Return one alert with its steps, its deliveries and the receipt of every attempt."""
    async with db.transaction() as transaction:
        return await in_full(transaction, caller.reach, alert)
