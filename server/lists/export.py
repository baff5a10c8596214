"""CSV for spreadsheets, streamed through a server-side cursor: memory does not grow with the number of rows.

A cell that a spreadsheet would run as a formula is given a leading apostrophe (OWASP, "CSV Injection"). A client that
stops reading is cut off: by a deadline on each write, and by PostgreSQL when the transaction idles.
"""

import asyncio
import io
import json
import math
import re
import unicodedata
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from csv import writer
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from fastapi.responses import StreamingResponse
from psycopg.rows import dict_row
from starlette.types import Message, Receive, Scope, Send

from server.database import Database
from server.problems import Kind, ProblemError
from wire.words import Terms, word

log = structlog.get_logger()
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ROWS_A_FETCH = 500
_WRITE_S = 30.0
_IDLE = f"-c idle_in_transaction_session_timeout={round(_WRITE_S * 2000)}"
_MOST_AT_ONCE = 2
_BUSY = Kind(
    503, "busy", "Too many exports run at this moment; try again.", "导出任务过多，请稍后重试。", {"Retry-After": "10"}
)
_BEGINS_A_FORMULA, _BEGINS_A_CELL = frozenset("=+-@"), frozenset("\t\r\n")
# General categories (Unicode, table 12) of what takes no ink: controls, formats, separators, marks.
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"})
# Letters and a symbol without ink: fillers of Hangul, an empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
A_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "All rows that fit, UTF-8 with a mark for Excel"}
}


@dataclass(frozen=True, slots=True)
class Look:
    """Look of the file: the zone of its times, the language of its headings and words."""

    zone: ZoneInfo
    is_chinese: bool


@dataclass(frozen=True, slots=True)
class Csv:
    """A list as a file. `name`: that of the file; `columns`: the row's fields in their order, with their headings;
    `words`: the terms of the columns that hold codes."""

    name: str
    columns: Terms
    words: Mapping[str, Terms]


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


def _shown(csv: Csv, column: str, value: object, look: Look) -> str:
    words = csv.words.get(column)
    if not words or value is None:
        return cell(value, look.zone)
    # Only remarks are several codes, between spaces.
    codes = [word(words, code, chinese=look.is_chinese) for code in str(value).split(" ")]
    return cell(("；" if look.is_chinese else "; ").join(codes), look.zone)


async def export(
    db: Database, csv: Csv, statement: bytes, values: Mapping[str, object], look: Look
) -> StreamingResponse:
    """Return the rows of `statement` as a file. Raises ProblemError (503) when too many are being written."""
    pieces = _pieces(db, csv, statement, values, look)
    # The first piece is made here: a database that is away is an honest 503, not a file cut short.
    first = await anext(pieces)
    stamp = datetime.now(look.zone).strftime("%Y%m%d-%H%M%S")
    headers = {"Content-Disposition": f'attachment; filename="shian-{csv.name}-{stamp}.csv"'}
    return _Bounded(first, pieces, headers)


_running: set[object] = set()


async def _pieces(
    db: Database, csv: Csv, statement: bytes, values: Mapping[str, object], look: Look
) -> AsyncGenerator[bytes, None]:
    if len(_running) >= _MOST_AT_ONCE:
        raise ProblemError(_BUSY)
    me = object()
    _running.add(me)
    try:
        # A connection of its own: a slow reader must not take one of the pool's.
        async with (
            await db.connect(_IDLE) as connection,
            connection.cursor("export", row_factory=dict_row) as cursor,
        ):
            await cursor.execute(statement, values)
            yield (_BYTE_ORDER_MARK + heading(csv, look)).encode()
            while rows := await cursor.fetchmany(_ROWS_A_FETCH):
                yield lines(csv, rows, look).encode()
    finally:
        _running.discard(me)


class _Bounded(StreamingResponse):
    """A stream whose reader must take each piece within a deadline, and which always lets go of its source."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        self._rest = rest
        super().__init__(self._joined(first, rest), headers=headers, media_type="text/csv; charset=utf-8")

    @staticmethod
    async def _joined(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        yield first
        async for piece in rest:
            yield piece

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def bounded(message: Message) -> None:
            async with asyncio.timeout(_WRITE_S):
                await send(message)

        async with aclosing(self._rest):
            try:
                await super().__call__(scope, receive, bounded)
            except TimeoutError:
                log.warning("export_cut_off", reason="the reader was too slow")
                raise
