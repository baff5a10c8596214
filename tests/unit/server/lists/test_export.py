"""Cells: nothing that a spreadsheet would run."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.lists.export import cell

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (0.0, "0.0"),
        (-1.5, "-1.5"),
        (float("nan"), ""),
        (3, "3"),
        (True, "1"),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), "2026-03-02T07:00:00+08:00"),
        ("韭菜", "韭菜"),
        ("-0.5", "-0.5"),
        ("+1e-3", "+1e-3"),
        ("-.---", "'-.---"),
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("-1+1", "'-1+1"),
    ],
)
def test_a_cell_is_text_or_a_number(value: object, expected: str) -> None:
    assert cell(value, ZONE) == expected


@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    shown = cell(text, ZONE).lstrip()
    if shown[:1] in ("=", "+", "-", "@"):
        float(shown)
