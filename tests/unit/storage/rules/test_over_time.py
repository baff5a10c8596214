"""Rules over time on real rows: what goes on at a time, and what there would have been in a period."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from uuid_utils.compat import uuid7

from storage.rules.dry_run import Period, Tried
from storage.rules.engine import Named
from storage.rules.episodes import on_now, stations_of
from storage.rules.file import read_rule
from storage.rules.over_time import TimeRule
from storage.rules.table import places
from storage.rules.trial import try_rule
from storage.steps import run
from tests.support.desk import Desk
from tests.support.own_rules import TITLE
from tests.support.server import add_reading, add_result

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, tzinfo=ZONE)


def at(clock: str, day: int = 0) -> datetime:
    """Return a time of the week, as the database has it."""
    hour, minute = map(int, clock.split(":"))
    return (MONDAY + timedelta(days=day, hours=hour, minutes=minute)).astimezone(UTC)


def over_time(check: str, **more: Any) -> TimeRule:
    found, mistakes = read_rule("own", {"check": check, "severity": "warning", "title": TITLE, **more})
    assert isinstance(found, TimeRule), mistakes
    return found


def going_on(desk: Desk, rule: TimeRule, now: datetime) -> list[tuple[str, str, str]]:
    with desk.connection.cursor() as cursor:
        stations = stations_of(rule, run(cursor, places()))
        return [(one.station, one.device, one.name) for one in run(cursor, on_now(rule, stations, now, ZONE))]


def tried(desk: Desk, rule: TimeRule, *, days: int = 7, is_over: bool = False) -> Tried:
    period = Period(at("00:00"), at("00:00", days), ZONE, None, lambda: is_over)
    with desk.connection.cursor() as cursor:
        return run(cursor, try_rule(Named("own", rule), period))


def begins(outcome: Tried) -> list[tuple[str, str]]:
    """Return when each alert would have been opened, the first one first."""
    return [(one.station, f"{one.at.astimezone(ZONE):%a %H:%M}") for one in reversed(outcome.listed)]


@pytest.fixture
def market(desk: Desk) -> str:
    desk.station("market")
    return "market"


def test_no_tests_by_nine(desk: Desk, market: str) -> None:
    desk.rows("INSERT INTO station (name, kind) VALUES ('school', 'school') RETURNING 1")
    rule = over_time("no_tests_by", by="09:00", days=["mon", "tue", "wed"], kinds=["market"])
    add_result(desk.connection, market, recorded_at=at("08:59"))
    add_result(desk.connection, market, recorded_at=at("07:00", 1), role="control")
    add_result(desk.connection, market, recorded_at=at("10:30", 1))
    assert going_on(desk, rule, at("09:00")) == []
    assert going_on(desk, rule, at("08:59", 1)) == []
    assert going_on(desk, rule, at("09:00", 1)) == [("market", "", "2026-03-03")]
    assert going_on(desk, rule, at("10:31", 1)) == []
    assert going_on(desk, rule, at("23:59", 2)) == [("market", "", "2026-03-04")]
    assert going_on(desk, rule, at("00:01", 3)) == []
    outcome = tried(desk, rule)
    assert begins(outcome) == [("market", "Tue 09:00"), ("market", "Wed 09:00")]
    assert (outcome.alerts, outcome.events, outcome.is_cut) == (2, 7, False)
    assert outcome.listed[1].seen["first_at"].startswith("2026-03-03T02:30:00")


def test_a_dry_run_over_time_is_cut_after_a_whole_day(desk: Desk, market: str) -> None:
    outcome = tried(desk, over_time("no_tests_by", by="09:00"), is_over=True)
    assert (outcome.alerts, outcome.events, outcome.is_cut) == (1, 1, True)
    assert outcome.looked_from == at("00:00", 6)


def test_a_silent_station_in_its_hours(desk: Desk, market: str) -> None:
    rule = over_time("silent_station", **{"from": "07:00", "to": "12:00", "for_min": 90, "days": ["mon", "tue"]})
    for clock in ("06:00", "07:30", "08:00", "10:30", "11:00"):
        add_result(desk.connection, market, recorded_at=at(clock))
    assert going_on(desk, rule, at("09:29")) == []
    assert going_on(desk, rule, at("09:31")) == [("market", "", "")]
    assert going_on(desk, rule, at("10:31")) == []
    assert going_on(desk, rule, at("13:00")) == []
    assert going_on(desk, rule, at("08:31", 1)) == [("market", "", "")]
    assert begins(tried(desk, rule)) == [("market", "Mon 09:30"), ("market", "Tue 08:30")]


def test_a_silent_device_beside_one_that_works(desk: Desk, market: str) -> None:
    for device, last in (("old", None), ("a", at("07:00")), ("b", at("07:00"))):
        desk.rows(
            "INSERT INTO device (station, name, last_result_at) VALUES ('market', %s, %s) RETURNING 1", device, last
        )
    for minute in range(0, 300, 20):
        add_result(desk.connection, market, device="a", recorded_at=at("07:00") + timedelta(minutes=minute))
    rule = over_time("silent_device", **{"from": "07:00", "to": "12:00", "for_min": 60, "days": ["mon"]})
    assert going_on(desk, rule, at("08:30")) == [("market", "b", "")]
    assert begins(tried(desk, rule)) == [("market", "Mon 08:00")]


def test_a_rate_of_failed_tests_has_a_least_denominator(desk: Desk, market: str) -> None:
    rule = over_time("failure_rate", percent=20, at_least=10, within_h=3)
    for number in range(9):
        verdict = "fail" if number < 5 else "pass"
        add_result(desk.connection, market, recorded_at=at("08:00"), verdict=verdict, sample=str(number))
    assert going_on(desk, rule, at("08:30")) == []
    add_result(desk.connection, market, recorded_at=at("08:20"), role="control", verdict="fail")
    assert going_on(desk, rule, at("08:30")) == []
    add_result(desk.connection, market, recorded_at=at("08:25"), verdict="pass")
    assert going_on(desk, rule, at("08:30")) == [("market", "", "")]
    assert going_on(desk, rule, at("11:30")) == []
    outcome = tried(desk, rule)
    assert begins(outcome) == [("market", "Mon 09:00")]
    assert outcome.listed[0].seen == {"tests": 10, "failed": 5, "percent": 50.0}


def test_a_reading_out_of_range_for_a_time(desk: Desk, market: str) -> None:
    rule = over_time("reading_out", quantity="air_temperature", above=8, unit="degC", for_min=30)
    for minute, value in enumerate([5, 9, 9, 5, *[9] * 40, 5]):
        add_reading(desk.connection, market, value=value, recorded_at=at("08:00") + timedelta(minutes=minute))
    add_reading(desk.connection, market, value=90, unit="degF", channel=4, recorded_at=at("08:00"))
    assert going_on(desk, rule, at("08:33")) == []
    assert going_on(desk, rule, at("08:36")) == [("market", "cold-1", "3")]
    assert going_on(desk, rule, at("08:50")) == []
    assert begins(tried(desk, rule)) == [("market", "Mon 08:34")]


def _camera(desk: Desk, key: Any, phase: str, when: datetime, kind: str = "dark") -> None:
    desk.rows(
        "INSERT INTO camera_event (event, recorded_at, station, device, key, phase, kind, zone, evidence, flags)"
        " VALUES (%s, %s, 'market', 'kitchen', %s, %s, %s, '', '{}', '') RETURNING 1",
        *(uuid7(), when, key, phase, kind),
    )


def test_a_blind_camera(desk: Desk, market: str) -> None:
    rule = over_time("camera_blind", for_min=15)
    short, long, on, finding = (uuid7() for _ in range(4))
    _camera(desk, short, "start", at("08:00"))
    _camera(desk, short, "end", at("08:10"))
    _camera(desk, long, "start", at("09:00"))
    _camera(desk, long, "end", at("10:00"))
    _camera(desk, on, "start", at("12:00"))
    _camera(desk, finding, "start", at("12:00"), "rodent")
    assert going_on(desk, rule, at("09:14")) == []
    assert going_on(desk, rule, at("09:30")) == [("market", "kitchen", "dark")]
    assert going_on(desk, rule, at("11:00")) == []
    assert going_on(desk, rule, at("12:16", 1)) == [("market", "kitchen", "dark")]
    assert begins(tried(desk, rule)) == [("market", "Mon 09:15"), ("market", "Mon 12:15")]


def test_an_unstable_device_is_one_alert_however_often_it_changes(desk: Desk, market: str) -> None:
    rule = over_time("unstable", changes=20, within_min=60)
    for number in range(125):
        when = at("08:00") + timedelta(seconds=28.8 * number)
        desk.rows("INSERT INTO state_change VALUES ('market', 'tester', %s, %s) RETURNING 1", when, uuid7())
    assert going_on(desk, rule, at("08:05")) == []
    assert going_on(desk, rule, at("08:30")) == [("market", "tester", "")]
    assert going_on(desk, rule, at("10:30")) == []
    outcome = tried(desk, rule)
    assert begins(outcome) == [("market", "Mon 08:09")]


def test_a_rule_over_time_is_for_its_areas_kinds_and_enrolled_stations(desk: Desk, market: str) -> None:
    desk.rows("INSERT INTO area (code, name) VALUES ('city', '') RETURNING 1")
    desk.rows("INSERT INTO area (code, name, parent) VALUES ('east', '', 'city') RETURNING 1")
    for name, kind, area, standing in (
        ("in", "market", "east", "enrolled"),
        ("gone", "market", "east", "retired"),
        ("school", "school", "east", "enrolled"),
    ):
        desk.rows(
            "INSERT INTO station (name, kind, area, standing) VALUES (%s, %s, %s, %s) RETURNING 1",
            *(name, kind, area, standing),
        )
    with desk.connection.cursor() as cursor:
        known = run(cursor, places())
    assert stations_of(over_time("no_tests_by", by="09:00", areas=["city"], kinds=["market"]), known) == ["in"]
    assert stations_of(over_time("no_tests_by", by="09:00"), known) == ["in", "market", "school"]
    assert stations_of(over_time("no_tests_by", by="09:00"), known, ["school"]) == ["school"]


@pytest.mark.parametrize(
    ("check", "more", "key"),
    [
        ("no_tests", {}, "rule.own.check"),
        ("no_tests_by", {}, "rule.own.by"),
        ("no_tests_by", {"by": "9:00"}, "rule.own.by"),
        ("no_tests_by", {"by": "09:00", "days": ["monday"]}, "rule.own.days.0"),
        ("failure_rate", {"percent": 20, "within_h": 3}, "rule.own.at_least"),
        ("failure_rate", {"percent": 20, "within_h": 3, "at_least": 1}, "rule.own.at_least"),
        ("silent_station", {"from": "12:00", "to": "07:00", "for_min": 5}, "rule.own"),
        ("reading_out", {"quantity": "x", "unit": "", "for_min": 1}, "rule.own"),
        ("unstable", {"changes": 20, "within_min": 60, "when": "true"}, "rule.own.when"),
    ],
)
def test_a_mistake_in_a_rule_over_time_is_named(check: str, more: dict[str, Any], key: str) -> None:
    found, mistakes = read_rule("own", {"check": check, "severity": "warning", "title": TITLE, **more})
    assert found is None
    assert mistakes[0].key == key
