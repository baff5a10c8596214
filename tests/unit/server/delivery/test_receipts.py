"""Receipts of deliveries that arrived: several in one transaction, and one that cannot be written fails alone."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from server.database import Database
from server.delivery.receipts import Receipts
from server.settings import DatabaseSettings
from tests.support.server import add_alert, add_delivery, add_station, add_subscription

Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        yield connection


def receipt(delivery: UUID, attempt: int = 1, **known: Any) -> dict[str, object]:
    texts = {"outcome": "delivered", "detail": "", "remote_id": "", "code": ""}
    return {"id": delivery, "attempt": attempt, "status": None, "duration_ms": 3, "together": 1} | texts | known


def keep(dsn: str, *given: dict[str, object]) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        db = Database(DatabaseSettings(dsn=dsn))
        await db.open()
        try:
            receipts = Receipts(db)
            return await asyncio.gather(*(receipts.keep(one) for one in given), return_exceptions=True)
        finally:
            await db.close()

    return asyncio.run(run())


def claimed(database: Connection, count: int) -> list[UUID]:
    subscription = add_subscription(database, "http://127.0.0.1:1/")
    return [add_delivery(database, add_alert(database, "m1"), subscription, attempts=1) for _ in range(count)]


def test_what_comes_while_one_is_written_shares_a_transaction(dsn: str, database: Connection) -> None:
    deliveries = claimed(database, 5)
    assert keep(dsn, *map(receipt, deliveries)) == [None] * 5
    rows = database.execute("SELECT state, finished_at FROM delivery").fetchall()
    assert {state for state, _ in rows} == {"delivered"}
    # The first is written alone, since nobody waits for others; those that came meanwhile are one transaction.
    assert len({at for _, at in rows}) <= 2
    assert database.execute("SELECT count(*), min(status) FROM delivery_attempt").fetchone() == (5, None)


def test_one_that_cannot_be_written_fails_alone(dsn: str, database: Connection) -> None:
    first, second, third = claimed(database, 3)
    found = keep(dsn, receipt(first), receipt(uuid4()), receipt(second), receipt(third))
    assert [found[0], found[2], found[3]] == [None] * 3
    assert isinstance(found[1], psycopg.errors.ForeignKeyViolation)
    assert database.execute("SELECT count(*) FROM delivery WHERE state = 'delivered'").fetchone() == (3,)


def test_a_receipt_of_a_claim_that_was_taken_over_still_says_that_it_arrived(dsn: str, database: Connection) -> None:
    first, second = claimed(database, 2)
    database.execute("UPDATE delivery SET attempts = 2 WHERE id = %s", [first])
    assert keep(dsn, receipt(second), receipt(first), receipt(first)) == [None] * 3
    assert database.execute("SELECT DISTINCT state FROM delivery").fetchall() == [("delivered",)]
