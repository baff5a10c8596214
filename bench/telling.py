"""From the commit of an alert to the receiver's accept, and how long it takes to find who wants it.

    ./dev bench telling          # or: python -m bench.telling [--seconds 20] [--rates 1 100] [--subscriptions 10000]

An alert is raised as ingest raises it (storage/alerts.py), in a transaction of its own on a durable PostgreSQL; the
clock starts at its commit and stops when the receiver has the whole request. The server and the receiver of webhooks
are threads of this process. The second part has many subscriptions by area, rule, severity and food, of which one in a
hundred wants the alert, and measures the statement of the route and the whole transaction. The reference in the same
run is a bare INSERT, committed.
"""

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from bench.latency import row, ticks
from storage import alerts, routing
from storage.alerts import Round
from storage.migrate import migrate
from storage.signals import Signal
from storage.steps import run
from tests.support.server import add_station, add_subscription, serving
from tests.support.services import ROLES, database, postgres
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, Received, receiving
from wire.said import Said
from wire.terms import Severity

Connection = psycopg.Connection[Any]
AREAS = 100
DELIVERY = {"allow_private_addresses": True, "ports": [], "each": 50, "concurrency": 64}


def signal(number: str, station: str = "m0") -> Signal:
    """Return the signal of a failed test."""
    note = Said("result", verdict="fail", value="63.1", unit="%")
    return Signal(
        rule="failed_test",
        key=f"failed_test/{number}",
        severity=Severity.CRITICAL,
        station=station,
        subject=f"韭菜 {number}",
        note=note,
        item="pesticide_inhibition",
        sample=number,
        commodity="韭菜",
        facts={"value": 63.1, "value_text": "63.1", "unit": "%"},
    )


def raise_one(connection: Connection, news: Signal) -> float:
    """Raise an alert; return the time of its commit."""
    with connection.transaction(), connection.cursor() as cursor:
        work = Round(datetime.now(UTC), [news])
        run(cursor, alerts.raise_all(work))
        run(cursor, alerts.publish(work))
    return time.time()


def arrivals(dsn: str, rate: float, seconds: float) -> None:
    """Measure the time from the commit to the receiver's accept at a steady rate."""
    came: dict[str, float] = {}

    def take(request: Received) -> Answer:
        came.setdefault(json.loads(request.body)["data"]["sample"], time.time())
        return Answer()

    with receiving(take) as receiver, serving(dsn, delivery=DELIVERY), psycopg.connect(dsn, autocommit=True) as other:
        subscription = add_subscription(other, receiver.address)
        raise_one(other, signal(f"warm-{rate:g}-{uuid4()}"))
        wait_for(lambda: bool(came), timeout_s=30, what="the first")
        sent = {}
        for number in ticks(rate, seconds):
            name = f"{rate:g}-{number}"
            sent[name] = raise_one(other, signal(name))
        wait_for(lambda: len(came) > len(sent), timeout_s=120, what="all of them")
        other.execute("UPDATE subscription SET is_enabled = false WHERE id = %s", [subscription])
    row(f"commit to accept, {rate:g} a second", [came[name] - at for name, at in sent.items()])


def routes(dsn: str, count: int, repeats: int) -> None:
    """Measure the route among many subscriptions."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        with connection.transaction():
            for number in range(count):
                filters: dict[str, Any] = {"areas": [f"a{number % AREAS}"]}
                if number % 3 == 1:
                    filters["rules"] = ["failed_test", "out_of_range"]
                if number % 5 == 2:
                    filters |= {"severities": ["critical", "warning"], "commodities": ["韭菜", "菠菜", "芹菜"]}
                add_subscription(connection, "http://127.0.0.1:1/", tells=["new"], name=f"s{number}", **filters)
        connection.execute("ANALYZE subscription")
        wanted, whole, bare = [], [], []
        for number in range(repeats):
            began = time.perf_counter()
            with connection.transaction():
                connection.execute("INSERT INTO feed (items) VALUES ('[]')")
            bare.append(time.perf_counter() - began)
            began = time.perf_counter()
            raise_one(connection, signal(f"many-{number}"))
            whole.append(time.perf_counter() - began)
            (alert,) = _alert(connection, f"failed_test/many-{number}")
            with connection.transaction(force_rollback=True), connection.cursor() as cursor:
                cursor.execute("DELETE FROM delivery WHERE alert = %s", [alert])
                began = time.perf_counter()
                run(cursor, routing.route(Round(datetime.now(UTC)), [alert], [0.0], [0]))
                wanted.append(time.perf_counter() - began)
        told = connection.execute("SELECT count(*) FROM delivery WHERE alert = %s", [alert]).fetchone()
    print(f"  {count} subscriptions, of which {told[0] if told else 0} want the alert")
    row("route, the statement alone", wanted)
    row("the alert's whole transaction", whole)
    row("reference: a bare INSERT, committed", bare)


def _alert(connection: Connection, key: str) -> tuple[UUID]:
    found = connection.execute("SELECT id FROM alert WHERE key = %s", [key]).fetchone()
    assert found
    return (found[0],)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rates", type=float, nargs="*", default=[1.0, 100.0])
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=100)
    asked = parser.parse_args(arguments)
    with postgres(is_durable=True) as server, database(server) as dsn:
        migrate(dsn, roles=ROLES)
        with closing(psycopg.connect(dsn, autocommit=True)) as connection:
            connection.execute("INSERT INTO area (code, name) VALUES ('city', 'city')")
            for number in range(AREAS):
                connection.execute("INSERT INTO area VALUES (%s, 'city', %s, '')", [f"a{number}", f"street {number}"])
            add_station(connection, "m0", area="a0")
        for rate in asked.rates:
            arrivals(dsn, rate, asked.seconds)
        routes(dsn, asked.subscriptions, asked.repeats)


if __name__ == "__main__":
    main()
