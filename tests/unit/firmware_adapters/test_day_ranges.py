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


def test_a_clock_of_ours_that_went_back_asks_as_at_first_contact() -> None:
    day = [date(2039, 1, 1)]
    ranges = DayRanges(lambda: day[0], 7)
    ranges.next()
    ranges.answered()
    day[0] = date(2026, 3, 9)
    assert ranges.next() == (date(2026, 3, 2), date(2026, 3, 10)), "those days were never asked for while it was 2039"
    ranges.answered()
    assert ranges.next() == (date(2026, 3, 8), date(2026, 3, 10))


def test_yesterday_is_asked_for_also_where_no_day_back_is_wanted_at_first_contact() -> None:
    assert DayRanges(lambda: date(2026, 3, 9), 0).next() == (date(2026, 3, 8), date(2026, 3, 10))


def test_without_a_day_there_is_nothing_to_ask() -> None:
    assert DayRanges(None, 7).next() is None
