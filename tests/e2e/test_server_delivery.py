"""Delivery of alerts: a real server, a real database, a real receiver; what is on record is what happened."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from server.database import Database
from server.delivery.worker import Worker
from server.settings import DatabaseSettings, DeliverySettings
from tests.support.server import (
    add_alert,
    add_delivery,
    add_result,
    add_station,
    add_subscription,
    now,
    publish,
    serving,
)
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, Received, receiving

Connection = psycopg.Connection[Any]
QUICK = {"allow_private_addresses": True, "ports": [], "retry_first_s": 0.05, "retry_longest_s": 0.1, "poll_s": 0.5}
PATIENCE_S = 120.0


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market")
        yield connection


def state_of(database: Connection, delivery: UUID) -> str:
    row = database.execute("SELECT state FROM delivery WHERE id = %s", [delivery]).fetchone()
    assert row
    return str(row[0])


def outcomes(database: Connection, delivery: UUID) -> list[tuple[Any, ...]]:
    return database.execute(
        "SELECT attempt, outcome, status FROM delivery_attempt WHERE delivery = %s ORDER BY attempt", [delivery]
    ).fetchall()


def settled(database: Connection, delivery: UUID, state: str) -> None:
    wait_for(lambda: state_of(database, delivery) == state, timeout_s=PATIENCE_S, what=f"the delivery to be {state}")


def send_one(database: Connection, address: str) -> UUID:
    subscription = add_subscription(database, address)
    return add_delivery(database, add_alert(database, "chaoyang-01"), subscription)


def test_an_alert_goes_out_signed_in_both_languages_and_leaves_a_receipt(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        alert = add_alert(database, "chaoyang-01")
        delivery = add_delivery(database, alert, add_subscription(database, receiver.address))
        settled(database, delivery, "delivered")
        told = server.get(f"/api/v1/alerts/{alert}").json()
    assert outcomes(database, delivery) == [(1, "delivered", 204)]
    request = receiver.received[0]
    assert request.headers["webhook-id"] == str(delivery)
    document = json.loads(request.body)
    assert document["type"] == "shian.alert.v1"
    assert document["data"]["id"] == str(alert)
    assert document["data"]["title"] == {
        "en": "Failed rapid test: 韭菜 7, Pesticide residue (inhibition) 63.1 %, Chaoyang market",
        "zh": "快检初筛不合格：韭菜 7，农药残留（抑制率） 63.1 %，朝阳农贸市场",
    }
    assert "screening" in document["data"]["notice"]["en"]
    assert told["delivered"] == 1
    assert told["deliveries"][0]["receipts"][0]["outcome"] == "delivered"


def test_what_fails_is_tried_again_with_the_same_id_until_it_arrives(dsn: str, database: Connection) -> None:
    answers = iter([Answer(500), Answer(302, (("Location", "/"),)), Answer(429, (("Retry-After", "0"),)), Answer(200)])
    with receiving(lambda _: next(answers)) as receiver, serving(dsn, delivery=QUICK):
        delivery = send_one(database, receiver.address)
        settled(database, delivery, "delivered")
    expected = [(1, "http_status", 500), (2, "http_status", 302), (3, "http_status", 429), (4, "delivered", 200)]
    assert outcomes(database, delivery) == expected
    assert {request.headers["webhook-id"] for request in receiver.received} == {str(delivery)}


def test_what_never_arrives_is_given_up_and_seen_to_be(dsn: str, database: Connection) -> None:
    with (
        receiving(lambda _: Answer(500)) as receiver,
        serving(dsn, delivery=QUICK | {"max_attempts": 3}) as server,
        server.live() as socket,
    ):
        socket.recv(30)
        alert = add_alert(database, "chaoyang-01")
        delivery = add_delivery(database, alert, add_subscription(database, receiver.address))
        news = next(item for item in items(socket) if item["kind"] == "alert")
        told = server.get(f"/api/v1/alerts/{alert}").json()
    assert news["id"] == str(alert)
    assert state_of(database, delivery) == "failed"
    assert len(outcomes(database, delivery)) == 3
    assert told["failed"] == 1
    assert told["steps"][-1]["action"] == "delivery_failed"
    assert told["steps"][-1]["note"] == "street office: the receiver refused it"
    assert told["steps"][-1]["facts"] == {"subscription": "street office", "reason": "http_status"}


def items(socket: Any) -> Iterator[dict[str, Any]]:
    while True:
        yield from json.loads(socket.recv(PATIENCE_S)).get("items", [])


def test_a_private_address_is_refused_and_on_record(dsn: str, database: Connection) -> None:
    strict = QUICK | {"allow_private_addresses": False, "max_attempts": 1}
    with receiving() as receiver, serving(dsn, delivery=strict):
        delivery = send_one(database, receiver.address)
        settled(database, delivery, "failed")
    assert outcomes(database, delivery) == [(1, "refused_address", None)]
    assert receiver.received == []


def test_nothing_is_sent_to_a_subscription_that_was_disabled(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK):
        subscription = add_subscription(database, receiver.address, is_enabled=False)
        delivery = add_delivery(database, add_alert(database, "chaoyang-01"), subscription)
        settled(database, delivery, "failed")
    assert receiver.received == []
    assert outcomes(database, delivery) == []


def test_a_delivery_whose_attempts_all_died_is_given_up(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK | {"max_attempts": 3}):
        alert = add_alert(database, "chaoyang-01")
        delivery = add_delivery(database, alert, add_subscription(database, receiver.address), attempts=3)
        settled(database, delivery, "failed")
    assert receiver.received == []


def test_a_slow_subscriber_does_not_hold_up_another(dsn: str, database: Connection) -> None:
    narrow = QUICK | {"concurrency": 4, "each": 2, "attempt_s": 60.0, "lease_s": 600.0}
    with receiving(lambda _: Answer(holds=True)) as slow, receiving() as quick, serving(dsn, delivery=narrow):
        at_slow = add_subscription(database, slow.address)
        for _ in range(20):
            add_delivery(database, add_alert(database, "chaoyang-01"), at_slow)
        wait_for(lambda: len(slow.received) == 2, what="the slow one to be busy")
        deliveries = [send_one(database, quick.address) for _ in range(5)]
        for delivery in deliveries:
            settled(database, delivery, "delivered")
        assert len(slow.received) == 2
        slow.ended.set()


def test_retries_do_not_take_the_slots_of_what_is_new(dsn: str, database: Connection) -> None:
    narrow = QUICK | {"concurrency": 4, "attempt_s": 60.0, "lease_s": 600.0}
    with ExitStack() as stack:
        holding = [stack.enter_context(receiving(lambda _: Answer(holds=True))) for _ in range(6)]
        quick = stack.enter_context(receiving())
        for receiver in holding:
            alert = add_alert(database, "chaoyang-01")
            add_delivery(database, alert, add_subscription(database, receiver.address), attempts=3)
        stack.enter_context(serving(dsn, delivery=narrow))
        for receiver in holding:
            stack.callback(receiver.ended.set)
        wait_for(
            lambda: sum(len(receiver_.received) for receiver_ in holding) == 2, what="half of the slots to be taken"
        )
        settled(database, send_one(database, quick.address), "delivered")
        assert sum(len(receiver_.received) for receiver_ in holding) == 2


def test_the_news_that_came_the_soonest_goes_out_first_and_the_backlog_follows(dsn: str, database: Connection) -> None:
    one_by_one = QUICK | {"concurrency": 1, "each": 1}
    with receiving() as receiver:
        subscription = add_subscription(database, receiver.address)
        ages = [7200.0, 3.0, 90.0, 0.1, 3600.0, 0.2]
        ids = {
            age: str(add_delivery(database, add_alert(database, "chaoyang-01"), subscription, late_s=age))
            for age in ages
        }
        with serving(dsn, delivery=one_by_one):
            wait_for(lambda: len(receiver.received) == len(ages), timeout_s=PATIENCE_S, what="all of them")
    assert [request.headers["webhook-id"] for request in receiver.received] == [ids[age] for age in sorted(ages)]


def test_a_live_alert_finds_a_slot_while_a_backlog_hangs_at_its_receiver(dsn: str, database: Connection) -> None:
    patient = QUICK | {"attempt_s": 60.0, "lease_s": 600.0}
    held: set[str] = set()

    def answer(got: Received) -> Answer:
        return Answer(holds=got.headers["webhook-id"] in held)

    with receiving(answer) as receiver, serving(dsn, delivery=patient):
        subscription = add_subscription(database, receiver.address)
        for _ in range(30):
            alert = add_alert(database, "chaoyang-01")
            with database.transaction():
                held.add(str(add_delivery(database, alert, subscription, late_s=3600.0)))
        wait_for(lambda: len(receiver.received) == 6, timeout_s=PATIENCE_S, what="the backlog's slots to be taken")
        live = add_delivery(database, add_alert(database, "chaoyang-01"), subscription)
        settled(database, live, "delivered")
        receiver.ended.set()


def test_two_servers_send_each_alert_once(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK), serving(dsn, delivery=QUICK):
        subscription = add_subscription(database, receiver.address)
        deliveries = [add_delivery(database, add_alert(database, "chaoyang-01"), subscription) for _ in range(60)]
        for delivery in deliveries:
            settled(database, delivery, "delivered")
    ids = [request.headers["webhook-id"] for request in receiver.received]
    assert sorted(ids) == sorted(map(str, deliveries))


def test_deliveries_go_on_after_the_database_dropped_every_connection(dsn: str, database: Connection) -> None:
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shian-server'"
    with receiving() as receiver, serving(dsn, delivery=QUICK):
        settled(database, send_one(database, receiver.address), "delivered")
        database.execute(drop)
        settled(database, send_one(database, receiver.address), "delivered")


def test_a_receipt_is_written_late_rather_than_the_alert_sent_twice(dsn: str, database: Connection) -> None:
    # The database goes away between sending and recording.
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shian-server'"
    arrived, go_on = threading.Event(), threading.Event()

    def answer(_: Received) -> Answer:
        arrived.set()
        go_on.wait(PATIENCE_S)
        return Answer()

    with receiving(answer) as receiver, serving(dsn, delivery=QUICK):
        delivery = send_one(database, receiver.address)
        assert arrived.wait(PATIENCE_S)
        database.execute(drop)
        go_on.set()
        settled(database, delivery, "delivered")
    assert len(receiver.received) == 1


def test_a_server_killed_in_the_middle_of_sending_is_made_good_by_the_next(
    dsn: str, database: Connection, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(
        f'port = 0\n[database]\ndsn = "{dsn}"\n[delivery]\nallow_private_addresses = true\nports = []\n'
        "attempt_s = 7\nlease_s = 14\nretry_first_s = 0.1\npoll_s = 0.2\n"
    )
    is_first = True

    def answer(_: Received) -> Answer:
        return Answer(holds=is_first)

    with receiving(answer) as receiver:
        delivery = send_one(database, receiver.address)
        process = start(config)
        wait_for(lambda: receiver.received, timeout_s=PATIENCE_S, what="the first attempt")
        process.kill()
        process.wait()
        assert state_of(database, delivery) == "waiting"
        is_first = False
        process = start(config)
        try:
            settled(database, delivery, "delivered")
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        receiver.ended.set()
    assert {request.headers["webhook-id"] for request in receiver.received} == {str(delivery)}
    attempts = [row[0] for row in outcomes(database, delivery)]
    assert attempts == [2], "the first attempt has no receipt: its server died in the middle of it"


def start(config: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "shian", "server", "run", "--config", str(config)], env=dict(os.environ)
    )


def test_a_failed_test_goes_out_as_soon_as_it_is_committed(dsn: str, database: Connection) -> None:
    # Everything in one commit, as ingest does; nothing but the NOTIFY can wake the worker within this test.
    patient = QUICK | {"poll_s": 3600.0}
    with receiving() as receiver, serving(dsn, delivery=patient):
        subscription = add_subscription(database, receiver.address)
        settled(database, send_one(database, receiver.address), "delivered")
        with database.transaction():
            event = add_result(database, "chaoyang-01", verdict="fail")
            alert = add_alert(database, "chaoyang-01", event=event)
            publish(database, {"kind": "station", "station": "x", "state": "online", "at": now().isoformat()})
            delivery = add_delivery(database, alert, subscription)
        settled(database, delivery, "delivered")
        assert len(receiver.received) == 2


def test_a_delivery_that_another_server_finished_meanwhile_is_not_undone(dsn: str, database: Connection) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def answer(_: Received) -> Answer:
        arrived.set()
        go_on.wait(PATIENCE_S)
        return Answer(500)

    with receiving(answer) as receiver, serving(dsn, delivery=QUICK):
        delivery = send_one(database, receiver.address)
        assert arrived.wait(PATIENCE_S)
        database.execute("UPDATE delivery SET state = 'delivered', attempts = attempts + 1 WHERE id = %s", [delivery])
        go_on.set()
        wait_for(lambda: outcomes(database, delivery), what="the receipt")
    assert state_of(database, delivery) == "delivered"
    assert outcomes(database, delivery) == [(1, "http_status", 500)]


def test_what_goes_by_a_channel_of_a_newer_version_is_left_to_it(dsn: str, database: Connection) -> None:
    with receiving() as receiver:
        unknown, known = add_subscription(database, receiver.address), add_subscription(database, receiver.address)
        database.execute("UPDATE subscription SET channel = 'pigeon' WHERE id = %s", [unknown])
        alert = add_alert(database, "chaoyang-01")
        left, sent = add_delivery(database, alert, unknown), add_delivery(database, alert, known)
        with serving(dsn, delivery=QUICK):
            wait_for(lambda: state_of(database, sent) == "delivered", what="the delivery by a known channel")
    assert (state_of(database, left), outcomes(database, left)) == ("waiting", [])


def test_a_worker_that_is_woken_as_it_is_cancelled_ends(dsn: str) -> None:
    async def main() -> bool:
        db = Database(DatabaseSettings(dsn=dsn, connections=2))
        await db.open()
        worker = Worker(db, DeliverySettings(), (), ("webhook",))
        task = asyncio.create_task(worker.run())
        async with asyncio.timeout(PATIENCE_S):
            while not worker._wake._waiters:
                await asyncio.sleep(0.01)
        worker._wake.set()
        task.cancel()
        _, left = await asyncio.wait({task}, timeout=60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await db.close()
        return not left

    assert asyncio.run(main())
