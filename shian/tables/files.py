"""Files of a sheet: read by process/tabular.py, written as CSV or XLSX."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from process.language import t
from process.tabular import Rows, TableError, read_table
from shian.failures import CannotError


def read_file(path: Path) -> tuple[list[str], Rows, bytes]:
    """Return the headings, the rows with their numbers, and the file's bytes. Raises CannotError; TableError while rows
    are taken."""
    try:
        return read_table(path)
    except TableError as exc:
        raise CannotError(str(exc)) from exc


def write_file(path: Path, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a CSV (UTF-8 with a mark for spreadsheets), or an XLSX by the file's name. Raises CannotError, OSError."""
    if path.suffix.lower() != ".xlsx":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headings)
            writer.writerows([_shown(cell) for cell in row] for row in rows)
        return
    try:
        import xlsxwriter  # noqa: PLC0415 - a large library
    except ModuleNotFoundError as exc:
        raise CannotError(t("XLSX needs XlsxWriter: or write a CSV", "写入 XLSX 需要 XlsxWriter：可改用 CSV")) from exc
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate([headings, *rows]):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell if isinstance(cell, float | int) else _shown(cell))
    book.close()


def _shown(cell: Any) -> str:
    """Return a cell's text, which no spreadsheet runs as a formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return t("yes", "是") if cell else ""
    text = "、".join(cell.split("\n")) if isinstance(cell, str) else str(cell)
    return f"'{text}" if isinstance(cell, str) and text[:1] in ("=", "+", "@") else text
