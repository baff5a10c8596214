"""A list as a workbook (XLSX): one sheet, written row by row to a file, so that memory does not grow with the rows.

Text is written as text: no cell is a formula here. It has the guard of the CSV file all the same, for the workbook may
be saved as one.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from server.problems import Kind, ProblemError

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet could have five times as many; writing these takes a minute of one core.
MOST_ROWS = 200_000
_MOST_CHARS = 32_767  # of one cell
_WIDTH = 18
_TOO_MANY = Kind(
    422,
    "too-many-rows",
    f"More than {MOST_ROWS:,} rows: ask for a shorter period, or for CSV.",
    f"超过 {MOST_ROWS:,} 行，请缩短时间范围或改用 CSV。",
)
Cell = str | int | float | datetime


class Workbook:
    """Workbook in the making, below `folder`. Blocking: called in threads, one call at a time."""

    def __init__(self, folder: Path, headings: Sequence[str]) -> None:
        self._path = folder / "book.xlsx"
        self._book = xlsxwriter.Workbook(
            str(self._path),
            {
                "constant_memory": True,
                "tmpdir": str(folder),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._sheet = self._book.add_worksheet()
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(headings) - 1, _WIDTH)
        self._sheet.write_row(0, 0, headings, self._book.add_format({"bold": True}))
        self._rows = 0

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows. Raises ProblemError (422): too many."""
        if self._rows + len(rows) > MOST_ROWS:
            raise ProblemError(_TOO_MANY)
        for row in rows:
            self._rows += 1
            for column, value in enumerate(row):
                self._write(column, value)

    def finish(self) -> Path:
        """Return the file, which is whole."""
        self._book.close()
        return self._path

    def _write(self, column: int, value: Cell) -> None:
        match value:
            case "":
                return
            case datetime() if value.year >= 1900:
                self._sheet.write_datetime(self._rows, column, value, self._time)
            case int() | float():
                self._sheet.write_number(self._rows, column, value)
            case _:
                self._sheet.write_string(self._rows, column, str(value)[:_MOST_CHARS])
