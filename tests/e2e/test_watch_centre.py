"""Whoever is silent cannot say so: the server says that ingest is silent or that the broker is away, and takes it back.

Two servers run in each test, as in a large district: nothing is said twice."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shian.local.broker import LocalBroker
from shian.local.children import Child
from shian.local.layout import write_settings
from tests.support import processes
from tests.support.server import Served, serving
from tests.support.waiting import wait_for
from tests.support.webhooks import Receiver, receiving

# What lasts for half a minute lasts for a second here; ingest writes its heartbeat every 0.2 s. A rule that a test does
# not provoke has the time of a district: a busy machine is no centre in trouble.
AT_ONCE = {"after_s": 0.2, "ends_after_s": 0.2}
INGEST_SILENT = {"look_s": 0.1, "ingest_silent": AT_ONCE | {"silent_s": 5.0, "never_s": 1.0}}
BROKER_AWAY = {"look_s": 0.1, "broker_away": AT_ONCE}


@contextmanager
def two_servers(dsn: str, watch: Mapping[str, object]) -> Iterator[Served]:
    delivery = {"allow_private_addresses": True, "ports": [], "poll_s": 0.5, "attempt_s": 60.0, "lease_s": 120.0}
    with serving(dsn, watch=watch, delivery=delivery) as one, serving(dsn, watch=watch, delivery=delivery):
        yield one


@pytest.fixture
def ingest(dsn: str, broker: LocalBroker, tmp_path: Path) -> Iterator[Child]:
    """Make an ingest that is not started yet."""
    config = tmp_path / "ingest.toml"
    top: dict[str, str | int | float | bool] = {"name": "one", "sweep_s": 0.2}
    write_settings(config, top, {"broker": {"port": broker.port}, "database": {"dsn": dsn}}, {})
    child = processes.shian("ingest", tmp_path, ["ingest", "run", "--config", config])
    with ExitStack() as closing:
        closing.callback(child.kill)
        yield child


class Watched:
    """The alerts, as people see them, and what a subscriber was sent."""

    def __init__(self, dsn: str, receiver: Receiver) -> None:
        self._dsn = dsn
        self._receiver = receiver

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    def states(self, rule: str) -> list[str]:
        return [row[0] for row in self.rows(f"SELECT state FROM alert WHERE rule = '{rule}' ORDER BY opened_at")]

    def wait_for(self, rule: str, *states: str) -> None:
        wait_for(lambda: self.states(rule) == list(states), timeout_s=90, what=f"{rule} {states}")

    def wait_for_heartbeat(self) -> None:
        fresh = "SELECT count(*) FROM ingest_worker WHERE now() - at < interval '1 s' AND connected_at IS NOT NULL"
        wait_for(lambda: self.rows(fresh) != [(0,)], timeout_s=90, what="a heartbeat")

    def sent(self) -> list[str]:
        """Return the rules of the alerts that the subscriber was told of."""
        return [json.loads(request.body)["data"]["rule"] for request in self._receiver.received]


@pytest.fixture
def watched(dsn: str) -> Iterator[Watched]:
    with receiving() as receiver:
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "INSERT INTO subscription (id, name, channel, address, secret)"
                " VALUES (gen_random_uuid(), 'all', 'webhook', %s, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')",
                [receiver.address],
            )
        yield Watched(dsn, receiver)


def _twice(watched: Watched, rule: str, end: Callable[[], None], begin: Callable[[], None]) -> None:
    for number in (1, 2):
        before = ["resolved"] * (number - 1)
        end()
        watched.wait_for(rule, *before, "open")
        begin()
        watched.wait_for(rule, *before, "resolved")


def test_ingest_is_killed_and_comes_back_twice(dsn: str, ingest: Child, watched: Watched) -> None:
    ingest.start()
    watched.wait_for_heartbeat()
    with two_servers(dsn, INGEST_SILENT) as server:
        _twice(watched, "ingest_silent", ingest.kill, ingest.start)
        wait_for(lambda: watched.sent() == ["ingest_silent"] * 2, what="one notice for each")
        assert watched.states("broker_away") == []
        (newest, *_) = server.get("/api/v1/alerts", rule="ingest_silent").json()["items"]
        assert newest["facts"]["worker"] == "one"
        steps = server.get(f"/api/v1/alerts/{newest['id']}").json()["steps"]
        assert [step["action"] for step in steps] == ["opened", "resolved"]
    rows = watched.rows("SELECT items FROM feed ORDER BY xid, position")
    items = [item for (text,) in rows for item in json.loads(text)]
    told = [(item["rule"], item["state"]) for item in items if item["kind"] == "alert"]
    assert told == [("ingest_silent", "open"), ("ingest_silent", "resolved")] * 2


def test_an_ingest_that_hangs_is_as_silent_as_one_that_is_dead(dsn: str, ingest: Child, watched: Watched) -> None:
    # SIGSTOP does not end the process: its connections stand, and every station stays "online".
    ingest.start()
    watched.wait_for_heartbeat()
    with two_servers(dsn, INGEST_SILENT):
        os.kill(ingest.pid, signal.SIGSTOP)
        try:
            watched.wait_for("ingest_silent", "open")
        finally:
            os.kill(ingest.pid, signal.SIGCONT)
        watched.wait_for("ingest_silent", "resolved")


def test_the_broker_is_killed_and_comes_back_twice(
    dsn: str, ingest: Child, watched: Watched, broker: LocalBroker
) -> None:
    ingest.start()
    watched.wait_for_heartbeat()
    with two_servers(dsn, BROKER_AWAY):
        _twice(watched, "broker_away", broker.kill, broker.start)
        wait_for(lambda: watched.sent() == ["broker_away"] * 2, what="one notice for each")
        assert watched.states("ingest_silent") == []


def test_a_district_without_any_ingest_is_told_too(dsn: str, ingest: Child, watched: Watched) -> None:
    with two_servers(dsn, INGEST_SILENT):
        watched.wait_for("ingest_silent", "open")
        ingest.start()
        watched.wait_for("ingest_silent", "resolved")


def test_an_ingest_that_ends_in_order_while_another_works_is_missed_by_nobody(
    dsn: str, ingest: Child, watched: Watched, broker: LocalBroker, tmp_path: Path
) -> None:
    config = tmp_path / "second.toml"
    top: dict[str, str | int | float | bool] = {"name": "two", "sweep_s": 0.2}
    write_settings(config, top, {"broker": {"port": broker.port}, "database": {"dsn": dsn}}, {})
    second = processes.shian("second", tmp_path, ["ingest", "run", "--config", config])
    names = "SELECT DISTINCT name FROM ingest_worker ORDER BY 1"
    with ExitStack() as closing:
        closing.callback(second.kill)
        for child in (ingest, second):
            child.start()
        wait_for(lambda: watched.rows(names) == [("one",), ("two",)], timeout_s=90)
        second.stop()
        assert watched.rows(names) == [("one",)]
