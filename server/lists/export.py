"""Files for spreadsheets, read through a server-side cursor: memory does not grow with the number of rows. CSV is
streamed as it is read; a workbook (server/lists/workbook.py) is whole before its first byte goes out.

A cell that a spreadsheet would run as a formula is given a leading apostrophe (OWASP, "CSV Injection"). A client that
stops reading is cut off: by a deadline on each write, and by PostgreSQL when the transaction idles. One that reads, but
too slowly, is cut off as well: it holds a place that others wait for. So nobody keeps the files from everybody: each
caller has few places, and must leave them in time.
"""

import asyncio
import io
import json
import math
import re
import tempfile
import unicodedata
from collections import Counter as Counts
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from csv import writer
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import structlog
from fastapi.responses import StreamingResponse
from psycopg import AsyncServerCursor
from psycopg.rows import dict_row
from starlette.types import Message, Receive, Scope, Send

from process.streamed import Streamed
from server.database import Database
from server.limits.rates import LIMITED
from server.lists.workbook import WORKBOOK_TYPE, Cell, Workbook
from server.problems import Kind, ProblemError
from storage.deeds import Deed
from storage.exchange import AsyncConnection
from wire.words import Terms, word

log = structlog.get_logger()
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ROWS_A_FETCH, _BLOCK = 500, 256 * 1024
_WRITE_S = 30.0
_IDLE = f"-c idle_in_transaction_session_timeout={round(_WRITE_S * 2000)}"
_MOST_AT_ONCE, _MOST_EACH = 8, 2
# The least pace of a reader in the long run, in bytes a second, and the seconds that it may lag behind that.
_PACE, _GRACE_S = 16 * 1024, 30.0
_BUSY = Kind(
    503, "busy", "Too many exports run at this moment; try again.", "导出任务过多，请稍后重试。", {"Retry-After": "10"}
)
_YOURS = Kind(
    429,
    "too-many-exports",
    "You have other exports under way; let one of them end first.",
    "您已有导出任务在进行，请等待其完成。",
    {"Retry-After": "10"},
)
_BEGINS_A_FORMULA, _BEGINS_A_CELL = frozenset("=+-@"), frozenset("\t\r\n")
# General categories (Unicode, table 12) of what takes no ink: controls, formats, separators, marks.
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"})
# Letters and a symbol without ink: fillers of Hangul, an empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
Form = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Look:
    """Look of the file: the zone of its times, the language of its headings and words. `caller`: who asked for it."""

    zone: ZoneInfo
    is_chinese: bool
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Csv:
    """A list as a file. `name`: that of the file; `columns`: the row's fields in their order, with their headings;
    `words`: the terms of the columns that hold codes."""

    name: str
    columns: Terms
    words: Mapping[str, Terms]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query that is ready to be run."""

    sql: bytes
    values: Mapping[str, object]


def cell(value: object, zone: ZoneInfo) -> str:
    """Return the text of a cell, which no spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float():
            return repr(value) if math.isfinite(value) else ""
        case datetime():
            return value.astimezone(zone).isoformat(timespec="seconds")
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    if _runs_as_formula(text) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def _runs_as_formula(text: str) -> bool:
    """Return True when the first character that is seen begins a formula, in whatever width it is written."""
    for char in text:
        if char in _BEGINS_A_CELL:
            return True
        if char not in _BLANK and unicodedata.category(char) not in _UNSEEN:
            return unicodedata.normalize("NFKC", char)[0] in _BEGINS_A_FORMULA
    return False


def heading(csv: Csv, look: Look) -> str:
    """Return the line of the columns' names."""
    return _line([term.text(chinese=look.is_chinese) for term in csv.columns.values()])


def lines(csv: Csv, rows: list[dict[str, object]], look: Look) -> str:
    """Return CSV lines (RFC 4180) of these rows."""
    return "".join(_line([_shown(csv, column, row[column], look) for column in csv.columns]) for row in rows)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    writer(out).writerow(cells)
    return out.getvalue()


def value_of(csv: Csv, column: str, value: object, look: Look) -> Cell:
    """Return the value of a workbook's cell: numbers and times as such, everything else as CSV has it."""
    match value:
        case bool() | None:
            return cell(value, look.zone)
        case int() | float() if column not in csv.words:
            return value if math.isfinite(value) else ""
        case datetime():
            return value.astimezone(look.zone).replace(tzinfo=None)
    return _shown(csv, column, value, look)


def _shown(csv: Csv, column: str, value: object, look: Look) -> str:
    words = csv.words.get(column)
    if not words or value is None:
        return cell(value, look.zone)
    # Only remarks are several codes, between spaces.
    codes = [word(words, code, chinese=look.is_chinese) for code in str(value).split(" ")]
    return cell(("；" if look.is_chinese else "; ").join(codes), look.zone)


