"""Opening hours, also over midnight."""

from datetime import datetime

import pytest

from edge.hours import Hours, HoursError, is_open

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  a local time


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(day=23 + day, hour=hour, minute=minute)


def test_days_and_times() -> None:
    hours = Hours.parse("Mon-Fri 06:00-14:30")
    assert hours.has(at(0, 6))
    assert hours.has(at(4, 14, 29))
    assert not hours.has(at(0, 5, 59))
    assert not hours.has(at(0, 14, 30))
    assert not hours.has(at(5, 8))


def test_over_midnight_belongs_to_the_evening_before() -> None:
    hours = Hours.parse("Fri 22:00-05:00")
    assert hours.has(at(4, 23))
    assert hours.has(at(5, 4))
    assert not hours.has(at(4, 4))
    assert not hours.has(at(5, 23))


def test_days_run_over_the_end_of_the_week() -> None:
    hours = Hours.parse("Sat-Mon 00:00-24:00")
    assert [hours.has(at(day, 12)) for day in range(7)] == [True, False, False, False, False, True, True]


def test_none_given_is_always_open() -> None:
    assert is_open((), at(0, 3))
    assert not is_open((Hours.parse("06:00-07:00"),), at(0, 3))


@pytest.mark.parametrize("text", ["", "6:00-7:00", "Mon 25:00-26:00", "Xyz 06:00-07:00", "06:00-06:00", "06:00"])
def test_nonsense_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(HoursError, match=r"write it as|no time of day|days are|begins when"):
        Hours.parse(text)
