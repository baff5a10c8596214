"""The steps of an alert that people take: which may follow which, and what each leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from server.access.caller import almighty
from server.database import Transaction
from server.problems import ProblemError
from server.records.alerts import steps
from server.records.alerts.steps import Handed, Measured, Said, SignedFor
from storage import alerts
from storage.derived import derived
from storage.exchange import AsyncConnection
from storage.findings import Kind
from tests.support.people import add_person
from tests.support.server import add_alert, add_station, add_subscription
from tests.support.transactions import within
from wire import said as sentences
from wire.life import LONGEST_S, MOVES, UNDO_S
from wire.terms import AlertState, Measure

Connection = psycopg.Connection[Any]
ON_MY_WAY = Said(note="on my way")


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        yield connection


def status(dsn: str, work: Callable[[Transaction], Awaitable[None]]) -> int:
    """Return 200, or the status of the problem."""
    try:
        within(dsn, work)
    except ProblemError as problem:
        return problem.kind.status
    return 200


def take(dsn: str, alert: UUID, state: AlertState, said: Said = ON_MY_WAY, who: str = "Wang Li") -> int:
    return status(dsn, lambda transaction: steps.take(transaction, almighty(who), alert, state, said))


def undo(dsn: str, alert: UUID, who: str = "Wang Li") -> int:
    return status(dsn, lambda transaction: steps.undo(transaction, almighty(who), alert, Said()))


def lapse(dsn: str) -> float | None:
    return within(dsn, lambda transaction: transaction.take(alerts.lapse()))


def held(database: Connection, alert: UUID) -> tuple[Any, ...]:
    columns = "state, acknowledged_until, assignee, assignee_name, acknowledged_at, resolved_at, resolved_by"
    (row,) = database.execute(f"SELECT {columns} FROM alert WHERE id = %s".encode(), [alert]).fetchall()
    return tuple(row)


def age(database: Connection, seconds: float) -> None:
    """Make all steps older: the database's clock is not ours to turn."""
    database.execute("UPDATE alert_step SET at = at - make_interval(secs => %s)", [seconds])


def actions(database: Connection, alert: UUID) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT action, actor FROM alert_step WHERE alert = %s AND action <> 'opened' ORDER BY position", [alert]
    ).fetchall()


