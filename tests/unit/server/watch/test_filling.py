"""A centre that fills up says so long before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.watch.filling import Before, Place, conditions, days_left, of_folder
from storage.thresholds import CentreThresholds

GIB = 1 << 30
NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
THRESHOLD = CentreThresholds.model_validate({}).filling_up


def week_ago(name: str, gib: float) -> Before:
    return Before(name, NOW - timedelta(days=7), int(gib * GIB))


def is_on(place: Place, *before: Before) -> bool | None:
    (found,) = conditions([place], before, THRESHOLD, NOW)
    return found.is_on


def test_a_place_is_full_in_so_many_days_at_the_pace_of_the_last_week() -> None:
    assert days_left(Place("media", 70 * GIB, 100 * GIB), week_ago("media", 49), NOW) == 10.0
    assert days_left(Place("media", 70 * GIB, 100 * GIB), week_ago("media", 71), NOW) is None
    assert days_left(Place("media", 70 * GIB, 100 * GIB), None, NOW) is None


def test_a_backlog_of_an_hour_is_no_pace() -> None:
    before = Before("media", NOW - timedelta(hours=1), 40 * GIB)
    assert not is_on(Place("media", 60 * GIB, 100 * GIB), before)


def test_it_is_said_a_fortnight_before_or_at_85_percent() -> None:
    assert is_on(Place("media", 70 * GIB, 100 * GIB), week_ago("media", 49))
    assert not is_on(Place("media", 70 * GIB, 100 * GIB), week_ago("media", 60))
    assert is_on(Place("media", 85 * GIB, 100 * GIB))
    assert not is_on(Place("media", 84 * GIB, 100 * GIB))


def test_a_place_without_a_limit_cannot_be_full() -> None:
    assert conditions([Place("database", 70 * GIB, 0)], (), THRESHOLD, NOW) == []


def test_what_is_said_names_the_place_in_both_languages() -> None:
    (found,) = conditions([Place("media", 70 * GIB, 100 * GIB)], [week_ago("media", 49)], THRESHOLD, NOW)
    assert found.key == "filling_up/media"
    assert found.facts["en"] == "media: 70 % used, 30.0 GiB free, full in 10 days"
    assert found.facts["zh"] == "media：已用 70 %，剩余 30.0 GiB，约 10 天后用尽"


def test_a_folder_that_is_not_there_yet_will_lie_on_the_disk_above(tmp_path: Path) -> None:
    found = of_folder("media", tmp_path / "not" / "yet")
    assert found.most == of_folder("media", tmp_path).most
    assert 0 < found.used < found.most
