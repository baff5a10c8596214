"""An alert carries what a person needs: its tests, the limit that decided, what came before, what to do now."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from server.access.caller import EVERYTHING, Reach
from server.records.alerts.rows import AlertInFull, in_full
from server.records.alerts.todo import todo_of
from tests.support.server import add_alert, add_result, add_station, now
from tests.support.transactions import within
from wire.life import LIVE
from wire.terms import AlertState, Rule, Verdict
from wire.words import TODO

Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        add_station(connection, "m2")
        yield connection


def look(dsn: str, alert: UUID, reach: Reach = EVERYTHING) -> AlertInFull:
    return within(dsn, lambda transaction: in_full(transaction, reach, alert))


def join(database: Connection, alert: UUID, event: UUID) -> None:
    database.execute(
        "INSERT INTO alert_step (id, alert, at, action, event) VALUES (%s, %s, now(), 'joined', %s)",
        [uuid7(), alert, event],
    )


def test_the_tests_the_limit_and_what_to_do_now(dsn: str, database: Connection) -> None:
    failed = {
        "value": 63.1,
        "value_text": "63.1",
        "verdict": "fail",
        "decided_verdict": "fail",
        "device_verdict": "pass",
    }
    made_at = now() - timedelta(hours=3)
    first = add_result(database, "m1", recorded_at=made_at, **failed)
    facts = {"value": 63.1, "value_text": "63.1", "unit": "%", "decided_by": "pesticide-inhibition-5009.199"}
    alert = add_alert(database, "m1", event=first, facts=json.dumps(facts), caused_at=made_at)
    join(database, alert, first)
    found = look(dsn, alert)
    assert found.limit
    assert (found.limit.comparison, found.limit.value, found.limit.standard) == (">=", 50.0, "GB/T 5009.199")
    (test,) = found.tests
    assert (test.verdict, test.decided_verdict, test.device_verdict) == ("fail", "fail", "pass")
    assert test.late_s == pytest.approx(3 * 3600, abs=60)
    assert found.late_s == pytest.approx(3 * 3600, abs=60)
    assert found.todo == "failed_test"
    for verdict, todo in (("fail", "failed_test_again"), ("pass", "failed_test_passed"), ("invalid", "failed_test")):
        join(database, alert, add_result(database, "m1", verdict=verdict, decided_verdict=verdict, is_retest=True))
        found = look(dsn, alert)
        assert (found.tests[-1].is_retest, found.tests[-1].late_s, found.todo) == (True, None, todo)
    assert len(found.tests) == 4
    assert found.link == f"/alerts?open={alert}"


def test_earlier_alerts_of_the_same_stall_food_supplier_and_device(dsn: str, database: Connection) -> None:
    place = {"stall": "A-12", "supplier": "绿源", "commodity": "韭菜", "device": "tester"}
    then = now() - timedelta(days=1)
    same = [add_alert(database, "m1", **place, opened_at=then + timedelta(minutes=n)) for n in range(7)]
    add_alert(database, "m2", **place, opened_at=then)
    add_alert(database, "m1", **place, opened_at=now() - timedelta(days=200))
    add_alert(database, "m1", **place, opened_at=then, rule="verdicts_disagree")
    alert = add_alert(database, "m1", **place)
    add_alert(database, "m1", **place, opened_at=now() + timedelta(seconds=60))
    found = look(dsn, alert).earlier
    assert {way: earlier.count for way, earlier in found.items()} == {"stall": 7, "food": 8, "supplier": 8, "device": 7}
    assert [one.id for one in found["stall"].items] == list(reversed(same))[:5]
    near = look(dsn, alert, Reach(frozenset(), frozenset({"m1"}))).earlier
    assert near["food"].count == 7, "no more than the caller may see"
    bare = add_alert(database, "m1", commodity="", device="")
    assert look(dsn, bare).earlier == {}


def test_every_rule_says_what_to_do_and_nothing_is_left_to_do_when_it_is_done() -> None:
    codes = {todo_of(rule, state) for rule in Rule for state in LIVE}
    assert codes | {"failed_test_again", "failed_test_passed"} == set(TODO)
    assert todo_of(Rule.FAILED_TEST, AlertState.RESOLVED, [Verdict.FAIL]) == ""
