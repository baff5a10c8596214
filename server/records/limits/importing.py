"""A file of limits: what it would change, and every mistake by its row, before anything is done.

The same two changes can be asked for as in the form: a new limit, and the end of one. Whatever else differs is a
mistake.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, Field, ValidationError

from process import cells
from process.field_faults import sentence
from process.tabular import TableError, table_of
from server.problems import Kind, ProblemError
from server.records.limits.model import Kept, Limit
from server.records.words import words_of
from wire.words import Term

log = structlog.get_logger()
MOST_BYTES = 1 << 20
MOST_ROWS = 2000
_MOST_UNPACKED = 64 << 20
_NO_TABLE = Kind(
    422,
    "no-table",
    "This is no table that can be read: CSV (UTF-8 or GB 18030) or XLSX, with the headings in its first row.",
    "无法读取该文件：须为 CSV（UTF-8 或 GB 18030）或 XLSX，首行为列标题。",
)
_TOO_MANY = Kind(
    422, "too-many-rows", f"More than {MOST_ROWS} rows: divide the file.", f"超过 {MOST_ROWS} 行，请拆分文件。"
)
_FIXED = Term(
    "only its end can be changed: end it, and add another with a new code",
    "仅可设置终止日期：请终止后以新代码新增",
)


class FileFault(BaseModel):
    """Mistake in a file: its row as a spreadsheet counts, its column (`heading`: as the file calls it), and why, in
    both languages."""

    row: int
    column: str
    heading: str = ""
    message: str
    message_zh: str


class End(BaseModel):
    """Limit that shall end, with the first day on which it does not hold."""

    code: str
    valid_to: date


class Difference(BaseModel):
    """Difference between a file and the table. `digest` names it: who takes it in says which one he saw."""

    added: list[Limit] = []
    ended: list[End] = []
    same: int = 0
    missing: Annotated[int, Field(description="limits of the table that the file does not name; they stay")] = 0
    faults: list[FileFault] = []
    digest: str = ""


def compare(content: bytes, known: Mapping[str, Kept], today: date) -> Difference:
    """Compare a file with the table. Raises ProblemError (422) for one that cannot be read."""
    try:
        headings, rows = _table(content)
        found = Difference()
        columns = _columns(headings, found)
        if not found.faults:
            _Comparing(known, today, found).rows(columns, rows)
        named = dict(zip(columns, headings, strict=True))
        for fault in found.faults:
            fault.heading = named.get(fault.column, fault.column)
    except (TableError, zipfile.BadZipFile) as exc:
        log.info("limits_file_unreadable", reason=str(exc)[:200])
        raise ProblemError(_NO_TABLE) from exc
    said = found.model_dump(mode="json", include={"added", "ended"})
    found.digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return found


def _table(content: bytes) -> tuple[list[str], Iterator[tuple[int, Sequence[str]]]]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MOST_UNPACKED:
                raise TableError("it unpacks to too much")
    return table_of(content, "file")


def _columns(headings: Sequence[str], found: Difference) -> list[str]:
    """Return the field of each column; '' for one without a heading."""
    columns = []
    for heading in headings:
        field = _field(heading.strip().lower()) if heading.strip() else ""
        if field is None:
            _add(found, 1, heading, Term("there is no such column", "没有此列"))
        elif field and field in columns:
            _add(found, 1, heading, Term("the column stands there twice", "此列重复"))
        columns.append(field or "")
    for name, declared in Limit.model_fields.items():
        if declared.is_required() and name not in columns:
            _add(found, 1, name, Term("the column is missing", "缺少此列"))
    return columns


def _field(said: str) -> str | None:
    for name, heading in words_of("limits").columns.items():
        if said in (name, heading.en.lower(), heading.zh.lower()) and name in Limit.model_fields:
            return name
    return "" if said in ("version", words_of("limits").columns["version"].zh) else None


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Comparison of a file's rows with the table of today."""

    known: Mapping[str, Kept]
    today: date
    found: Difference

    def rows(self, columns: Sequence[str], rows: Iterator[tuple[int, Sequence[str]]]) -> None:
        seen: dict[str, int] = {}
        for count, (number, line) in enumerate(rows, start=1):
            if count > MOST_ROWS:
                raise ProblemError(_TOO_MANY)
            texts = [line[at].strip() if at < len(line) else "" for at in range(len(columns))]
            given = {name: _value(name, text) for name, text in zip(columns, texts, strict=True) if name}
            limit = self._read(number, given)
            if limit is None:
                continue
            if limit.code in seen:
                row = seen[limit.code]
                _add(self.found, number, "code", Term(f"it stands in row {row} already", f"已在第 {row} 行出现"))
                continue
            seen[limit.code] = number
            self._place(number, limit, given)
        self.found.missing = len(self.known.keys() - seen.keys())

    def _read(self, number: int, given: Mapping[str, Any]) -> Limit | None:
        try:
            limit = Limit.model_validate(given)
        except ValidationError as exc:
            for error in exc.errors(include_url=False):
                words = Term(sentence(error, chinese=False), sentence(error, chinese=True))
                _add(self.found, number, ".".join(map(str, error["loc"])), words)
            return None
        if limit.valid_to is not None and limit.valid_to <= limit.valid_from:
            _add(self.found, number, "valid_to", Term("it ends before it begins", "早于生效日期"))
            return None
        return limit

    def _place(self, number: int, limit: Limit, given: Mapping[str, Any]) -> None:
        """Note what a row changes, or why it may not."""
        before = self.known.get(limit.code)
        if before is None:
            self.found.added.append(limit)
            return
        differing = [name for name in given if getattr(limit, name) != getattr(before, name)]
        fixed = [name for name in differing if name != "valid_to"]
        for name in fixed:
            _add(self.found, number, name, _FIXED)
        if fixed:
            return
        if not differing:
            self.found.same += 1
        elif limit.valid_to is None or (before.valid_to is not None and limit.valid_to > before.valid_to):
            _add(self.found, number, "valid_to", Term("an end that is set cannot be put off", "已设的终止日期不能推后"))
        elif limit.valid_to <= self.today:
            _add(self.found, number, "valid_to", Term("it ends tomorrow or later", "终止日期须晚于今天"))
        else:
            self.found.ended.append(End(code=limit.code, valid_to=limit.valid_to))


def _value(name: str, cell: str) -> Any:
    """Return what a cell says, in the form in which the API would have it."""
    match name:
        case "valid_from" | "valid_to":
            return (cells.day(cell) or cell) if cell else None
        case "comparison":
            return cells.sign(cell)
        case "is_only_for_standard":
            said = cells.yes(cell)
            return cell if said is None else said
    return cell


def _add(found: Difference, row: int, column: str, words: Term) -> None:
    found.faults.append(FileFault(row=row, column=column, message=words.en, message_zh=words.zh))
