"""The steps of an alert that people take: which may follow which, and what each leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest

from server.access.caller import almighty
from server.database import Transaction
from server.problems import ProblemError
from server.records.alerts import steps
from server.records.alerts.steps import Said
from storage.exchange import AsyncConnection
from tests.support.server import add_alert, add_station
from wire import said as sentences
from wire.terms import AlertState

Connection = psycopg.Connection[Any]
ON_MY_WAY = Said(note="on my way")
T = TypeVar("T")


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        yield connection


def within(dsn: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return what `work` gives, in one transaction of its own."""

    async def run() -> T:
        async with await AsyncConnection.connect(dsn) as connection:
            return await work(Transaction(connection))

    return asyncio.run(run())


def take(dsn: str, alert: UUID, state: AlertState, said: Said = ON_MY_WAY, who: str = "Wang Li") -> int:
    """Return 200, or the status of the problem."""
    try:
        within(dsn, lambda transaction: steps.take(transaction, almighty(who), alert, state, said))
    except ProblemError as problem:
        return problem.kind.status
    return 200


def actions(database: Connection, alert: UUID) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT action, actor FROM alert_step WHERE alert = %s AND action <> 'opened' ORDER BY at, id", [alert]
    ).fetchall()


def test_a_step_changes_the_state_and_is_a_row_an_audit_and_news(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert take(dsn, alert, AlertState.ACKNOWLEDGED) == 200
    assert database.execute("SELECT state FROM alert WHERE id = %s", [alert]).fetchone() == ("acknowledged",)
    assert actions(database, alert) == [("acknowledged", "Wang Li")]
    audit = database.execute(
        "SELECT actor, action, subject, why, facts::jsonb FROM deed WHERE action <> 'station_enrolled'"
    ).fetchall()
    assert audit == [("Wang Li", "alert_acknowledged", str(alert), "on my way", {"rule": "failed_test"})]
    (news,) = database.execute("SELECT items FROM feed").fetchall()
    assert f'"id":"{alert}"' in news[0].replace(" ", "")


@pytest.mark.parametrize(
    ("state", "wanted", "status"),
    [
        (AlertState.OPEN, AlertState.ACKNOWLEDGED, 200),
        (AlertState.OPEN, AlertState.RESOLVED, 200),
        (AlertState.ACKNOWLEDGED, AlertState.RESOLVED, 200),
        (AlertState.ACKNOWLEDGED, AlertState.ACKNOWLEDGED, 409),
        (AlertState.RESOLVED, AlertState.ACKNOWLEDGED, 409),
        (AlertState.RESOLVED, AlertState.RESOLVED, 409),
    ],
)
def test_only_these_steps_may_follow(
    dsn: str, database: Connection, state: AlertState, wanted: AlertState, status: int
) -> None:
    alert = add_alert(database, "m1", state=state)
    assert take(dsn, alert, wanted) == status
    assert len(actions(database, alert)) == (1 if status == 200 else 0)


def test_the_same_step_said_again_changes_nothing_and_another_note_is_refused(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert [take(dsn, alert, AlertState.ACKNOWLEDGED) for _ in range(2)] == [200, 200]
    assert take(dsn, alert, AlertState.ACKNOWLEDGED, Said(note="again")) == 409
    assert take(dsn, alert, AlertState.ACKNOWLEDGED, who="Zhao") == 409
    assert actions(database, alert) == [("acknowledged", "Wang Li")]


def test_an_alert_that_is_not_there_is_not_found(dsn: str, database: Connection) -> None:
    assert take(dsn, uuid4(), AlertState.RESOLVED) == 404


def test_a_step_of_the_system_changes_no_state(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1", state="acknowledged")
    gone = sentences.Said("not_delivered", subscription="office", reason="timeout")
    within(dsn, lambda transaction: steps.note(transaction, alert, "delivery_failed", gone))
    within(dsn, lambda transaction: steps.note(transaction, uuid4(), "delivery_failed", gone))
    assert actions(database, alert) == [("delivery_failed", "")]
    assert database.execute("SELECT state FROM alert").fetchall() == [("acknowledged",)]


def test_a_name_that_an_older_program_sends_is_not_looked_at(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert take(dsn, alert, AlertState.ACKNOWLEDGED, Said.model_validate({"name": "the mayor"})) == 200
    assert actions(database, alert) == [("acknowledged", "Wang Li")]
