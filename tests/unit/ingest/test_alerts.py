"""Alerts in the database: opened once, joined by what belongs to them, routed to who wants them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.terms import Verdict

FAIL = Verdict.FAIL


def _alerts(desk: Desk) -> list[tuple[str, str, str]]:
    return [(a, b, c) for a, b, c in desk.rows("SELECT rule, severity, state FROM alert ORDER BY opened_at, rule")]


def _steps(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("SELECT action FROM alert_step ORDER BY at, id")]


def test_a_failed_test_opens_one_alert_and_its_retests_join_it(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0, device_verdict=FAIL)))
    desk.take(station.topic, station.add(result(80.0, device_verdict=FAIL, is_retest=True)))
    desk.take(station.topic, station.add(result(12.0, is_retest=True)))
    assert _alerts(desk) == [("failed_test", "critical", "open")]
    assert _steps(desk) == ["opened", "joined", "joined"]
    assert desk.rows("SELECT note FROM alert_step ORDER BY at, id") == [
        ("failed (screening): 88.0 %",),
        ("failed (screening): 80.0 %",),
        ("passed: 12.0 %",),
    ]


def test_the_first_and_its_retest_in_one_batch_make_one_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result(88.0, device_verdict=FAIL))
    station.add(result(80.0, device_verdict=FAIL, is_retest=True))
    desk.take(station.topic, *station.bodies)
    assert _steps(desk) == ["opened", "joined"]


def test_each_failed_sample_has_an_alert_of_its_own(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in ("1", "2", ""):
        station.add(result(88.0, number=number, device_verdict=FAIL))
    station.add(result(88.0, number="", device_verdict=FAIL))
    desk.take(station.topic, *station.bodies)
    assert len(_alerts(desk)) == 4


def test_a_number_that_was_used_for_another_food_does_not_hide_behind_its_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0, commodity="菠菜", device_verdict=FAIL)))
    desk.take(station.topic, station.add(result(88.0, commodity="韭菜", device_verdict=FAIL)))
    assert len(_alerts(desk)) == 2


def test_an_alert_that_was_resolved_is_not_joined_but_opened_anew(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0, device_verdict=FAIL)))
    desk.connection.execute("UPDATE alert SET state = 'resolved'")
    desk.take(station.topic, station.add(result(70.0, device_verdict=FAIL)))
    desk.take(station.topic, station.add(result(10.0, number="3", is_retest=True)))
    assert [alert[2] for alert in _alerts(desk)] == ["resolved", "open"]
    assert _steps(desk) == ["opened", "opened"]


def test_a_device_that_says_pass_where_the_limit_says_fail_is_an_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0, device_verdict=Verdict.PASS)))
    assert _alerts(desk) == [("failed_test", "critical", "open"), ("verdicts_disagree", "warning", "open")]
    facts = desk.rows("SELECT facts FROM alert WHERE rule = 'verdicts_disagree'")[0][0]
    assert (facts["decided_verdict"], facts["device_verdict"]) == ("fail", "pass")


def test_an_alert_stands_in_the_feed_of_its_own_commit(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0, device_verdict=FAIL)))
    items = [item for row in desk.rows("SELECT items FROM feed") for item in json.loads(row[0])]
    assert [item["kind"] for item in items] == ["result", "alert"]
    assert items[1]["rule"] == "failed_test"
    assert desk.one("SELECT count(DISTINCT xid) FROM feed") == 1


def _subscribe(desk: Desk, name: str, **filters: list[str]) -> None:
    values = {"areas": [], "stations": [], "rules": [], "severities": [], "is_enabled": True} | filters
    desk.connection.execute(
        "INSERT INTO subscription (id, name, channel, address, secret, areas, stations, rules, severities, is_enabled)"
        " VALUES (%(id)s, %(name)s, 'webhook', '', '', %(areas)s, %(stations)s, %(rules)s, %(severities)s,"
        " %(is_enabled)s)",
        {"id": uuid4(), "name": name, **values},
    )


def test_a_delivery_knows_how_long_after_it_happened_the_news_came(desk: Desk) -> None:
    # Tests of now, of an hour ago, and of a clock that nobody believes: the last counts as of now.
    station = desk.station("market-1")
    desk.connection.execute(
        "INSERT INTO subscription (id, name, channel, address, secret) VALUES (%s, 'all', 'webhook', 'http://x', 's')",
        [uuid4()],
    )
    now = desk.one("SELECT now()")
    for number, time in enumerate((now, now - timedelta(hours=1), datetime(1970, 1, 2, tzinfo=UTC))):
        station.add(result(88.0, number=str(number), device_verdict=FAIL), time=time)
    desk.take(station.topic, *station.bodies)
    late = dict(desk.rows("SELECT sample, late_s FROM delivery JOIN alert ON alert.id = delivery.alert"))
    assert 0 <= late["0"] < 60
    assert 3600 <= late["1"] < 3660
    assert late["2"] == 0


def test_an_alert_gets_one_delivery_for_each_subscription_that_wants_it(desk: Desk) -> None:
    desk.connection.execute("INSERT INTO area VALUES ('d', NULL, '区'), ('d-1', 'd', '街道'), ('e', NULL, '它区')")
    station = desk.station("market-1")
    desk.connection.execute("UPDATE station SET area = 'd-1'")
    _subscribe(desk, "all")
    _subscribe(desk, "district", areas=["d"])
    _subscribe(desk, "street", areas=["d-1"])
    _subscribe(desk, "elsewhere", areas=["e"])
    _subscribe(desk, "this station's failures", stations=["market-1"], rules=["failed_test"])
    _subscribe(desk, "another station", stations=["market-2"])
    _subscribe(desk, "critical", severities=["critical"])
    _subscribe(desk, "warnings", severities=["warning"])
    desk.take(station.topic, station.add(result(88.0, device_verdict=FAIL)))
    desk.take(station.topic, station.add(result(88.0, device_verdict=FAIL, is_retest=True)))
    names = "SELECT name FROM delivery JOIN subscription ON subscription.id = delivery.subscription ORDER BY 1"
    assert [row[0] for row in desk.rows(names)] == [
        "all",
        "critical",
        "district",
        "street",
        "this station's failures",
    ]
    assert desk.one("SELECT count(DISTINCT state) FROM delivery WHERE next_attempt_at <= created_at") == 1


def test_a_second_body_under_a_number_is_quarantined_told_once_and_kept_as_disputed(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result())
    desk.take(station.topic, body)
    other = body.replace(b":12.5", b":11.5")
    for _ in range(3):
        outcome = desk.take(station.topic, other, body)
        assert [refusal.reason for refusal in outcome.refused] == ["forked"]
        assert len(outcome.there) == 1
    assert _alerts(desk) == [("stream_forked", "critical", "open")]
    assert _steps(desk) == ["opened"]
    assert desk.one("SELECT count(*) FROM quarantine") == 1
    assert desk.rows("SELECT value, flags FROM result ORDER BY value") == [(11.5, "disputed"), (12.5, "")]


def test_two_bodies_under_one_number_in_one_batch_are_a_fork(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result())
    outcome = desk.take(station.topic, body, body.replace(b":12.5", b":11.5"), body)
    assert (len(outcome.stored), len(outcome.there), [refusal.reason for refusal in outcome.refused]) == (
        1,
        1,
        ["forked"],
    )


def test_an_event_that_comes_again_under_another_number_or_stream_is_a_replay(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result())
    desk.take(station.topic, body)
    outcome = desk.take(station.topic, body.replace(b'"sequence":1', b'"sequence":2'))
    assert [refusal.reason for refusal in outcome.refused] == ["replayed"]
    other = ChainedStation("market-1")
    outcome = desk.take(station.topic, body.replace(str(station.stream).encode(), str(other.stream).encode()))
    assert [refusal.reason for refusal in outcome.refused] == ["replayed"]
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 1
    assert ("stream_replayed", "critical", "open") in _alerts(desk)


def test_when_the_first_of_two_rivals_in_a_batch_is_a_replay_the_second_is_stored(desk: Desk) -> None:
    station = desk.station("market-1")
    first = station.add(result())
    desk.take(station.topic, first)
    true = station.add(result(20.0))
    false = first.replace(b'"sequence":1', b'"sequence":2')
    outcome = desk.take(station.topic, false, true)
    assert [refusal.reason for refusal in outcome.refused] == ["replayed"]
    assert [event.body for event in outcome.stored] == [true]
