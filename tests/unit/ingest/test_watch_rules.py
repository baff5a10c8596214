"""The status of a station -> conditions: yes, no, or nobody can tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.watch.rules import RULES, Seen, conditions
from storage.thresholds import StationThresholds
from storage.watch import Condition
from wire.status import CertificateStatus, DeviceStatus, Status
from wire.terms import Rule

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
THRESHOLDS = StationThresholds.model_validate({})
HOUR = timedelta(hours=1)


def seen(*, ago_s: float = 5, state: str = "online", event_ago_s: float | None = 1, **status: Any) -> Seen:
    event_at = None if event_ago_s is None else NOW - timedelta(seconds=event_ago_s)
    return Seen("m1", NOW - timedelta(seconds=ago_s), state, Status(state="online", at=NOW, **status), event_at)


def judged(state: Seen, *, listening: timedelta | None = HOUR, **thresholds: Any) -> dict[str, Condition]:
    since = None if listening is None else NOW - listening
    wanted = StationThresholds.model_validate(thresholds)
    return {found.rule: found for found in conditions([state], wanted, NOW, since)}


def is_on(state: Seen, rule: Rule, **more: Any) -> bool | None:
    return judged(state, **more)[rule].is_on


def test_a_station_that_is_well_has_no_condition() -> None:
    device = DeviceStatus(name="tester", is_open=True, results=40, last_bytes_at=NOW)
    assert {condition.is_on for condition in judged(seen(devices=(device,))).values()} == {False}


def test_offline_or_an_online_that_was_not_renewed_is_offline() -> None:
    assert is_on(seen(state="offline"), Rule.STATION_OFFLINE)
    assert is_on(seen(ago_s=121), Rule.STATION_OFFLINE)
    assert is_on(seen(ago_s=119), Rule.STATION_OFFLINE) is False


def test_before_ingest_has_listened_for_a_while_nobody_can_tell_who_is_offline() -> None:
    for listening in (None, timedelta(seconds=10)):
        assert is_on(seen(ago_s=121), Rule.STATION_OFFLINE, listening=listening) is None
        assert is_on(seen(), Rule.STATION_OFFLINE, listening=listening) is False


def test_of_a_station_that_is_offline_nobody_can_tell_anything_else() -> None:
    device = DeviceStatus(name="tester", is_open=True, dead_letters=70, repeats=900, is_due=True)
    ending = CertificateStatus(ends_at=NOW + timedelta(days=2))
    bad: dict[str, Any] = {
        "certificate": ending,
        "waiting": 9,
        "oldest_waiting_s": 900,
        "full_since": NOW,
        "refused": 3,
        "devices": (device,),
    }
    on = {condition.rule for condition in judged(seen(**bad)).values() if condition.is_on}
    assert on == set(RULES) - {Rule.STATION_OFFLINE, Rule.DEVICE_OFFLINE, Rule.CAMERA_UNTRUSTED}
    found = judged(seen(ago_s=200, **bad))
    assert {condition.is_on for rule, condition in found.items() if rule != Rule.STATION_OFFLINE} == {None}


def test_events_wait_when_the_oldest_is_old() -> None:
    assert is_on(seen(waiting=400, oldest_waiting_s=119), Rule.STATION_WAITING) is False
    assert is_on(seen(waiting=1, oldest_waiting_s=121), Rule.STATION_WAITING)


def test_an_older_agent_does_not_say_for_how_long() -> None:
    assert is_on(seen(waiting=4, event_ago_s=119), Rule.STATION_WAITING) is False
    assert is_on(seen(waiting=4, event_ago_s=121), Rule.STATION_WAITING)
    assert is_on(seen(waiting=4, event_ago_s=None), Rule.STATION_WAITING)
    assert is_on(seen(event_ago_s=9000), Rule.STATION_WAITING) is False


def test_a_rate_is_opened_above_one_bound_and_over_below_another() -> None:
    def letters(count: int, results: int = 9) -> bool | None:
        device = DeviceStatus(name="tester", dead_letters=count, results=results)
        return is_on(seen(devices=(device,)), Rule.DEAD_LETTERS)

    assert [letters(count) for count in (0, 1, 2, 4, 5, 500)] == [False, False, None, None, True, True]
    assert [letters(count, results=0) for count in (0, 1, 2, 3)] == [False, False, None, True], "no result at all"


def test_a_device_is_missed_within_its_hours_alone() -> None:
    def device(**state: Any) -> dict[str, bool | None]:
        found = judged(seen(devices=(DeviceStatus(name="tester", **state),)))
        return {rule: found[rule].is_on for rule in (Rule.DEVICE_OFFLINE, Rule.DEVICE_SILENT)}

    assert device(is_open=True, is_due=True) == {"device_offline": False, "device_silent": True}
    assert device(is_open=False) == {"device_offline": True, "device_silent": None}
    assert device(is_open=False, is_expected=False) == {"device_offline": None, "device_silent": None}
    assert device(is_open=True, is_expected=False) == {"device_offline": False, "device_silent": None}


def test_each_device_has_an_alert_of_its_own() -> None:
    devices = tuple(DeviceStatus(name=name, dead_letters=9) for name in ("a", "b"))
    keys = {
        condition.key
        for condition in conditions([seen(devices=devices)], THRESHOLDS, NOW, NOW - HOUR)
        if condition.is_on
    }
    assert {"dead_letters/m1/a", "dead_letters/m1/b"} <= keys


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    assert Rule.STATION_FULL not in judged(seen(full_since=NOW), station_full={"is_on": False})


def test_a_certificate_that_ends_soon_or_is_not_renewed_is_told() -> None:
    def told(days: float | None, failures: int = 0) -> bool | None:
        ends_at = None if days is None else NOW + timedelta(days=days)
        return is_on(seen(certificate=CertificateStatus(ends_at=ends_at, failures=failures)), Rule.CERTIFICATE_ENDS)

    assert [told(days) for days in (90, 29, 22, 20, -1)] == [False, False, False, True, True]
    assert told(None, 1) is True, "it cannot be read"
    not_looked = seen(certificate=CertificateStatus())
    assert Rule.CERTIFICATE_ENDS not in judged(not_looked), "an older station that has just started"
    assert [told(40, failures) for failures in (2, 3)] == [False, True]
    assert Rule.CERTIFICATE_ENDS not in judged(seen()), "a station without a certificate"
