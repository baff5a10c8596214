"""Escalation, digests and the watch over the duty: on a real database, a turn at a time, without waits."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from server.database import Database
from server.duty.digests import Digests
from server.duty.escalation import Escalation
from server.duty.watch import DutyWatch
from server.settings import DatabaseSettings
from server.working_days import WorkingDays
from tests.support.people import add_person
from tests.support.server import add_alert, add_station, add_subscription

Connection = psycopg.Connection[Any]
T = TypeVar("T")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ALWAYS = json.dumps({"days": [], "from": "00:00", "to": "24:00"})


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code, parent in (("city", None), ("east", "city")):
            connection.execute("INSERT INTO area (code, name, parent) VALUES (%s, %s, %s)", [code, code, parent])
        add_station(connection, "m1", area="east")
        yield connection


def with_database(dsn: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        db = Database(DatabaseSettings(dsn=dsn))
        await db.open()
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


def turn(dsn: str, servers: int = 1) -> None:
    """Let so many servers look at once."""

    async def work(db: Database) -> None:
        workers = [Escalation(db, SHANGHAI, WorkingDays()) for _ in range(servers)]
        await asyncio.gather(*(worker.turn() for worker in workers))

    with_database(dsn, work)


def watch(dsn: str) -> None:
    with_database(dsn, lambda db: DutyWatch(db, SHANGHAI, WorkingDays()).turn())


def on_duty(database: Connection, name: str, area: str | None, *, is_working: bool = True) -> tuple[UUID, UUID]:
    """Put somebody on duty for an area at any time; return the account and its subscription."""
    account = add_person(database, name, "inspector", area=area)
    confirmed = "2026-01-01T00:00:00Z" if is_working else None
    subscription = add_subscription(
        database, f"https://{name}.example", account=account, confirmed_at=confirmed, tells=["daily"]
    )
    rota = uuid4()
    database.execute(
        "INSERT INTO duty_rota (id, title, area, after_s) VALUES (%s, %s, %s, 600)", [rota, f"rota {name}", area]
    )
    database.execute(
        "INSERT INTO duty_shift (id, rota, account, hours, from_day) VALUES (%s, %s, %s, %s, '2020-01-01')",
        [uuid4(), rota, account, ALWAYS],
    )
    return account, subscription


def told(database: Connection, alert: UUID) -> list[UUID]:
    """Return the subscriptions that were told of an escalation, in order."""
    rows = database.execute(
        "SELECT subscription FROM delivery WHERE alert = %s AND occasion = 'escalated' ORDER BY created_at, id", [alert]
    ).fetchall()
    return [row[0] for row in rows]


def pass_time(database: Connection, minutes: int = 10) -> None:
    """Let the time without an answer pass."""
    database.execute("UPDATE escalation SET next_at = next_at - make_interval(mins => %s)", [minutes])


def alerts(database: Connection, rule: str) -> list[str]:
    return [row[0] for row in database.execute("SELECT state FROM alert WHERE rule = %s", [rule]).fetchall()]


def codes(database: Connection, alert: UUID) -> list[str]:
    rows = database.execute("SELECT code FROM alert_step WHERE alert = %s AND code <> '' ORDER BY position", [alert])
    return [row[0] for row in rows.fetchall()]


def test_an_alert_that_nobody_answers_goes_up_until_that_is_an_alert_itself(dsn: str, database: Connection) -> None:
    (_, street), (_, city), (_, district) = (
        on_duty(database, "wang", "east"),
        on_duty(database, "li", "city"),
        on_duty(database, "zhao", None),
    )
    alert = add_alert(database, "m1")
    turn(dsn)
    assert told(database, alert) == [street]
    turn(dsn)
    assert told(database, alert) == [street]
    for expected in ([street, city], [street, city, district]):
        pass_time(database)
        turn(dsn)
        assert told(database, alert) == expected
    assert alerts(database, "nobody_reached") == []
    pass_time(database)
    turn(dsn)
    assert alerts(database, "nobody_reached") == ["open"]
    database.execute("UPDATE alert SET state = 'acknowledged' WHERE id = %s", [alert])
    turn(dsn)
    assert alerts(database, "nobody_reached") == ["resolved"]
    assert codes(database, alert) == ["escalated"] * 3


def test_an_answer_ends_it_and_an_alert_that_is_open_again_begins_anew(dsn: str, database: Connection) -> None:
    _, street = on_duty(database, "wang", "east")
    on_duty(database, "li", "city")
    alert = add_alert(database, "m1")
    turn(dsn)
    database.execute("UPDATE alert SET state = 'acknowledged' WHERE id = %s", [alert])
    turn(dsn)
    pass_time(database)
    turn(dsn)
    assert told(database, alert) == [street]
    database.execute("UPDATE alert SET state = 'open' WHERE id = %s", [alert])
    turn(dsn)
    assert told(database, alert) == [street, street]


def test_two_servers_tell_once(dsn: str, database: Connection) -> None:
    on_duty(database, "wang", "east")
    many = [add_alert(database, "m1", sample=str(number)) for number in range(20)]
    turn(dsn, servers=4)
    turn(dsn, servers=4)
    assert [len(told(database, alert)) for alert in many] == [1] * 20


def test_whoever_cannot_be_reached_is_passed_over_at_once(dsn: str, database: Connection) -> None:
    on_duty(database, "wang", "east", is_working=False)
    _, city = on_duty(database, "li", "city")
    alert = add_alert(database, "m1")
    turn(dsn)
    assert told(database, alert) == [city]
    assert codes(database, alert) == ["unreachable", "escalated"]


def test_with_nobody_to_be_reached_that_is_said_at_once(dsn: str, database: Connection) -> None:
    on_duty(database, "wang", "east", is_working=False)
    add_alert(database, "m1")
    turn(dsn)
    assert alerts(database, "nobody_reached") == ["open"]
    turn(dsn)
    assert alerts(database, "nobody_reached") == ["open"]


def test_a_district_without_a_rota_has_no_escalation(dsn: str, database: Connection) -> None:
    add_alert(database, "m1")
    turn(dsn)
    assert database.execute("SELECT count(*) FROM escalation").fetchone() == (0,)


def test_a_silenced_alert_waits(dsn: str, database: Connection) -> None:
    _, street = on_duty(database, "wang", "east")
    alert = add_alert(database, "m1", rule="camera_untrusted")
    database.execute(
        "INSERT INTO silence (id, kind, stations, reason, author, starts_at, ends_at) VALUES"
        " (%s, 'silence', '{m1}', 'broken', 'Li', now() - interval '1 hour', now() + interval '1 hour')",
        [uuid4()],
    )
    turn(dsn)
    assert told(database, alert) == []
    database.execute("UPDATE silence SET ends_at = now()")
    turn(dsn)
    assert told(database, alert) == [street]


def test_a_clock_that_was_put_back_by_an_hour_holds_nothing_up(dsn: str, database: Connection) -> None:
    _, street = on_duty(database, "wang", "east")
    alert = add_alert(database, "m1")
    turn(dsn)
    on_duty(database, "li", "city")
    # As the rows are after the clock went back.
    database.execute(
        "UPDATE escalation SET next_at = next_at + interval '1 hour', touched_at = touched_at + interval '1 hour'"
    )
    turn(dsn)
    row = database.execute("SELECT extract(epoch FROM next_at - now()) FROM escalation").fetchone()
    assert row and 0 < row[0] <= 600
    assert told(database, alert) == [street]


def test_somebody_on_duty_whom_nothing_reaches_is_an_alert_until_something_does(dsn: str, database: Connection) -> None:
    _, subscription = on_duty(database, "wang", "east", is_working=False)
    watch(dsn)
    assert alerts(database, "duty_unreachable") == ["open"]
    database.execute("UPDATE subscription SET confirmed_at = now() WHERE id = %s", [subscription])
    watch(dsn)
    assert alerts(database, "duty_unreachable") == ["resolved"]


def test_subscriptions_of_an_account_that_ended_end_and_it_is_said(dsn: str, database: Connection) -> None:
    account, subscription = on_duty(database, "wang", "east")
    database.execute("UPDATE account SET is_enabled = false WHERE id = %s", [account])
    watch(dsn)
    watch(dsn)
    row = database.execute("SELECT is_enabled, ended_for FROM subscription WHERE id = %s", [subscription]).fetchone()
    assert row == (False, "account_ended")
    assert alerts(database, "subscriber_ended") == ["open"]
    assert database.execute("SELECT count(*) FROM deed WHERE action = 'subscription_ended'").fetchone() == (1,)


def test_a_digest_has_what_the_filters_and_the_account_let_through_once(dsn: str, database: Connection) -> None:
    account = add_person(database, "wang", "inspector", area="east")
    add_station(database, "elsewhere")
    daily = add_subscription(
        database, "https://a.example", account=account, tells=["daily"], created_at="2026-01-01T00:00:00Z"
    )
    yesterday = "now() - interval '1 day'"
    seen = [add_alert(database, "m1", sample=str(number)) for number in range(3)]
    add_alert(database, "elsewhere")
    database.execute(f"UPDATE alert SET opened_at = {yesterday}".encode())

    async def both(db: Database) -> list[int]:
        return list(await asyncio.gather(Digests(db, SHANGHAI).turn(), Digests(db, SHANGHAI).turn()))

    assert sum(with_database(dsn, both)) == 3
    assert with_database(dsn, lambda db: Digests(db, SHANGHAI).turn()) == 0
    rows = database.execute("SELECT alert, subscription, occasion, is_held FROM delivery").fetchall()
    assert {row[0] for row in rows} == set(seen)
    assert {(row[1], row[2]) for row in rows} == {(daily, "daily")}
    assert sorted(row[3] for row in rows) == [False, True, True]
