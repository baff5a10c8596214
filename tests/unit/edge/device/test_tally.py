"""Counters of the last hour."""

from collections import Counter
from datetime import UTC, datetime

from edge.device.last_results import LastResult
from edge.device.tally import LastHour, Tally


def test_an_hour_later_a_count_is_gone() -> None:
    hour = LastHour()
    hour.add(Counter(results=2), now=0.0)
    hour.add(Counter(results=3), now=30 * 60.0)
    assert hour.totals(59 * 60.0)["results"] == 5
    assert hour.totals(60 * 60.0)["results"] == 3
    assert hour.totals(91 * 60.0)["results"] == 0


def test_sixty_minutes_are_kept_and_no_more_however_often_it_is_counted() -> None:
    hour = LastHour()
    for second in range(0, 4 * 3600, 7):
        hour.add(Counter(dead_letters=1), float(second))
    assert len(hour._minutes) == 60
    assert 59 * 60 / 7 - 1 <= hour.totals(4 * 3600.0 - 1)["dead_letters"] <= 3600 / 7 + 1


def test_the_last_result_stays_while_only_dead_letters_come() -> None:
    tally, at = Tally(lambda: 0.0), datetime(2026, 1, 10, tzinfo=UTC)
    tally.count(results=1, last_result=LastResult(at))
    tally.count(dead_letters=4)
    assert tally.last_result == LastResult(at)
    assert tally.last_hour() == Counter(results=1, dead_letters=4, repeats=0)


def test_a_new_result_and_a_look_are_news_and_a_repeat_or_garbage_is_none() -> None:
    tally = Tally(lambda: 0.0)
    tally.count(repeats=3, dead_letters=1)
    assert tally.news == 0
    tally.count(results=2)
    tally.look()
    assert tally.news == 3
