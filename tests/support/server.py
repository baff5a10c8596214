"""A real server in a thread of the test, and the rows it shows."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import psycopg
from uuid_utils.compat import uuid7
from websockets.sync.client import ClientConnection, connect

from server.app import create_app
from server.run import listen, new_server
from server.settings import DatabaseSettings, ServerSettings
from tests.support.services import SERVER, as_role
from tests.support.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: `address` is http://127.0.0.1:PORT."""

    address: str
    client: httpx.Client

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.client.get(path, params=parameters)

    @contextmanager
    def live(self, cursor: str = "", **options: Any) -> Iterator[ClientConnection]:
        """Open the live feed. Raises InvalidStatus when it is refused."""
        query = f"?cursor={cursor}" if cursor else ""
        with self.socket(f"/api/v1/live{query}", **options) as socket:
            yield socket

    @contextmanager
    def socket(self, path: str, **options: Any) -> Iterator[ClientConnection]:
        """Open a WebSocket. Raises InvalidStatus when it is refused."""
        address = self.address.replace("http", "ws", 1) + path
        with connect(address, compression=None, proxy=None, **options) as socket:
            yield socket


@contextmanager
def serving(dsn: str, *, clock: Callable[[], datetime] | None = None, **settings: Any) -> Iterator[Served]:
    """Serve until the end of the block. `settings` as in server.toml; tables as mappings. `clock`: its wall clock.
    Without settings of `watch` it misses no ingest, for there is none; without those of `accounts` nobody signs in."""
    settings.setdefault("accounts", {"is_on": False})
    settings.setdefault("watch", {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}})
    database = {"dsn": as_role(dsn, SERVER), "connections": 4, **settings.pop("database", {})}
    wanted = ServerSettings(
        port=settings.pop("port", 0), database=DatabaseSettings.model_validate(database), **settings
    )
    listener = listen(wanted)
    server = new_server(create_app(wanted, clock or now), wanted.limits)
    thread = threading.Thread(target=server.run, args=([listener],), name="server")
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), what="the server")
        assert thread.is_alive(), "the server ended at once"
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            yield Served(address, client)
    finally:
        server.should_exit = True
        thread.join(120)
        assert not thread.is_alive(), "the server did not end"


def now() -> datetime:
    return datetime.now(UTC)


def add_station(connection: psycopg.Connection[Any], name: str, **columns: Any) -> None:
    row = {"name": name, "title": f"{name}市场", "title_en": f"{name} market", "state": "online", "state_at": now()}
    _insert(connection, "station", row | columns)


def add_result(connection: psycopg.Connection[Any], station: str, **columns: Any) -> UUID:
    """Insert a result as ingest stores it, and return the event's id."""
    event: UUID = columns.pop("event", None) or uuid7()
    row = {
        "event": event,
        "recorded_at": now(),
        "station": station,
        "device": "tester",
        "received_at": now(),
        "adapter": "pesticide",
        "profile": "lz-4000t",
        "identity": event.bytes * 2,
        "item": "pesticide_inhibition",
        "item_name": "农药残留",
        "role": "sample",
        "origin": "instrument",
        "sample": "1",
        "commodity": "菠菜",
        "value": 12.5,
        "value_text": "12.5",
        "unit": "%",
        "verdict": "pass",
        "decided_verdict": "pass",
    }
    _insert(connection, "result", row | columns)
    return event


def add_reading(connection: psycopg.Connection[Any], station: str, **columns: Any) -> UUID:
    """Insert a reading as ingest stores it, and return the event's id."""
    event: UUID = uuid7()
    row = {"event": event, "recorded_at": now(), "station": station, "device": "cold-1", "quantity": "air_temperature"}
    row = row | {"value": 3.5, "unit": "degC", "channel": 3} | columns
    _insert(connection, "reading", row)
    connection.execute(
        "INSERT INTO probe (station, device, quantity, channel, unit, value, at)"
        " VALUES (%(station)s, %(device)s, %(quantity)s, coalesce(%(channel)s, -1), %(unit)s, %(value)s,"
        " %(recorded_at)s) ON CONFLICT (station, device, quantity, channel) DO UPDATE SET value = excluded.value,"
        " at = excluded.at",
        row,
    )
    return event


def result_item(event: UUID, station: str, **columns: Any) -> dict[str, Any]:
    """Return the item of the live feed for such a result."""
    at = now().isoformat()
    return {
        "kind": "result",
        "id": str(event),
        "station": station,
        "device": "tester",
        "item": "pesticide_inhibition",
        "item_name": "农药残留",
        "sample": "1",
        "commodity": "菠菜",
        "role": "sample",
        "value": 12.5,
        "value_text": "12.5",
        "unit": "%",
        "verdict": "pass",
        "device_verdict": None,
        "measured_at": at,
        "recorded_at": at,
        "received_at": at,
    } | columns


def add_alert(connection: psycopg.Connection[Any], station: str, **columns: Any) -> UUID:
    """Insert an open alert with its first step, as ingest makes them; not routed."""
    alert: UUID = columns.pop("id", None) or uuid7()
    row = {
        "id": alert,
        "rule": "failed_test",
        "key": f"failed_test/{alert}",
        "severity": "critical",
        "station": station,
        "device": "tester",
        "item": "pesticide_inhibition",
        "sample": "7",
        "commodity": "韭菜",
        "facts": json.dumps({"value_text": "63.1", "unit": "%"}),
        "opened_at": now(),
        "updated_at": now(),
    }
    _insert(connection, "alert", row | columns)
    step = {"id": uuid7(), "alert": alert, "at": now(), "action": "opened", "note": "fail: 63.1 %"}
    _insert(connection, "alert_step", step)
    return alert


def alert_item(alert: UUID, station: str, **columns: Any) -> dict[str, Any]:
    """Return the item of the live feed for such an alert."""
    return {
        "kind": "alert",
        "id": str(alert),
        "rule": "failed_test",
        "severity": "critical",
        "state": "open",
        "station": station,
        "subject": "韭菜 农药残留 7",
        "opened_at": now().isoformat(),
    } | columns


def add_subscription(connection: psycopg.Connection[Any], address: str, **columns: Any) -> UUID:
    subscription = uuid7()
    row = {
        "id": subscription,
        "name": "street office",
        "channel": "webhook",
        "address": address,
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    }
    _insert(connection, "subscription", row | columns)
    return subscription


def add_delivery(connection: psycopg.Connection[Any], alert: UUID, subscription: UUID, **columns: Any) -> UUID:
    """Insert a delivery that is due, and notify the workers."""
    delivery = uuid7()
    row = {"id": delivery, "alert": alert, "subscription": subscription, "next_attempt_at": now(), "created_at": now()}
    _insert(connection, "delivery", row | columns)
    connection.execute("NOTIFY shian_delivery")
    return delivery


def publish(connection: psycopg.Connection[Any], *items: dict[str, Any]) -> None:
    """Publish news, as ingest writes them: a row of the feed and the word that wakes its readers."""
    connection.execute("INSERT INTO feed (items) VALUES (%s)", [json.dumps(items, ensure_ascii=False)])
    connection.execute("NOTIFY shian_feed")


def _insert(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    places = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})".encode(), list(row.values()))
