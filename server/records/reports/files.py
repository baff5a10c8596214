"""A report as a file: an XLSX workbook, or a PDF."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from server.database import Database
from server.lists.export import Look
from server.records.reports.figures import titles_of
from server.records.reports.paper import paper
from server.records.reports.report import PeriodReport
from server.records.reports.settings import ReportSettings
from server.records.reports.sheet import Sheet, sheet_of
from server.records.reports.workbook import workbook
from server.records.rules.titles import rule_words

Form = Literal["xlsx", "pdf"]
MEDIA_TYPES: Mapping[Form, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
MOST_TOLD: Mapping[Form, int] = {"xlsx": 20_000, "pdf": 300}
# Setting pages takes a core: one at a time, others wait.
_ONE_AT_A_TIME = asyncio.Semaphore(1)


async def file_of(db: Database, made: PeriodReport, look: Look, form: Form, settings: ReportSettings) -> bytes:
    """Return the file of a report. Raises ProblemError (501) where no PDF can be made."""
    sheet = await sheet_in_words(db, made, look)
    async with _ONE_AT_A_TIME:
        if form == "xlsx":
            return await asyncio.to_thread(workbook, sheet)
        return await asyncio.to_thread(
            paper, sheet, district=settings.district, fonts=settings.fonts, is_chinese=look.is_chinese
        )


async def sheet_in_words(db: Database, made: PeriodReport, look: Look) -> Sheet:
    """Put a report into words, with the titles that the district gave."""
    async with db.transaction() as transaction:
        stations = await titles_of(transaction, "station", ())
        rules = await rule_words(transaction)
    return sheet_of(made, look, stations, rules)


def name_of(made: PeriodReport, form: Form) -> str:
    """Return the name of a report's file."""
    return f"shian-report-{made.by}-{made.first}-{made.until}.{form}"
