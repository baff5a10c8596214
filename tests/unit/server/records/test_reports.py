"""Texts of a report: rates, periods, names of sheets."""

from datetime import date

import pytest

from server.problems import ProblemError
from server.records.reports.figures import rate
from server.records.reports.report import Asked
from server.records.reports.workbook import _name


@pytest.mark.parametrize(
    ("passed", "failed", "text"),
    [(0, 0, "—"), (9999, 1, "99.9 %"), (26, 1, "96.2 % (26/27)"), (29, 1, "96.6 %"), (0, 3, "0.0 % (0/3)")],
)
def test_a_rate_is_rounded_down_and_says_a_small_denominator(passed: int, failed: int, text: str) -> None:
    assert rate(passed, failed) == text


def test_a_report_of_nothing_named_is_this_month_until_today() -> None:
    assert Asked().days(date(2026, 3, 9)) == (date(2026, 3, 1), date(2026, 3, 10))
    february = Asked.model_validate({"to": date(2026, 3, 1)})
    assert february.days(date(2026, 6, 9)) == (date(2026, 2, 1), date(2026, 3, 1))


def test_a_period_without_a_day_is_refused() -> None:
    empty = Asked.model_validate({"from": date(2026, 3, 1), "to": date(2026, 3, 1)})
    with pytest.raises(ProblemError):
        empty.days(date(2026, 6, 9))


def test_excel_takes_the_name_of_a_sheet() -> None:
    assert _name("since [1] January: 2026-01-01 to 2026-12-31") == "since  1  January  2026-01-01 t"