def test_a_step_changes_the_state_and_is_a_row_an_audit_and_news(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert take(dsn, alert, AlertState.ACKNOWLEDGED) == 200
    assert database.execute("SELECT state FROM alert WHERE id = %s", [alert]).fetchone() == ("acknowledged",)
    assert actions(database, alert) == [("acknowledged", "Wang Li")]
    audit = database.execute(
        "SELECT actor, action, subject, why, facts::jsonb FROM deed WHERE action <> 'station_enrolled'"
    ).fetchall()
    ((*who, facts),) = audit
    assert who == ["Wang Li", "alert_acknowledged", str(alert), "on my way"]
    assert set(facts) == {"rule", "until"}
    (news,) = database.execute("SELECT items FROM feed").fetchall()
    assert f'"id":"{alert}"' in news[0].replace(" ", "")


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("wanted", MOVES)
def test_only_the_declared_steps_may_follow(
    dsn: str, database: Connection, state: AlertState, wanted: AlertState
) -> None:
    alert = add_alert(database, "m1", state=state)
    may = state in MOVES[wanted].begins and (state, wanted) != (AlertState.ACKNOWLEDGED, AlertState.ACKNOWLEDGED)
    assert take(dsn, alert, wanted) == (200 if may else 409)
    assert len(actions(database, alert)) == (1 if may else 0)


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


def test_acknowledged_until_a_time_it_opens_by_itself_is_told_again_and_says_so(dsn: str, database: Connection) -> None:
    add_subscription(database, "https://desk.example/hook")
    alert, other = add_alert(database, "m1"), add_alert(database, "m1")
    until = datetime.now(UTC) + timedelta(seconds=100)
    assert take(dsn, alert, AlertState.ACKNOWLEDGED, SignedFor(until=until)) == 200
    assert take(dsn, other, AlertState.ACKNOWLEDGED) == 200
    assert 0 < (lapse(dsn) or 0) <= 100
    assert held(database, alert)[:2] == ("acknowledged", until)
    database.execute("UPDATE alert SET acknowledged_until = now() - interval '1 s' WHERE id = %s", [alert])
    assert (lapse(dsn) or 0) > 3600
    assert held(database, alert)[:2] == ("open", None)
    assert actions(database, alert) == [("acknowledged", "Wang Li"), ("lapsed", "")]
    assert database.execute("SELECT alert, edition FROM delivery").fetchall() == [(alert, 1)]
    assert actions(database, other) == [("acknowledged", "Wang Li")]
    assert take(dsn, alert, AlertState.ACKNOWLEDGED) == 200


def test_of_two_workers_one_opens_each_alert(dsn: str, database: Connection) -> None:
    made = [add_alert(database, "m1") for _ in range(300)]
    database.execute("UPDATE alert SET state = 'acknowledged', acknowledged_until = now() - interval '1 s'")

    async def both() -> None:
        async def one() -> None:
            async with await AsyncConnection.connect(dsn) as connection:
                await Transaction(connection).take(alerts.lapse())

        await asyncio.gather(one(), one(), one())

    asyncio.run(both())
    lapse(dsn)
    counted = database.execute("SELECT alert, count(*) FROM alert_step WHERE action = 'lapsed' GROUP BY 1").fetchall()
    assert dict(counted) == dict.fromkeys(made, 1)


@pytest.mark.parametrize("ahead_s", [-1, 0, LONGEST_S + 60])
def test_a_time_that_lies_behind_or_too_far_ahead_is_refused(dsn: str, database: Connection, ahead_s: float) -> None:
    alert = add_alert(database, "m1")
    until = datetime.now(UTC) + timedelta(seconds=ahead_s)
    assert take(dsn, alert, AlertState.ACKNOWLEDGED, SignedFor(until=until)) == 422
    assert held(database, alert)[0] == "open"


def test_more_time_is_a_step_of_its_own(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert take(dsn, alert, AlertState.ACKNOWLEDGED) == 200
    until = datetime.now(UTC) + timedelta(days=1)
    assert [take(dsn, alert, AlertState.ACKNOWLEDGED, SignedFor(until=until)) for _ in range(2)] == [200, 200]
    assert held(database, alert)[1] == until
    assert [action for action, _ in actions(database, alert)] == ["acknowledged"] * 2


def test_an_alert_is_handed_to_whoever_may_deal_with_it_and_to_nobody_else(dsn: str, database: Connection) -> None:
    database.execute("INSERT INTO area (code, name) VALUES ('east', 'E'), ('west', 'W')")
    database.execute("UPDATE station SET area = 'east'")
    here = add_person(database, "liu", "inspector", area="east")
    elsewhere = add_person(database, "zhao", "inspector", area="west")
    auditor = add_person(database, "sun", "auditor")
    gone = add_person(database, "gone", "inspector")
    database.execute("UPDATE account SET is_enabled = false WHERE id = %s", [gone])
    alert = add_alert(database, "m1")
    for account in (elsewhere, auditor, gone, uuid4()):
        assert take(dsn, alert, AlertState.IN_PROGRESS, Handed(assignee=account)) == 422
    assert [take(dsn, alert, AlertState.IN_PROGRESS, Handed(assignee=here)) for _ in range(2)] == [200, 200]
    assert held(database, alert)[:4] == ("in_progress", None, here, "liu")
    assert take(dsn, alert, AlertState.IN_PROGRESS) == 200, "taken over by the caller"
    assert held(database, alert)[:4] == ("in_progress", None, None, "Wang Li")
    assert actions(database, alert) == [("started", "Wang Li")] * 2


def test_the_last_step_is_taken_back_by_its_taker_within_a_short_time(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert undo(dsn, alert) == 409, "nobody has done anything"
    assert take(dsn, alert, AlertState.ACKNOWLEDGED) == 200
    signed = held(database, alert)
    assert take(dsn, alert, AlertState.RESOLVED, Measured(measure=Measure.HELD)) == 200
    assert undo(dsn, alert, "Zhao") == 409
    assert undo(dsn, alert) == 200
    assert held(database, alert) == signed
    assert undo(dsn, alert) == 409, "taking back is not taken back"
    assert [action for action, _ in actions(database, alert)] == ["acknowledged", "resolved", "undone"]
    assert take(dsn, alert, AlertState.RESOLVED) == 200
    age(database, UNDO_S + 1)
    assert undo(dsn, alert) == 409
    assert held(database, alert)[0] == "resolved"


def test_a_step_is_not_taken_back_over_a_newer_alert_of_the_same(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1", key="k")
    assert take(dsn, alert, AlertState.RESOLVED) == 200
    add_alert(database, "m1", key="k")
    assert undo(dsn, alert) == 409
    assert take(dsn, alert, AlertState.OPEN) == 409


def test_the_times_of_an_alert_are_those_of_its_first_and_its_last_step(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1")
    assert take(dsn, alert, AlertState.IN_PROGRESS) == 200
    taken_at = held(database, alert)[4]
    assert take(dsn, alert, AlertState.RESOLVED) == 200
    first = held(database, alert)[5]
    assert take(dsn, alert, AlertState.CLOSED) == 200
    assert take(dsn, alert, AlertState.OPEN) == 200
    assert held(database, alert)[4:] == (taken_at, None, None)
    assert take(dsn, alert, AlertState.RESOLVED) == 200
    assert held(database, alert)[4] == taken_at < first < held(database, alert)[5]


def test_the_walk_finds_the_states_that_the_steps_say(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "m1", rule="stream_gap")
    for state in (*MOVES, AlertState.ACKNOWLEDGED):
        assert take(dsn, alert, state) in (200, 409)
        assert undo(dsn, alert) in (200, 409)
        assert take(dsn, alert, state) in (200, 409)
        with database.transaction():
            assert [finding for finding in derived(database) if finding.kind is Kind.ALERT] == []
