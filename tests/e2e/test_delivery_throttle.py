"""More alerts than a receiver takes: nobody is flooded, nothing is missing. Counted by ground truth."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.support.people import add_person
from tests.support.server import add_alert, add_delivery, add_station, add_subscription, serving
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, Received, receiving

Connection = psycopg.Connection[Any]
QUICK = {
    "allow_private_addresses": True,
    "ports": [],
    "retry_first_s": 0.05,
    "retry_longest_s": 0.1,
    "poll_s": 0.5,
    "digest_s": 1.0,
}
TAKEN = Answer(200, body=b'{"errcode":0,"errmsg":"ok"}')
PATIENCE_S = 120.0
# Samples of alerts, and where they are.
PLACES = {"first": "chaoyang-01", "foreign": "west-01", "second": "chaoyang-01"}


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market")
        yield connection


def robot(database: Connection, address: str) -> UUID:
    return add_subscription(database, address, channel="dingtalk", secret=None)


def flood(database: Connection, subscription: UUID, count: int) -> None:
    with database.transaction():
        for number in range(count):
            alert = add_alert(database, "chaoyang-01", sample=str(number))
            add_delivery(database, alert, subscription)


def left(database: Connection, state: str = "delivered") -> int:
    row = database.execute("SELECT count(*) FROM delivery WHERE state <> %s", [state]).fetchone()
    assert row
    return int(row[0])


def told(request: Received) -> int:
    """Return how many alerts a message tells of, as a person would count them."""
    text = json.loads(request.body)["text"]["content"]
    many = re.search(r"】(\d+) 条预警", text)
    return int(many[1]) if many else 1


def test_a_thousand_alerts_in_a_moment_flood_no_group_and_none_is_missing(dsn: str, database: Connection) -> None:
    with receiving(lambda _: TAKEN) as receiver, receiving() as hook, serving(dsn, delivery=QUICK):
        group, program = robot(database, receiver.address), add_subscription(database, hook.address)
        flood(database, group, 1000)
        with database.transaction():
            for (alert,) in database.execute("SELECT id FROM alert").fetchall():
                add_delivery(database, alert, program)
        wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to be delivered")
    assert len(hook.received) == 1000
    assert len(receiver.received) <= 20
    assert sum(map(told, receiver.received)) == 1000
    rows = database.execute(
        "SELECT count(DISTINCT a.delivery) FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery"
        " WHERE d.subscription = %s AND a.outcome = 'delivered'",
        [group],
    ).fetchone()
    assert rows == (1000,)


def test_two_servers_share_the_turns_of_an_address(dsn: str, database: Connection) -> None:
    with (
        receiving(lambda _: TAKEN) as receiver,
        serving(dsn, delivery=QUICK),
        serving(dsn, delivery=QUICK),
    ):
        flood(database, robot(database, receiver.address), 200)
        wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to be delivered")
    assert len(receiver.received) <= 20
    assert sum(map(told, receiver.received)) == 200


def test_a_digest_that_is_refused_is_told_again_with_all_that_was_in_it(dsn: str, database: Connection) -> None:
    refused: list[int] = []

    def answer(got: Received) -> Answer:
        if told(got) > 1 and not refused:
            refused.append(told(got))
            return Answer(500)
        return TAKEN

    with receiving(answer) as receiver, serving(dsn, delivery=QUICK):
        flood(database, robot(database, receiver.address), 40)
        wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to be delivered")
    assert refused
    assert sum(map(told, receiver.received)) - refused[0] == 40


@pytest.mark.parametrize(("channel", "occasion"), [("dingtalk", "new"), ("webhook", "daily")])
def test_what_goes_along_is_decided_on_one_by_one(dsn: str, database: Connection, channel: str, occasion: str) -> None:
    """Decide on each alert that was held, or is of one digest, while the account was given another area."""
    database.execute("INSERT INTO area (code, name) VALUES ('east', '东街道'), ('west', '西街道')")
    add_station(database, "west-01")
    database.execute("UPDATE station SET area = CASE name WHEN 'west-01' THEN 'west' ELSE 'east' END")
    account = add_person(database, "street", "inspector", area="east")
    later = datetime.now(UTC) + timedelta(hours=1)
    with receiving(lambda _: TAKEN) as receiver:
        secret = {"secret": None} if channel == "dingtalk" else {}
        subscription = add_subscription(database, receiver.address, channel=channel, account=account, **secret)
        alerts = {name: add_alert(database, place, sample=name) for name, place in PLACES.items()}
        held: dict[str, Any] = {"is_held": True, "occasion": occasion}
        for name, alert in alerts.items():
            add_delivery(
                database, alert, subscription, **held, **({} if name == "first" else {"next_attempt_at": later})
            )
        with serving(dsn, delivery=QUICK):
            wait_for(
                lambda: database.execute("SELECT count(*) FROM delivery WHERE state = 'waiting'").fetchone() == (0,),
                timeout_s=PATIENCE_S,
                what="all of them to be decided on",
            )
    found = "SELECT a.sample, d.state FROM delivery d JOIN alert a ON a.id = d.alert ORDER BY a.sample"
    assert database.execute(found).fetchall() == [
        ("first", "delivered"),
        ("foreign", "not_sent"),
        ("second", "delivered"),
    ]
    reasons = database.execute("SELECT reason FROM routing_decision WHERE reason <> 'held'").fetchall()
    assert reasons == [("outside_area",)]
    assert len(receiver.received) == 1
    assert b"foreign" not in receiver.received[0].body


def test_a_receiver_that_asks_for_less_is_left_alone(dsn: str, database: Connection) -> None:
    too_fast = Answer(200, body=b'{"errcode":130101,"errmsg":"send too fast"}')
    with receiving(lambda _: too_fast) as receiver, serving(dsn, delivery=QUICK | {"concurrency": 1, "each": 1}):
        subscription = robot(database, receiver.address)
        flood(database, subscription, 5)
        wait_for(lambda: database.execute("SELECT FROM turn WHERE rest_until > now()").fetchall(), what="a rest")
        held = "SELECT FROM delivery WHERE is_held"
        wait_for(
            lambda: len(database.execute(held).fetchall()) >= 4, timeout_s=PATIENCE_S, what="the others to be held"
        )
    assert len(receiver.received) == 1


def test_a_receiver_that_is_gone_ends_its_subscription_and_somebody_sees_it(dsn: str, database: Connection) -> None:
    with receiving(lambda _: Answer(410)) as receiver, serving(dsn, delivery=QUICK) as server:
        subscription = add_subscription(database, receiver.address)
        alert = add_alert(database, "chaoyang-01")
        add_delivery(database, alert, subscription)
        wait_for(lambda: left(database, "failed") == 0, timeout_s=PATIENCE_S, what="the delivery to fail")
        listed = server.get("/api/v1/subscriptions").json()["items"][0]
        steps = server.get(f"/api/v1/alerts/{alert}").json()["steps"]
    assert (listed["is_enabled"], listed["ended_for"]) == (False, "gone")
    assert steps[-1]["facts"]["reason"] == "gone"
    assert database.execute("SELECT count(*) FROM deed WHERE action = 'subscription_ended'").fetchone() == (1,)
    assert len(receiver.received) == 1


def test_a_clock_that_was_put_back_holds_nobody_up(dsn: str, database: Connection) -> None:
    # The turns of an hour that is yet to come, as after the database's clock was put back.
    with receiving(lambda _: TAKEN) as receiver:
        subscription = robot(database, receiver.address)
        flood(database, subscription, 1)
        with serving(dsn, delivery=QUICK):
            wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="the first")
            future = "ARRAY(SELECT now() + interval '1 hour' FROM generate_series(1, 30))"
            database.execute(f"UPDATE turn SET taken = {future}, digest_at = now() + interval '1 hour'".encode())
            flood(database, subscription, 1)
            wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="the next")
    assert len(receiver.received) == 2
