"""First contact, every day after, and a station that was away."""

from datetime import date

from firmware_adapters.day_ranges import DayRanges


def test_days_are_asked_again_until_they_were_answered() -> None:
    day = [date(2026, 3, 9)]
    ranges = DayRanges(lambda: day[0], 7)
    for _ in range(2):
        assert ranges.next() == (date(2026, 3, 2), date(2026, 3, 10))
    ranges.answered()
    assert ranges.next() == (date(2026, 3, 8), date(2026, 3, 10))
    day[0] = date(2026, 3, 12)
    assert ranges.next() == (date(2026, 3, 8), date(2026, 3, 13))
    ranges.answered()
    assert ranges.next() == (date(2026, 3, 11), date(2026, 3, 13))
    day[0] = date(2026, 3, 1)
    assert ranges.next() == (date(2026, 2, 28), date(2026, 3, 2))


def test_without_a_day_there_is_nothing_to_ask() -> None:
    assert DayRanges(None, 7).next() is None
