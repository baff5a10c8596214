"""A file of limits against the table: what is new, what ends, and every mistake by its row."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from server.problems import ProblemError
from server.records.limits.importing import Difference, compare
from server.records.limits.model import Kept, Limit
from server.records.words import words_of
from shian.tables.sheets import LIMITS
from wire.terms import Comparison

TODAY = date(2026, 11, 29)
HEAD = "代码,检测项目代码,标准,超标判定,限量值,单位,生效日期,失效日期"
OLD = "old,nitrite,GB 2762,>,30.0,mg/kg,2026-01-01,"


def known(**columns: Any) -> dict[str, Kept]:
    row = {"code": "old", "item": "nitrite", "commodity": "", "standard": "GB 2762", "is_only_for_standard": False}
    row |= {"comparison": Comparison.ABOVE, "value": 30, "unit": "mg/kg", "valid_from": date(2026, 1, 1)}
    row |= {"valid_to": None, "source": ""} | columns
    return {"old": Kept.model_validate(row)}


def compared(*lines: str, **columns: Any) -> Difference:
    return compare("\n".join((HEAD, *lines)).encode(), known(**columns), TODAY)


def faults(found: Difference) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in found.faults]


def test_new_limits_and_ends_are_found() -> None:
    found = compared("n-1,nitrite,GB 2762,≥,20,mg/kg,2027/1/1,", OLD + "2026-12-31")
    assert found.faults == []
    assert [(one.code, one.comparison, one.valid_from) for one in found.added] == [
        ("n-1", Comparison.AT_LEAST, date(2027, 1, 1))
    ]
    assert [(one.code, one.valid_to) for one in found.ended] == [("old", date(2026, 12, 31))]
    assert compared(OLD).same == 1
    assert compared("n-1,nitrite,GB 2762,>,20,mg/kg,2027-01-01,").missing == 1
    assert found.digest != compared(OLD).digest


def test_every_mistake_has_its_row_and_its_column() -> None:
    found = compared(
        "n-1,nitrite,,>,twenty,mg/kg,2027-13-01,",
        "n-2,nitrite,GB 2762,~,20,mg/kg,2027-01-01,2026-01-01",
        "n-3,nitrite,GB 2762,>,20,mg/kg,2027-01-01,2026-01-01",
        "old,nitrite,GB 2762,>,31,mg/kg,2026-01-01,",
        "old,nitrite,GB 2762,>,30,mg/kg,2026-01-01,",
    )
    assert faults(found) == [
        *((2, "standard"), (2, "value"), (2, "valid_from")),
        *((3, "comparison"), (4, "valid_to"), (5, "value"), (6, "code")),
    ]
    assert all(one.message and one.message_zh for one in found.faults)
    assert [one.heading for one in found.faults[:2]] == ["标准", "限量值"]
    assert found.added == []
    assert faults(compare(b"code,colour\nx,red\n", {}, TODAY))[0] == (1, "colour")


@pytest.mark.parametrize(
    ("end", "before"), [("2026-11-29", None), ("2027-06-01", date(2027, 1, 1)), ("", date(2027, 1, 1))]
)
def test_an_end_is_never_in_the_past_and_never_put_off(end: str, before: date | None) -> None:
    assert faults(compared(OLD + end, valid_to=before)) == [(2, "valid_to")]


def test_a_workbook_is_read_and_what_is_no_table_is_refused() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, HEAD.split(","))
    sheet.write_row(1, 0, ["n-1", "nitrite", "GB 2762", ">", 20])
    sheet.write(1, 5, "mg/kg")
    sheet.write_datetime(1, 6, date(2027, 1, 1), day)
    book.close()
    found = compare(out.getvalue(), {}, TODAY)
    assert (found.faults, [one.value for one in found.added]) == ([], [20.0])
    for content in (b"", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04 no zip"):
        with pytest.raises(ProblemError) as caught:
            compare(content, {}, TODAY)
        assert caught.value.kind.name == "no-table"


def test_the_file_of_the_command_line_has_the_same_headings() -> None:
    ours = {name: (term.en, term.zh) for name, term in words_of("limits").columns.items() if name in Limit.model_fields}
    assert ours == {column.name: (column.heading.en, column.heading.zh) for column in LIMITS.columns}
