"""Tables out of files that people and other programs write: CSV (UTF-8, GB 18030), XLSX, DBF. Rows of texts, as
somebody would have typed them; nothing in a cell is ever run. Bounded in size and rows."""

import csv
import io
import struct
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from process.language import t

LARGEST = 64 << 20
_MOST_ROWS = 500_000
Rows = Iterator[tuple[int, Sequence[str]]]
_DBF = frozenset({0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB})


class TableError(ValueError):
    """The file is no table that can be read."""


def read_table(path: Path) -> tuple[list[str], Rows, bytes]:
    """Return the headings, the rows with their numbers as a spreadsheet counts, and the file's bytes. Raises
    TableError, also while rows are taken."""
    try:
        if path.stat().st_size > LARGEST:
            raise TableError(t(f"{path}: larger than {LARGEST >> 20} MiB", f"{path}：超过 {LARGEST >> 20} MiB"))
        content = path.read_bytes()
    except OSError as exc:
        raise TableError(f"{path}: {exc.strerror}") from exc
    return *table_of(content, path), content


def table_of(content: bytes, name: Path | str) -> tuple[list[str], Rows]:
    """Return the headings and the numbered rows of a file's bytes; `name` is for messages. Raises TableError, also
    while rows are taken."""
    if content[:4] == b"PK\x03\x04":
        table = _xlsx(content, name)
    elif _is_dbf(content):
        table = _dbf(content, name)
    else:
        table = _csv(content, name)
    headings = next(table, None)
    if headings is None:
        raise TableError(t(f"{name}: it is empty", f"{name}：文件为空"))
    return list(headings), _numbered(table)


def _numbered(table: Iterator[Sequence[str]]) -> Rows:
    for number, cells in enumerate(table, start=2):
        if number > _MOST_ROWS:
            raise TableError(t(f"more than {_MOST_ROWS} rows", f"超过 {_MOST_ROWS} 行"))
        if any(cell.strip() for cell in cells):
            yield number, cells


def _csv(content: bytes, path: Path | str) -> Iterator[Sequence[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        try:
            yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        except csv.Error as exc:
            raise TableError(f"{path}: {exc}") from exc
        return
    raise TableError(
        t(
            f"{path}: neither CSV (UTF-8, GB 18030) nor XLSX nor DBF",
            f"{path}：不是 CSV（UTF-8、GB 18030）、XLSX 或 DBF",
        )
    )


def _xlsx(content: bytes, path: Path | str) -> Iterator[Sequence[str]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - a large library
    except ModuleNotFoundError as exc:
        raise TableError(
            t("XLSX needs python-calamine: or save it as CSV", "读取 XLSX 需要 python-calamine：可另存为 CSV")
        ) from exc
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        for row in sheet.iter_rows():
            yield [_text(cell) for cell in row]
    except (CalamineError, ValueError) as exc:
        raise TableError(f"{path}: {exc}") from exc


def _text(cell: Any) -> str:
    """Return a cell as a person would have typed it."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _is_dbf(content: bytes) -> bool:
    """Tell whether a file looks like one of dBase or FoxPro: its header's length and its fields fit together."""
    if len(content) < 65 or content[0] not in _DBF:
        return False
    header, record = struct.unpack_from("<HH", content, 8)
    return 65 <= header <= len(content) and record > 1 and b"\r" in content[64 : header + 1]


def _dbf(content: bytes, path: Path | str) -> Iterator[Sequence[str]]:
    """Yield the headings and the rows of a DBF file. Deleted rows are left out; memos are empty."""
    count, header, length = struct.unpack_from("<IHH", content, 4)
    fields: list[tuple[str, str, int]] = []
    at = 32
    while at + 32 <= header and content[at] != 0x0D:
        name, kind, size = content[at : at + 11].split(b"\0")[0], chr(content[at + 11]), content[at + 16]
        fields.append((name.decode("gb18030", "replace"), kind, size))
        at += 32
    if not fields or sum(size for _, _, size in fields) + 1 > length:
        raise TableError(t(f"{path}: a damaged DBF file", f"{path}：DBF 文件已损坏"))
    yield [name for name, _, _ in fields]
    for number in range(count):
        row = content[header + number * length : header + (number + 1) * length]
        if len(row) < length:
            raise TableError(
                t(
                    f"{path}: it ends in the middle, after {number} of {count} rows",
                    f"{path}：文件不完整，{count} 行中仅 {number} 行",
                )
            )
        if row[:1] == b"*":
            yield []
            continue
        cells, place = [], 1
        for _, kind, size in fields:
            cells.append(_cell(kind, row[place : place + size]))
            place += size
        yield cells


def _cell(kind: str, raw: bytes) -> str:
    if kind == "I" and len(raw) == 4:
        return str(struct.unpack("<i", raw)[0])
    if kind == "B" and len(raw) == 8:
        return _text(struct.unpack("<d", raw)[0])
    if kind == "T" and len(raw) == 8:
        days, milliseconds = struct.unpack("<ii", raw)
        if days < 1_721_426:  # before the year 1: none
            return ""
        return _text(
            datetime.combine(date.fromordinal(days - 1_721_425), datetime.min.time()).replace(
                hour=milliseconds // 3_600_000 % 24,
                minute=milliseconds // 60_000 % 60,
                second=milliseconds // 1000 % 60,
            )
        )
    if kind in ("M", "G", "P"):
        return ""
    return raw.decode("gb18030", "replace").strip("\0 ")
