"""The stages of a delivery, each by itself; the last one on a real database."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from server.database import Database
from server.delivery import pipeline, standing
from server.delivery.channel import Attempt, Notice, Outcome, Recipient
from server.delivery.job import Decision, Due, Job, Stage
from server.settings import DatabaseSettings, DeliverySettings
from tests.support.server import add_alert, add_delivery, add_station, add_subscription

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SETTINGS = DeliverySettings(max_attempts=3, retry_first_s=8.0)


def job(delivery: UUID, alert: UUID, **known: Any) -> Job:
    """Return a claimed delivery at the beginning of its way."""
    of_alert = {"id": alert, "rule": "failed_test", "severity": "critical", "state": "open", "station": "m1"}
    of_alert |= dict.fromkeys(("station_title", "station_title_en", "device", "item", "sample", "commodity"), "")
    due = {"id": delivery, "attempt": 1, "now": NOW, "age_s": 1.0, "late_s": 0.0, "subscription": uuid4()}
    due |= {"subscription_name": "office", "channel": "plain", "address": "there", "secret": "s", "is_enabled": True}
    shown = {**of_alert, "event": None, "opened_at": NOW, "updated_at": NOW}
    return Job(Due.model_validate({**due, "alert": shown} | known))


class PlainChannel:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[Recipient, Notice, datetime]] = []

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        self.sent.append((to, notice, now))
        return Attempt(Outcome.DELIVERED, 200)

    async def close(self) -> None: ...


def through(stage: Stage, given: Job) -> Job:
    async def run() -> Job:
        return await stage(given)

    return asyncio.run(run())


def test_a_delivery_of_a_disabled_subscription_is_dropped() -> None:
    given = job(uuid4(), uuid4())
    assert through(standing.drop_disabled, given) == given
    assert through(standing.drop_disabled, job(uuid4(), uuid4(), is_enabled=False)).decision is Decision.DISABLED


def test_a_delivery_whose_attempts_all_ended_without_a_receipt_is_dropped() -> None:
    stage = standing.drop_exhausted(SETTINGS)
    assert through(stage, job(uuid4(), uuid4(), attempt=3)).decision is None
    assert through(stage, job(uuid4(), uuid4(), attempt=4)).decision is Decision.EXHAUSTED
    first = replace(job(uuid4(), uuid4(), attempt=4), decision=Decision.DISABLED)
    assert through(stage, first).decision is Decision.DISABLED


def test_what_is_not_dropped_is_sent_by_its_channel_at_the_time_of_the_database() -> None:
    channel, given = PlainChannel(), job(uuid4(), uuid4())
    found = through(pipeline.send({"plain": channel}), given)
    assert found.attempt == Attempt(Outcome.DELIVERED, 200)
    notice = Notice(str(given.due.id), given.due.alert, "office")
    assert channel.sent == [(Recipient("there", "s"), notice, NOW)]
    dropped = replace(given, decision=Decision.DISABLED)
    assert through(pipeline.send({"plain": channel}), dropped) == dropped
    assert len(channel.sent) == 1


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        yield connection


@pytest.fixture
def claimed(database: Connection) -> Job:
    """Insert a delivery that a worker has claimed for its first attempt."""
    alert, subscription = add_alert(database, "m1"), add_subscription(database, "http://127.0.0.1:1/")
    return job(add_delivery(database, alert, subscription, attempts=1), alert)


def recorded(dsn: str, database: Connection, given: Job) -> tuple[str, bool]:
    """Record a job; return the state of its delivery, and whether it is due later than now."""

    async def run() -> None:
        db = Database(DatabaseSettings(dsn=dsn))
        await db.open()
        try:
            await pipeline.record(db, SETTINGS)(given)
        finally:
            await db.close()

    asyncio.run(run())
    row = database.execute("SELECT state, next_attempt_at > now() FROM delivery").fetchone()
    assert row
    return row[0], row[1]


def receipts(database: Connection) -> list[tuple[int, str]]:
    return database.execute("SELECT attempt, outcome FROM delivery_attempt ORDER BY attempt").fetchall()


def failures(database: Connection) -> int:
    return len(database.execute("SELECT FROM alert_step WHERE action = 'delivery_failed'").fetchall())


def test_a_delivered_one_is_finished_with_its_receipt(dsn: str, database: Connection, claimed: Job) -> None:
    given = replace(claimed, attempt=Attempt(Outcome.DELIVERED, 200, "a\0b"))
    assert recorded(dsn, database, given)[0] == "delivered"
    assert receipts(database) == [(1, "delivered")]
    assert database.execute("SELECT detail FROM delivery_attempt").fetchall() == [("ab",)]
    assert not failures(database)


def test_a_failed_attempt_waits_for_its_pause(dsn: str, database: Connection, claimed: Job) -> None:
    assert recorded(dsn, database, replace(claimed, attempt=Attempt(Outcome.TIMEOUT))) == ("waiting", True)
    assert receipts(database) == [(1, "timeout")]


def test_the_last_failed_attempt_ends_it_and_the_alert_says_so(dsn: str, database: Connection, claimed: Job) -> None:
    database.execute("UPDATE delivery SET attempts = 3")
    last = claimed.due.model_copy(update={"attempt": 3})
    given = replace(claimed, due=last, attempt=Attempt(Outcome.HTTP_STATUS, 500))
    assert recorded(dsn, database, given)[0] == "failed"
    assert failures(database) == 1


def test_a_dropped_one_fails_without_a_receipt(dsn: str, database: Connection, claimed: Job) -> None:
    assert recorded(dsn, database, replace(claimed, decision=Decision.DISABLED))[0] == "failed"
    assert receipts(database) == []
    assert failures(database) == 1


def test_a_worker_whose_claim_was_taken_over_undoes_nothing_newer(dsn: str, database: Connection, claimed: Job) -> None:
    database.execute("UPDATE delivery SET attempts = 2")  # another server claimed it meanwhile
    assert recorded(dsn, database, replace(claimed, attempt=Attempt(Outcome.TIMEOUT)))[0] == "waiting"
    assert recorded(dsn, database, replace(claimed, decision=Decision.EXHAUSTED))[0] == "waiting"
    assert not failures(database)
    late = replace(claimed, attempt=Attempt(Outcome.DELIVERED, 200))
    assert recorded(dsn, database, late)[0] == "delivered", "it did arrive, whatever the newer attempt thinks"
