"""Cells: nothing that a spreadsheet would run."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.lists.export import cell

ZONE = ZoneInfo("Asia/Shanghai")
# A byte order mark, a zero width space, a space without a break, a mark of direction, a tag, a soft hyphen, a joiner, a
# variation, blanks that are letters or symbols, a control character.
UNSEEN = [*"\ufeff\u200b\xa0\u202e\U000e0041\xad\u034f\ufe0f\u3164\u2800\x01\x85"]


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
        *((f"{unseen}=1+1", f"'{unseen}=1+1") for unseen in UNSEEN),
        *((f"韭菜{unseen}=1+1", f"韭菜{unseen}=1+1") for unseen in UNSEEN),
        ("\N{SMALL PLUS SIGN}1+1", "'\N{SMALL PLUS SIGN}1+1"),
        ("\N{SMALL COMMERCIAL AT}SUM(A1)", "'\N{SMALL COMMERCIAL AT}SUM(A1)"),
        ("\N{SUPERSCRIPT EQUALS SIGN}1+1", "'\N{SUPERSCRIPT EQUALS SIGN}1+1"),
    ],
)
def test_a_cell_is_text_or_a_number(value: object, expected: str) -> None:
    assert cell(value, ZONE) == expected


@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    shown = cell(text, ZONE).lstrip()
    if shown[:1] in ("=", "+", "-", "@"):
        float(shown)
