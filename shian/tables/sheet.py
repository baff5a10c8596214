"""A table that people keep in a spreadsheet: its columns, their headings in both languages, and what may stand in them.

The sheets below are the whole declaration: commands, checks, SQL and history follow from them."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from process import cells
from process.language import t
from wire.terms import Comparison
from wire.words import Term

Row = dict[str, Any]


class WrongError(ValueError):
    """A cell that says something that it may not."""


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a sheet. `read` makes a value of a cell's text, or raises WrongError. `default`: the value of an empty
    cell, where the table cannot hold none."""

    name: str
    heading: Term
    read: Callable[[str], Any]
    sql: str = "text"
    is_needed: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """Mistake in a file: its row (as a spreadsheet counts), its column, and why."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return t(f"row {self.row}, {self.column}: {self.why}", f"第 {self.row} 行，{self.column}：{self.why}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Table of the database that is kept as a sheet. `key`: the column that names a row. `fixed`: columns that cannot
    be changed any more once a row is there. `check` looks at all rows together; `derive` fills columns that nobody
    types. `four_eyes`: the deeds of adding or changing a row and of ending one, where these may need a second account
    (storage/four_eyes.py)."""

    noun: str
    table: str
    what: Term
    columns: Sequence[Column]
    key: str = "code"
    end: str = "ended_on"
    fixed: frozenset[str] = frozenset()
    derived: Mapping[str, str] = field(default_factory=dict)
    derive: Callable[[Row], None] = lambda _: None
    four_eyes: tuple[str, str] | None = None
    check: Callable[[Mapping[str, Row]], Iterable[tuple[str, str, str]]] = lambda _: ()

    def column(self, heading: str) -> Column | None:
        """Return the column with this heading, in either language, or with this name."""
        said = heading.strip().lower()
        for column in self.columns:
            if said in (column.name, column.heading.en.lower(), column.heading.zh.lower()):
                return column
        return None


def read(
    sheet: Sheet, headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> tuple[dict[str, tuple[int, Row]], list[Mistake]]:
    """Read rows of text; return them by key, each with its number in the file, and all mistakes."""
    columns = [sheet.column(heading) for heading in headings]
    mistakes = [
        Mistake(1, heading, t("there is no such column", "没有此列"))
        for heading, column in zip(headings, columns, strict=True)
        if column is None and heading.strip()
    ]
    named = [column for column in columns if column is not None]
    for column in sheet.columns:
        if column.is_needed and column not in named:
            mistakes.append(Mistake(1, _heading(column), t("the column is missing", "缺少此列")))
        if named.count(column) > 1:
            mistakes.append(Mistake(1, _heading(column), t("the column stands there twice", "此列重复")))
    found: dict[str, tuple[int, Row]] = {}
    if mistakes:
        return found, mistakes
    for number, texts in rows:
        row = _row(number, columns, texts, mistakes)
        key = row.get(sheet.key)
        if not isinstance(key, str) or not key:
            continue
        if key in found:
            why = t(f"{key} stands in row {found[key][0]} already", f"{key} 已在第 {found[key][0]} 行出现")
            mistakes.append(Mistake(number, sheet.key, why))
        sheet.derive(row)
        found[key] = number, row
    return found, mistakes


def _row(number: int, columns: Sequence[Column | None], texts: Sequence[str], mistakes: list[Mistake]) -> Row:
    row: Row = {}
    for place, column in enumerate(columns):
        if column is None:
            continue
        text = texts[place].strip() if place < len(texts) else ""
        if column.is_needed and not text:
            mistakes.append(Mistake(number, _heading(column), t("it is empty", "不能为空")))
            continue
        try:
            row[column.name] = column.read(text)
        except ValueError as exc:
            mistakes.append(Mistake(number, _heading(column), f"{text[:40]!r}: {exc}"))
    return row


def _heading(column: Column) -> str:
    return t(column.heading.en, column.heading.zh)


def text(most: int = 200) -> Callable[[str], str]:
    """Return a reader of texts of `most` characters."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise WrongError(t(f"{most} characters at most", f"最多 {most} 个字符"))
        if not cell.isprintable():
            raise WrongError(t("it holds a control character", "含有控制字符"))
        return cell

    return read


def code(cell: str) -> str:
    """Read a code."""
    if not re.fullmatch(r"[\w./-]{1,100}", cell):
        raise WrongError(t("a code has letters, digits and ._-/ only", "代码只能含字母、数字和 ._-/"))
    return cell


def lines(cell: str) -> str:
    """Read several texts, separated by commas, semicolons or their Chinese forms; one to a line."""
    return "\n".join(
        filter(None, (part.strip() for part in re.split(r"[,;、，；\n|]", text(1000)(cell.replace("\n", ",")))))
    )


def day(cell: str) -> date | None:
    """Read a day as people write it."""
    if not cell:
        return None
    found = cells.day(cell)
    if found is None:
        raise WrongError(t("no day; write it as 2026-11-29", "不是日期，应写作 2026-11-29"))
    return found


def number(cell: str) -> float:
    """Read a number."""
    try:
        value = float(cell)
    except ValueError as exc:
        raise WrongError(t("no number", "不是数字")) from exc
    if not math.isfinite(value):
        raise WrongError(t("no number", "不是数字"))
    return value


def maybe(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reader of cells that may be empty."""

    def read_or_none(cell: str) -> Any:
        return read(cell) if cell else None

    return read_or_none


def seconds(cell: str) -> float:
    """Read a span of time, as seconds or with its unit: 600, 10 min, 1 h."""
    found = re.fullmatch(r"([0-9.]+)\s*(s|秒|min|分钟|分|h|小时)?", cell)
    if found is None:
        raise WrongError(t("no span of time: 600, 10 min or 1 h", "不是时长，应写作 600、10 min 或 1 h"))
    factor = {"min": 60, "分钟": 60, "分": 60, "h": 3600, "小时": 3600}.get(found[2], 1)
    return number(found[1]) * factor


def channel(cell: str) -> int:
    """Read the number of a channel."""
    if not re.fullmatch(r"\d{1,5}", cell):
        raise WrongError(t("no number of a channel", "不是通道号"))
    return int(cell)


def count(cell: str) -> int:
    """Read a number of pieces."""
    value = number(cell)
    if value < 1 or value != int(value) or value > 1_000_000:
        raise WrongError(t("no whole number from 1 on", "不是正整数"))
    return int(value)


def comparison(cell: str) -> str:
    """Read how a value violates its limit."""
    try:
        return Comparison(cells.sign(cell)).value
    except ValueError as exc:
        raise WrongError(t("one of > >= < <=", "应为 > >= < <= 之一")) from exc


def yes(cell: str) -> bool:
    """Read a yes or a no."""
    said = cells.yes(cell)
    if said is None:
        raise WrongError(t("yes or no", "应为是或否"))
    return said
