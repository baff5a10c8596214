"""The limits that verdicts are given by."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.lists.export import Csv
from server.lists.files import FileForm, files
from server.lists.filters import Exported, PagedByName, Text
from server.lists.listing import Listing, Page
from server.lists.orders import ByName
from server.problems import Kind, ProblemError
from server.records.days import Today
from server.records.limits.changing import ADD, END
from server.records.limits.importing import Difference, compare
from server.records.limits.model import CODE, Kept, Limit
from server.records.looks import Look
from server.records.proposals.asking import Asked, Outcome, Why, ask
from server.records.words import words_of

router = APIRouter(tags=["limits"])
_WHOLE = Kind(403, "outside-your-areas", "A limit holds in the whole district.", "限量适用于全区，须有全区权限。")
_PAST = Kind(422, "day-is-past", "A limit ends tomorrow or later: what it decided stays.", "终止日期须晚于今天。")
_TAKEN = Kind(409, "code-taken", "There is a limit with this code already.", "已有相同代码的限量。")
Code = Annotated[str, Path(pattern=CODE, description="of the limit")]


class NewLimit(Limit, Why):
    """Limit to be added, and the reason."""


class Ending(Why):
    """End of a limit: the first day on which it does not hold."""

    valid_to: date


class Known(Kept):
    """Limit of the table. `version`: of the table, when the row was written."""

    version: int


class Limits(PagedByName):
    """Filters of limits."""

    item: Text = None


class LimitsFile(Exported):
    """Filters of the limits as a file."""

    item: Text = None


class Taken(Difference):
    """File that was taken in. `proposals`: changes that wait for a second account."""

    proposals: int


CSV = Csv("limits", words_of("limits").columns, {})
LIMITS = Listing(sql="limits.list", row=Known, order=ByName(("code",)), station=None, csv=CSV, within="true")
_CHANGED = Kind(
    409,
    "difference-changed",
    "The table or the file is not what you looked at; look at the changes again.",
    "限量表或文件与预览时不同，请重新预览。",
)
_FAULTY = Kind(422, "faulty-file", "The file has mistakes; nothing was done.", "文件有错误，未作任何更改。")


class TakeIn(Why):
    """Reason of taking a file in, and the `digest` of the difference that was looked at."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@router.get("/limits")
async def list_limits(
    db: Db, caller: Annotated[Caller, need("limits.read")], asked: Annotated[Limits, Query()]
) -> Page[Known]:
    """List all limits, by code; those that have ended as well."""
    return await LIMITS.page(db, caller.reach, asked)


@files(router, "/limits")
async def export_limits(
    db: Db,
    caller: Annotated[Caller, need("limits.read")],
    look: Look,
    form: FileForm,
    asked: Annotated[LimitsFile, Query()],
) -> StreamingResponse:
    """Export the limits as one file, CSV or workbook (XLSX), which can be taken in again."""
    return await LIMITS.file(db, caller, look, asked, form)


@router.post("/limits")
async def add_limit(db: Db, caller: Annotated[Caller, need("limits.change")], new: NewLimit) -> Outcome:
    """Add a limit. It may have to wait for a second account (/proposals)."""
    _check_whole(caller)
    facts = new.model_dump(mode="json", exclude={"why"})
    async with db.transaction() as transaction:
        if await LIMITS.one(transaction, caller.reach, new.code) is not None:
            raise ProblemError(_TAKEN)
        return await ask(transaction, caller, ADD, Asked(new.code, "", new.why, facts))


@router.post("/limits/import/check")
async def check_file(
    db: Db, caller: Annotated[Caller, need("limits.change")], today: Today, request: Request
) -> Difference:
    """Compare a file (CSV or XLSX, the body of the request) with the table: what it would change, and all mistakes by
    their rows. Nothing is done."""
    _check_whole(caller)
    content = await request.body()
    async with db.transaction() as transaction:
        return await _difference(transaction, today, content)


@router.post("/limits/import")
async def take_file(
    db: Db,
    caller: Annotated[Caller, need("limits.change")],
    today: Today,
    request: Request,
    said: Annotated[TakeIn, Query()],
) -> Taken:
    """Take a file in: all that /import/check showed, or nothing. Each change may have to wait for a second account."""
    _check_whole(caller)
    content = await request.body()
    async with db.transaction() as transaction:
        found = await _difference(transaction, today, content)
        if found.faults:
            raise ProblemError(_FAULTY)
        if found.digest != said.digest:
            raise ProblemError(_CHANGED)
        outcomes = [
            await ask(transaction, caller, ADD, Asked(new.code, "", said.why, new.model_dump(mode="json")))
            for new in found.added
        ]
        outcomes += [
            await ask(transaction, caller, END, Asked(end.code, "", said.why, end.model_dump(mode="json")))
            for end in found.ended
        ]
    return Taken(**found.model_dump(), proposals=sum(not one.is_done for one in outcomes))


async def _difference(transaction: Transaction, today: date, content: bytes) -> Difference:
    known = {row.code: row for row in await transaction.rows(Known, "limits.all")}
    return await asyncio.to_thread(compare, content, known, today)


@router.post("/limits/{code}/end")
async def end_limit(
    db: Db, caller: Annotated[Caller, need("limits.change")], today: Today, code: Code, said: Ending
) -> Outcome:
    """Let a limit end on a day. It may have to wait for a second account (/proposals)."""
    _check_whole(caller)
    async with db.transaction() as transaction:
        row = await LIMITS.one(transaction, caller.reach, code)
        if row is None:
            raise words_of("limits").not_found()
        if said.valid_to <= today:
            raise ProblemError(_PAST)
        facts = {"code": code, "valid_to": said.valid_to.isoformat()}
        return await ask(transaction, caller, END, Asked(code, "", said.why, facts))


def _check_whole(caller: Caller) -> None:
    """Refuse who has the permission for some areas alone. Raises ProblemError (403)."""
    if not caller.reach.is_everything:
        raise ProblemError(_WHOLE)
