"""Results: one row an item-test, newest first, as pages of JSON or one CSV file; and one result in full."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.files import FileForm, files
from server.lists.listing import Page
from server.records.looks import Look
from server.records.proposals.asking import Asked, Outcome, Why, ask
from server.records.results import full
from server.records.results.rows import RESULTS, Result, Results, ResultsFile
from server.records.results.voiding import VOID, check_not_void
from server.records.words import words_of

__all__ = ["RESULTS", "Result", "Results", "ResultsFile", "router"]

router = APIRouter(tags=["results"])


@router.get("/results")
async def list_results(
    db: Db, caller: Annotated[Caller, need("results.read")], asked: Annotated[Results, Query()]
) -> Page[Result]:
    """List results, the last recorded first."""
    return await RESULTS.page(db, caller.reach, asked)


@files(router, "/results")
async def export_results(
    db: Db,
    caller: Annotated[Caller, need("results.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[ResultsFile, Query()],
) -> StreamingResponse:
    """Export the same results as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await RESULTS.file(db, caller, look, asked, form)


@router.post("/results/{event}/void")
async def void_result(db: Db, caller: Annotated[Caller, need("results.void")], event: UUID, said: Why) -> Outcome:
    """Declare a result void: it stays, and lists, counts, alerts and files say so. It may have to
    wait for a second account (/proposals)."""
    async with db.transaction() as transaction:
        row = await RESULTS.one(transaction, caller.reach, event)
        if row is None:
            raise words_of("results").not_found()
        await check_not_void(transaction, event)
        facts = {"item": row.item, "sample": row.sample, "value": row.value_text, "verdict": str(row.verdict)}
        return await ask(transaction, caller, VOID, Asked(str(event), row.station, said.why, facts))


router.include_router(full.router)
