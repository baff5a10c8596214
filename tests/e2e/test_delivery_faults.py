"""Faults while alerts are delivered, judged by ground truth: what the receiver got, against what was raised."""

import json
from collections import Counter
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import psycopg

from shian.local.ports import free_port
from storage.migrate import migrate
from tests.support.server import add_alert, add_delivery, add_station, add_subscription, serving
from tests.support.services import ROLES, as_owner, postgres
from tests.support.services import database as new_database
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, Received, Receiver, receiving

Connection = psycopg.Connection[Any]
QUICK = {"allow_private_addresses": True, "ports": [], "retry_first_s": 0.05, "retry_longest_s": 0.5, "poll_s": 0.5}
PATIENCE_S = 90.0


def raise_many(database: Connection, subscription: UUID, count: int) -> set[str]:
    """Raise so many alerts for one subscription; return their ids."""
    with database.transaction():
        alerts = [add_alert(database, "m1", sample=str(number)) for number in range(count)]
        for alert in alerts:
            add_delivery(database, alert, subscription)
    return set(map(str, alerts))


def got(receiver: Receiver) -> Counter[str]:
    """Return how often each alert came."""
    return Counter(json.loads(request.body)["data"]["id"] for request in receiver.received)


def left(database: Connection) -> int:
    row = database.execute("SELECT count(*) FROM delivery WHERE state <> 'delivered'").fetchone()
    assert row
    return int(row[0])


def test_a_receiver_that_was_away_gets_all_of_them_when_it_is_back(dsn: str) -> None:
    refused = Counter[str]()
    is_back = False

    def answer(request: Received) -> Answer:
        if is_back:
            return Answer()
        refused.update([json.loads(request.body)["data"]["id"]])
        return Answer(503)

    with psycopg.connect(dsn, autocommit=True) as database, receiving(answer) as receiver:
        add_station(database, "m1")
        subscription = add_subscription(database, receiver.address)
        with serving(dsn, delivery=QUICK):
            raised = raise_many(database, subscription, 40)
            wait_for(lambda: sum(refused.values()) > 60, timeout_s=PATIENCE_S, what="retries")
            is_back = True
            wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to arrive")
        taken = got(receiver) - refused
    assert set(taken) == raised
    assert set(taken.values()) == {1}


def test_a_database_that_is_restarted_while_alerts_are_sent_loses_none_and_repeats_only_those_on_their_way() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(postgres(is_durable=True))
        dsn = stack.enter_context(new_database(server))
        migrate(dsn, roles=ROLES)
        receiver = stack.enter_context(receiving())
        with psycopg.connect(as_owner(dsn), autocommit=True) as database:
            add_station(database, "m1")
            subscription = add_subscription(database, receiver.address)
        stack.enter_context(serving(dsn, delivery=QUICK | {"lease_s": 20.0, "attempt_s": 10.0}))
        with psycopg.connect(dsn, autocommit=True) as database:
            raised = raise_many(database, subscription, 150)
        wait_for(lambda: len(receiver.received) > 20, timeout_s=PATIENCE_S, what="the first of them")
        server.stop()
        server.start()
        with psycopg.connect(dsn, autocommit=True) as database:
            wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to be delivered")
        came = got(receiver)
    assert set(came) == raised
    # At most those that were on their way at that moment came twice.
    assert sum(came.values()) - len(came) <= 16


def test_an_address_where_nobody_listens_is_tried_until_somebody_does(dsn: str) -> None:
    port = free_port()
    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "m1")
        add_subscription(database, f"http://127.0.0.1:{port}/hook")
        (subscription,) = database.execute("SELECT id FROM subscription").fetchone() or (None,)
        assert subscription
        with serving(dsn, delivery=QUICK):
            raise_many(database, subscription, 5)
            tried = "SELECT count(*) FROM delivery_attempt WHERE outcome = 'connection'"
            wait_for(
                lambda: (database.execute(tried).fetchone() or (0,))[0] >= 10, timeout_s=PATIENCE_S, what="attempts"
            )
            with receiving() as receiver:
                database.execute("UPDATE subscription SET address = %s", [receiver.address])
                wait_for(lambda: left(database) == 0, timeout_s=PATIENCE_S, what="all of them to arrive")
                assert len(got(receiver)) == 5