async def export(
    db: Database, csv: Csv, statement: Statement, look: Look, deed: Deed, *, form: Form
) -> StreamingResponse:
    """Return the rows of `statement` as a file; nothing of it before `deed` is in the audit. Raises ProblemError when
    too many are being written: 429 by this caller, 503 by all; 422: a workbook would have too many rows."""
    written = _written(csv, look) if form == "csv" else _bound(csv, look)
    pieces = _pieces(db, statement, look, deed, written)
    # The first piece is made here: a database that is away is an honest 503, not a file cut short.
    first = await anext(pieces)
    stamp = datetime.now(look.zone).strftime("%Y%m%d-%H%M%S")
    headers = {"Content-Disposition": f'attachment; filename="shian-{csv.name}-{stamp}.{form}"'}
    return _Bounded(first, pieces, "text/csv; charset=utf-8" if form == "csv" else WORKBOOK_TYPE, headers)


Rows = AsyncIterator[list[dict[str, object]]]
Write = Callable[[Rows], AsyncGenerator[bytes, None]]
Cursor = AsyncServerCursor[dict[str, object]]


def _written(csv: Csv, look: Look) -> Write:
    """Return the writer of a CSV file."""

    async def write(fetched: Rows) -> AsyncGenerator[bytes, None]:
        yield (_BYTE_ORDER_MARK + heading(csv, look)).encode()
        async for rows in fetched:
            yield lines(csv, rows, look).encode()

    return write


def _bound(csv: Csv, look: Look) -> Write:
    """Return the writer of a workbook."""
    headings = [term.text(chinese=look.is_chinese) for term in csv.columns.values()]

    async def write(fetched: Rows) -> AsyncGenerator[bytes, None]:
        with tempfile.TemporaryDirectory(prefix="shian-export-") as folder:
            book = Workbook(Path(folder), headings)
            async for rows in fetched:
                cells = [[value_of(csv, column, row[column], look) for column in csv.columns] for row in rows]
                await asyncio.to_thread(book.add, cells)
            with (await asyncio.to_thread(book.finish)).open("rb") as file:
                while block := await asyncio.to_thread(file.read, _BLOCK):
                    yield block

    return write


class Places:
    """Places of exports under way: so many at all, and so many of one caller."""

    def __init__(self, most: int = _MOST_AT_ONCE, each: int = _MOST_EACH) -> None:
        self._most = most
        self._each = each
        self._taken: Counts[str] = Counts()

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """Hold a place. Raises ProblemError (429, 503)."""
        if self._taken[caller] >= self._each:
            LIMITED.labels("exports_each").inc()
            raise ProblemError(_YOURS)
        if self._taken.total() >= self._most:
            LIMITED.labels("exports").inc()
            raise ProblemError(_BUSY)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]


class Pace:
    """The time that a reader may still take for what it is given."""

    def __init__(self) -> None:
        self._left_s = _GRACE_S

    def deadline_s(self) -> float:
        """Return the seconds within which the next piece must be taken."""
        return min(_WRITE_S, self._left_s)

    def took(self, size: int, lasted_s: float) -> None:
        """Note that a piece of `size` bytes was taken within `lasted_s`."""
        self._left_s = min(_GRACE_S, self._left_s + size / _PACE) - lasted_s


_PLACES = Places()


async def _pieces(
    db: Database, statement: Statement, look: Look, deed: Deed, write: Write
) -> AsyncGenerator[bytes, None]:
    with _PLACES.one(look.caller):
        async with db.transaction() as transaction:
            await transaction.record(deed)
        # A connection of its own: a slow reader must not take one of the pool's.
        async with db.connected(_IDLE) as connection, _cursor(connection) as cursor:
            await cursor.execute(statement.sql, statement.values)
            async with aclosing(write(_fetched(cursor))) as pieces:
                async for piece in pieces:
                    yield piece


@asynccontextmanager
async def _cursor(connection: AsyncConnection) -> AsyncIterator[Cursor]:
    cursor = connection.cursor("export", row_factory=dict_row)
    try:
        yield cursor
    finally:
        # In this order neither is an exchange: a reader who left cancels every wait of this task.
        await connection.close()
        await cursor.close()


async def _fetched(cursor: Cursor) -> Rows:
    while rows := await cursor.fetchmany(_ROWS_A_FETCH):
        yield rows


class _Bounded(Streamed):
    """A stream whose reader must take each piece within a deadline, and all of them at some pace."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pace, clock = Pace(), asyncio.get_running_loop().time

        async def bounded(message: Message) -> None:
            began = clock()
            async with asyncio.timeout(pace.deadline_s()):
                await send(message)
            pace.took(len(message.get("body", b"")), clock() - began)

        try:
            await super().__call__(scope, receive, bounded)
        except TimeoutError:
            log.warning("export_cut_off", reason="the reader was too slow")
            raise
