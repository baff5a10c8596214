"""Own rules in ingest: what they raise, what they saw, and that a bad one stops nothing."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from storage.rules.faults import MOST_FAILURES
from storage.rules.quiet import quiet_until
from storage.rules.rule import Quiet
from tests.support.desk import desk
from tests.support.own_rules import put_rule
from tests.support.station import START, result
from wire.kinds.reading import ReadingV1

ZONE = ZoneInfo("Asia/Shanghai")
OWN = "SELECT rule, severity, station, item, sample, facts FROM alert WHERE rule LIKE 'own%%' ORDER BY opened_at, id"


def test_a_rule_holds_for_whatever_comes_after_it_was_saved(dsn: str) -> None:
    with desk(dsn) as centre:
        station = centre.station("market-1")
        centre.take(station.topic, station.add(result(45.0, number="1")))
        put_rule(centre.connection, "own_near", 'value >= 40.0 && value < 50.0 && item == "pesticide_inhibition"')
        centre.take(station.topic, station.add(result(45.0, number="2")), station.add(result(12.0, number="3")))
        ((rule, severity, name, item, sample, facts),) = centre.rows(OWN)
        assert (rule, severity, name, item, sample) == ("own_near", "warning", "market-1", "pesticide_inhibition", "2")
        assert facts["seen"] == {"value": 45.0, "item": "pesticide_inhibition"}
        assert facts["title"] == {"en": "Near the limit", "zh": "接近限值"}
        assert facts["version"] == centre.one("SELECT version FROM alert_rule")
        # Said again of the same sample: a step of the same alert.
        centre.take(station.topic, station.add(result(46.0, number="2")))
        assert len(centre.rows(OWN)) == 1
        assert centre.rows("SELECT action FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'own_near'") == [
            ("opened",),
            ("joined",),
        ]


def test_a_rule_is_for_its_areas_with_those_below_and_for_its_stations(dsn: str) -> None:
    with desk(dsn) as centre:
        centre.rows("INSERT INTO area (code, name) VALUES ('city', '') RETURNING 1")
        centre.rows("INSERT INTO area (code, name, parent) VALUES ('east', '', 'city') RETURNING 1")
        inside, outside = centre.station("inside"), centre.station("outside")
        centre.rows("UPDATE station SET area = 'east' WHERE name = 'inside' RETURNING 1")
        put_rule(centre.connection, "own_city", "value > 1", areas=["city"])
        put_rule(centre.connection, "own_one", "value > 1", stations=["outside"])
        put_rule(centre.connection, "own_off", "value > 1", is_on=False)
        for station in (inside, outside):
            centre.take(station.topic, station.add(result(2.0)))
        assert [row[:3] for row in centre.rows(OWN)] == [
            ("own_city", "warning", "inside"),
            ("own_one", "warning", "outside"),
        ]


@pytest.mark.parametrize(
    "when",
    ["7 / (channel + 1) >= 0", 'int(value * 1e300) > 0 || item == ""'],
    ids=["division by zero", "overflow"],
)
def test_a_rule_that_fails_is_counted_then_off_and_told_and_takes_nothing_along(dsn: str, when: str) -> None:
    with desk(dsn) as centre:
        station = centre.station("market-1")
        put_rule(centre.connection, "own_bad", when)
        put_rule(centre.connection, "own_good", "value > 1")
        count = MOST_FAILURES + 5
        for number in range(count):
            centre.take(station.topic, station.add(result(2.0, number=str(number))))
        assert centre.one("SELECT count(*) FROM result") == count
        assert len([row for row in centre.rows(OWN) if row[0] == "own_good"]) >= 1
        failures, is_off = centre.rows("SELECT failures, off_at IS NOT NULL FROM alert_rule_fault")[0]
        assert is_off
        assert MOST_FAILURES <= failures <= count
        centre.store.refresh(centre.connection)
        centre.take(station.topic, station.add(result(2.0, number="after")))
        assert centre.one("SELECT failures FROM alert_rule_fault") == failures
        told = "SELECT station, facts ->> 'name', state FROM alert WHERE rule = 'rule_broken'"
        assert centre.rows(told) == [("", "own_bad", "open")]
        # Changed, it begins anew, and the alert ends.
        put_rule(centre.connection, "own_bad", "value > 100")
        assert centre.rows("SELECT 1 FROM alert_rule_fault") == []
        assert centre.rows(told) == [("", "own_bad", "resolved")]


def test_a_value_that_could_not_be_read_is_no_failure_of_a_rule(dsn: str) -> None:
    with desk(dsn) as centre:
        station = centre.station("market-1")
        put_rule(centre.connection, "own_high", "value > 50")
        put_rule(centre.connection, "own_none", "value == null")
        centre.take(station.topic, station.add(result(None, device_verdict=None)))
        assert [row[0] for row in centre.rows(OWN)] == ["own_none"]
        assert centre.rows("SELECT 1 FROM alert_rule_fault") == []


def test_a_row_that_is_no_rule_is_not_run(dsn: str) -> None:
    """Write the table past the check: that cannot stop ingest either."""
    endless = "flags.exists(a, flags.exists(b, a == b))"
    with desk(dsn) as centre:
        station = centre.station("market-1")
        for name, when in (("own_endless", endless), ("own_sum", "1" + "+1" * 20000 + " > 0")):
            body = f'{{"on": "result", "when": "{when}", "severity": "info", "title": {{"en": "x", "zh": "x"}}}}'
            centre.rows("INSERT INTO alert_rule (name, body) VALUES (%s, %s::jsonb) RETURNING 1", name, body)
        centre.rows("INSERT INTO alert_rule (name, body) VALUES ('own_empty', '[]') RETURNING 1")
        put_rule(centre.connection, "own_good", "value > 1")
        centre.take(station.topic, station.add(result(2.0)))
        assert [row[0] for row in centre.rows(OWN)] == ["own_good"]


def test_readings_of_a_day_and_device_are_one_alert_with_one_step(dsn: str) -> None:
    with desk(dsn) as centre:
        station = centre.station("market-1")
        put_rule(centre.connection, "own_warm", 'quantity == "air_temperature" && value > 8.0', on="reading")
        for value in (9.0, 9.5, 10.0):
            centre.take(station.topic, station.add(ReadingV1(quantity="air_temperature", value=value, unit="degC")))
        assert len(centre.rows(OWN)) == 1
        assert centre.one("SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'own_warm'") == 1


@pytest.mark.parametrize(
    ("since", "until", "clock", "ends"),
    [
        ("22:00", "06:00", "23:30", (3, "06:00")),
        ("22:00", "06:00", "05:59", (2, "06:00")),
        ("22:00", "06:00", "06:00", None),
        ("22:00", "06:00", "12:00", None),
        ("12:00", "14:00", "12:00", (2, "14:00")),
        ("12:00", "14:00", "14:00", None),
    ],
)
def test_quiet_hours(since: str, until: str, clock: str, ends: tuple[int, str] | None) -> None:
    now = datetime.combine(START.date(), time.fromisoformat(clock), ZONE).astimezone(UTC)
    found = quiet_until(Quiet.model_validate({"from": since, "to": until}), now, ZONE)
    wanted = ends and datetime.combine(START.date().replace(day=ends[0]), time.fromisoformat(ends[1]), ZONE)
    assert found == wanted


def test_an_alert_within_quiet_hours_is_told_at_their_end_but_for_a_critical_one(dsn: str) -> None:
    always = {"from": "00:00", "to": "23:59"}
    with desk(dsn) as centre:
        station = centre.station("market-1")
        centre.rows(
            "INSERT INTO subscription (id, name, channel, address, secret)"
            " VALUES (gen_random_uuid(), 'x', 'webhook', 'https://x.example', 'whsec_eA==') RETURNING 1"
        )
        put_rule(centre.connection, "own_quiet", "value < 10", quiet=always)
        put_rule(centre.connection, "own_loud", "value < 10", quiet=always, severity="critical")
        centre.take(station.topic, station.add(result(2.0)))
        due = dict(
            centre.rows(
                "SELECT a.rule, d.next_attempt_at = coalesce((a.facts ->> 'quiet_until')::timestamptz, a.opened_at)"
                " AND (d.next_attempt_at > a.opened_at) = (a.rule = 'own_quiet' AND now()::time <> '15:59')"
                " FROM alert a JOIN delivery d ON d.alert = a.id"
            )
        )
        assert due == {"own_quiet": True, "own_loud": True}
