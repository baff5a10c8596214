"""The route: who is told of an alert, and by which filter somebody is not. On a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from storage import routing
from storage.alerts import Round
from storage.steps import run
from tests.support.server import add_alert, add_station, add_subscription

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code, parent in (("city", None), ("east", "city"), ("west", "city")):
            connection.execute("INSERT INTO area (code, name, parent) VALUES (%s, %s, %s)", [code, code, parent])
        add_station(connection, "m1", area="east")
        add_station(connection, "m2", area=None)
        yield connection


def routed(database: Connection, alert: UUID) -> set[UUID]:
    """Route a new alert; return the subscriptions that are told of it."""
    with database.transaction(), database.cursor() as cursor:
        run(cursor, routing.route(Round(NOW), [alert], [0.0], [0]))
    rows = database.execute("SELECT subscription FROM delivery WHERE alert = %s", [alert]).fetchall()
    return {row[0] for row in rows}


def left_out(database: Connection, alert: UUID) -> dict[UUID, list[str]]:
    with database.transaction(), database.cursor() as cursor:
        return {row[0]: list(row[-1]) for row in run(cursor, routing.why_not(alert))}


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        ({}, []),
        ({"areas": ["east"]}, []),
        ({"areas": ["city"]}, []),
        ({"areas": ["west"]}, ["area"]),
        ({"stations": ["m1"]}, []),
        ({"stations": ["m2"]}, ["station"]),
        ({"rules": ["failed_test"]}, []),
        ({"rules": ["stream_gap"], "severities": ["info"]}, ["rule", "severity"]),
        ({"items": ["pesticide_inhibition"]}, []),
        ({"items": ["lead"]}, ["item"]),
        ({"commodities": ["韭菜"]}, []),
        ({"commodities": ["菠菜"]}, ["commodity"]),
        ({"condition": 'commodity == "韭菜" && value > 50.0 && areas.exists(a, a == "city")'}, []),
        ({"condition": "value > 70.0", "items": ["lead"]}, ["item", "condition"]),
        ({"condition": 'value / 0.0 > 1.0 || string(value) + "x" == "x"'}, []),
        ({"tells": ["resolved"]}, ["tells"]),
        ({"is_enabled": False}, ["disabled"]),
    ],
)
def test_an_alert_goes_to_whoever_wants_it_and_says_which_filter_left_the_others_out(
    database: Connection, filters: dict[str, Any], why: list[str]
) -> None:
    subscription = add_subscription(database, "https://a.example", created_at=NOW, **filters)
    alert = add_alert(database, "m1", facts=Jsonb({"value": 63.1}))
    assert routed(database, alert) == (set() if why else {subscription})
    assert left_out(database, alert) == ({subscription: why} if why else {})


def test_an_alert_of_no_area_goes_to_whoever_names_none(database: Connection) -> None:
    everywhere = add_subscription(database, "https://a.example", created_at=NOW)
    add_subscription(database, "https://b.example", areas=["city"])
    assert routed(database, add_alert(database, "m2")) == {everywhere}
    assert routed(database, add_alert(database, "")) == {everywhere}


def test_a_step_is_told_once_to_whoever_asked_for_steps(database: Connection) -> None:
    curious = add_subscription(database, "https://a.example", tells=["acknowledged"])
    add_subscription(database, "https://b.example")
    alert = add_alert(database, "m1")
    work = Round(NOW)
    for _ in range(2):
        with database.transaction(), database.cursor() as cursor:
            run(cursor, routing.route_step(work, alert, "acknowledged"))
    assert work.is_routed
    rows = database.execute("SELECT subscription, occasion FROM delivery").fetchall()
    assert rows == [(curious, "acknowledged")]


def test_a_step_and_a_digest_ask_the_condition_too(database: Connection) -> None:
    wants = {"tells": ["resolved", "daily"]}
    told = add_subscription(database, "https://a.example", condition='severity == "critical"', **wants)
    spared = add_subscription(database, "https://b.example", condition='severity == "info"', **wants)
    alert = add_alert(database, "m1")
    with database.transaction(), database.cursor() as cursor:
        run(cursor, routing.route_step(Round(NOW), alert, "resolved"))
    assert database.execute("SELECT subscription FROM delivery").fetchall() == [(told,)]
    ((opened,),) = database.execute("SELECT opened_at FROM alert").fetchall()
    values = {"occasion": "daily", "edition": 1, "since": opened, "until": opened + timedelta(1), "reach": None}
    for subscription, count in ((told, 1), (spared, 0)):
        with database.transaction(), database.cursor() as cursor:
            assert run(cursor, routing.route_digest({**values, "subscription": subscription})) == count


def test_the_preview_has_what_the_filters_let_through(database: Connection) -> None:
    wanted = add_alert(database, "m1")
    add_alert(database, "m2")
    values: dict[str, Any] = {name: [] for name in ("stations", "rules", "severities", "items", "commodities")}
    values |= {"areas": ["city"], "days": 7, "reach": None}
    preview = routing.statement("preview")
    assert [row[0] for row in database.execute(preview, values).fetchall()] == [wanted]
    assert database.execute(preview, values | {"reach": ["m2"]}).fetchall() == []
