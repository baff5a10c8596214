"""A report as an XLSX workbook. Every text is written as a text: no cell is a formula, whatever a device wrote."""

import io

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from server.records.reports.sheet import Cell, Sheet, Table

_LONGEST = 32_000  # characters of a cell; Excel takes 32,767
_WIDEST = 40


def workbook(sheet: Sheet) -> bytes:
    """Return the workbook: a sheet for the period, the year, the response times, the notices, and how it is counted."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": sheet.title})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
            "number": book.add_format({"num_format": "#,##0"}),
            "last": book.add_format({"bold": True, "num_format": "#,##0", "top": 1}),
        }
        for table in (sheet.period, sheet.year):
            _write(book.add_worksheet(_name(table.heading)), sheet, table, styles, has_total=True)
        for table in (sheet.responses, sheet.told):
            _write(book.add_worksheet(_name(table.heading)), sheet, table, styles, has_total=False)
    return out.getvalue()


def _name(heading: str) -> str:
    """Return a name that Excel takes for a sheet: 31 characters, without the seven that it forbids."""
    return "".join(" " if char in "[]:*?/\\" else char for char in heading)[:31].strip("' ")


def _write(page: Worksheet, sheet: Sheet, table: Table, styles: dict[str, Format], *, has_total: bool) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")
    page.write_string(0, 0, sheet.title, styles["title"])
    page.write_string(1, 0, f"{table.heading}   {sheet.made}")
    for column, name in enumerate(table.columns):
        page.write_string(3, column, name, styles["head"])
        longest = max((len(str(row[column])) for row in table.rows), default=0)
        page.set_column(column, column, min(_WIDEST, max(10, 1.7 * longest, 1.2 * len(name))))
    page.freeze_panes(4, 1)
    page.repeat_rows(3)
    for number, row in enumerate(table.rows):
        is_last = has_total and number == len(table.rows) - 1
        for column, value in enumerate(row):
            _cell(page, 4 + number, column, value, styles["last"] if is_last else styles["number"])
    below = 5 + len(table.rows)
    for line in [*([] if table.rows else [sheet.none]), *([sheet.cut] if sheet.cut else []), *sheet.notes]:
        page.write_string(below, 0, line)
        below += 1


def _cell(page: Worksheet, row: int, column: int, value: Cell, style: Format) -> None:
    if isinstance(value, str):
        page.write_string(row, column, value[:_LONGEST], style)
    else:
        page.write_number(row, column, value, style)
