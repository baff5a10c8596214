"""Attacks of one station through a real broker and a real ingest; its neighbour works on beside them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from shian.local.broker import LocalBroker
from storage import stations
from tests.support.ingesting import ingesting
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire import receipts
from wire.terms import Verdict
from wire.topics import Leaf, topic

KIB = 1024


class Wire:
    """A client of the broker that sends as a station and hears its receipts."""

    def __init__(self, port: int, station: str) -> None:
        self.through = 0
        self.station = station
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{station}", protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(1000)
        is_ready = threading.Event()
        self._client.on_connect = lambda client, *_: client.subscribe(topic(station, Leaf.RECEIPTS), 1)
        self._client.on_subscribe = lambda *_: is_ready.set()
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert is_ready.wait(20)

    def send(self, leaf: Leaf, *bodies: bytes) -> None:
        last = [self._client.publish(topic(self.station, leaf), body, qos=1) for body in bodies][-1]
        last.wait_for_publish(60)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.through = max(self.through, receipts.decode(bytes(message.payload)).through)


@contextmanager
def wire(broker: LocalBroker, station: str) -> Iterator[Wire]:
    line = Wire(broker.port, station)
    try:
        yield line
    finally:
        line.close()


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connect:
        for name in ("hostile", "good"):
            stations.enrol(connect, stations.Station(name))
        yield connect


def one(database: psycopg.Connection[Any], query: str) -> Any:
    ((value,),) = database.execute(query.encode()).fetchall()
    return value


def failing(station: ChainedStation, count: int) -> list[bytes]:
    return [station.add(result(88.0, number=str(number), device_verdict=Verdict.FAIL)) for number in range(count)]


def test_3000_junk_messages_cost_a_neighbour_nothing(
    dsn: str, broker: LocalBroker, database: psycopg.Connection[Any]
) -> None:
    good = ChainedStation("good")
    with ingesting(dsn, broker.port), wire(broker, "hostile") as hostile, wire(broker, "good") as neighbour:
        for number in range(0, 3000, 100):
            junk = [b"%08d".ljust(64 * KIB, b"x") % filler for filler in range(number, number + 100)]
            hostile.send(Leaf.EVENTS, *junk)
            neighbour.send(Leaf.EVENTS, good.add(result(12.0, number=str(number))))
        wait_for(lambda: neighbour.through == 30, timeout_s=60, what="the neighbour's receipts")
        wait_for(lambda: one(database, "SELECT count(*) FROM quarantine") == 3000, timeout_s=60, what="all of the junk")
    assert one(database, "SELECT sum(octet_length(body)) FROM quarantine") <= 2 * 16 * KIB * KIB
    assert database.execute("SELECT rule, station FROM alert").fetchall() == [("over_budget", "hostile")]


def test_2000_failing_samples_do_not_hide_a_neighbours_failed_test(
    dsn: str, broker: LocalBroker, database: psycopg.Connection[Any]
) -> None:
    burst, good = failing(ChainedStation("hostile"), 2000), failing(ChainedStation("good"), 3)
    with ingesting(dsn, broker.port), wire(broker, "hostile") as hostile, wire(broker, "good") as neighbour:
        hostile.send(Leaf.URGENT, *burst[:1000])
        neighbour.send(Leaf.URGENT, *good)
        hostile.send(Leaf.EVENTS, *burst[1000:])
        wait_for(lambda: (hostile.through, neighbour.through) == (2000, 3), timeout_s=120, what="all receipts")
    assert one(database, "SELECT count(*) FROM alert WHERE station = 'good'") == 3
    assert one(database, "SELECT count(*) FROM result WHERE verdict = 'fail' AND station = 'hostile'") == 2000
    own, many = database.execute(
        "SELECT count(*) FILTER (WHERE NOT facts ? 'folded'), sum((facts ->> 'folded')::int) FROM alert"
        " WHERE station = 'hostile' AND rule = 'failed_test'"
    ).fetchall()[0]
    assert own + many == 2000
    assert 200 <= own <= 400, "each of the two lanes counts for itself between two looks"


def test_a_flood_of_events_shuts_out_the_flooder_and_nobody_else(
    dsn: str, broker: LocalBroker, database: psycopg.Connection[Any]
) -> None:
    flooder, good = ChainedStation("hostile"), ChainedStation("good")
    bodies = [flooder.add(result(12.0, number=str(number))) for number in range(3000)]
    with (
        ingesting(dsn, broker.port, budgets={"events": 500}),
        wire(broker, "hostile") as hostile,
        wire(broker, "good") as neighbour,
    ):
        hostile.send(Leaf.EVENTS, *bodies)
        neighbour.send(Leaf.EVENTS, *[good.add(result(12.0, number=str(number))) for number in range(300)])
        wait_for(lambda: neighbour.through == 300, timeout_s=60, what="the neighbour's receipts")
        wait_for(lambda: hostile.through == 500, timeout_s=60, what="what there was room for")
        database.execute("UPDATE budget SET hour = hour - interval '1 hour'")
        hour_is_read = "SELECT count(*) FROM event WHERE station = 'hostile'"

        def sent_again() -> bool:
            hostile.send(Leaf.EVENTS, *bodies[500:600])
            return int(one(database, hour_is_read)) == 600

        wait_for(sent_again, timeout_s=60, what="the next hour")
    assert one(database, "SELECT count(*) FROM quarantine") == 0
