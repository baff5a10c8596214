"""The hours of a subscription, by the district's clock and calendar."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from server.delivery.hours import Window, next_opening
from server.working_days import WorkingDays

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = {"days": ["workday"], "from": "08:00", "to": "18:00"}
NIGHT = {"from": "22:00", "to": "06:00"}


def opening(now: str, *windows: dict[str, Any]) -> str:
    """Return when it opens, both by the clock of Shanghai."""
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI).astimezone(UTC)
    found = next_opening([Window.model_validate(window) for window in windows], at, SHANGHAI, WorkingDays())
    return f"{found.astimezone(SHANGHAI):%m-%d %H:%M}" if found else ""


@pytest.mark.parametrize(
    ("now", "windows", "opens"),
    [
        ("2026-03-02 10:00", [], "03-02 10:00"),
        ("2026-03-02 10:00", [OFFICE], "03-02 10:00"),
        ("2026-03-02 07:59", [OFFICE], "03-02 08:00"),
        ("2026-03-02 18:00", [OFFICE], "03-03 08:00"),
        ("2026-03-06 20:00", [OFFICE], "03-09 08:00"),
        # The first of May has five days off, and the Saturday behind it is a working day.
        ("2026-04-30 20:00", [OFFICE], "05-06 08:00"),
        ("2026-05-08 20:00", [OFFICE], "05-09 08:00"),
        ("2026-03-02 23:00", [NIGHT], "03-02 23:00"),
        ("2026-03-03 05:59", [NIGHT], "03-03 05:59"),
        ("2026-03-03 06:00", [NIGHT], "03-03 22:00"),
        ("2026-03-02 20:00", [OFFICE, NIGHT], "03-02 22:00"),
        ("2026-03-02 10:00", [{"days": ["sun"]}], "03-08 00:00"),
        ("2026-03-08 23:59", [{"days": ["sun"]}], "03-08 23:59"),
        ("2026-05-02 10:00", [{"days": ["day_off"], "from": "09:00", "to": "17:00"}], "05-02 10:00"),
    ],
)
def test_the_next_opening(now: str, windows: list[dict[str, Any]], opens: str) -> None:
    assert opening(now, *windows) == opens


@pytest.mark.parametrize("bad", [{"from": "8:00"}, {"to": "25:00"}, {"days": ["monday"]}, {"until": "08:00"}])
def test_hours_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Window.model_validate(bad)


def test_a_year_that_is_not_published_goes_by_the_day_of_the_week() -> None:
    calendar = WorkingDays()
    assert calendar.is_workday(date(2040, 10, 1))
    assert not calendar.is_workday(date(2040, 10, 6))
    assert (calendar.is_known(date(2040, 10, 1)), calendar.is_known(date(2026, 10, 1))) == (False, True)


def test_dates_that_the_district_names_go_first() -> None:
    calendar = WorkingDays(holidays=[date(2026, 3, 2)], workdays=[date(2040, 10, 6)])
    assert not calendar.is_workday(date(2026, 3, 2))
    assert calendar.is_workday(date(2040, 10, 6))
    assert calendar.is_known(date(2040, 10, 6))
