"""The wire doubles and reorders what a station sent: it is stored once, and the chain is whole."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from random import Random

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.spool.file import FILE
from shian.local.broker import best_kind
from tests.support import processes
from tests.support.system import Agent, Analyzer, System, running
from tests.support.truth import Feeder
from tests.support.waiting import wait_for
from wire.kinds.envelope import CONTENT_TYPE
from wire.topics import Leaf, topic

STATION = "disorder-1"
TIMES = 3


def bodies(system: System) -> list[bytes]:
    with closing(sqlite3.connect(f"file:{system.data(STATION) / FILE}?mode=ro", uri=True)) as spool:
        return [body for (body,) in spool.execute("SELECT body FROM event ORDER BY sequence")]


def results(system: System) -> int:
    return sum(b"shian.result.v1" in body for body in bodies(system))


def publish(port: int, messages: list[bytes]) -> None:
    """Publish as the station itself, until the broker has acknowledged every message."""
    is_connected = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="disorder", protocol=mqtt.MQTTv5)
    client.on_connect = lambda *_: is_connected.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert is_connected.wait(20)
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    sent = [client.publish(topic(STATION, Leaf.EVENTS), body, qos=1, properties=properties) for body in messages]
    for info in sent:
        info.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def test_doubled_and_shuffled_events_are_stored_once(tmp_path: Path) -> None:
    agents = (Agent(STATION, (Analyzer("reader", "astm", "virtual-food"),)),)
    with running(best_kind(), agents, seed=3, is_durable=False) as system:
        # The agent speaks to nobody: what arrives is what we send in its name.
        system.edges[STATION].stop()
        system.ingest.stop()
        system.edges[STATION].start()
        with Feeder(system, Random(8), 60.0, tmp_path / "truth.jsonl") as feeder:
            wait_for(lambda: len(feeder.made) >= 60, timeout_s=60)
        wait_for(lambda: results(system) == len(feeder.made), timeout_s=60, what="every result to be recorded")
        system.edges[STATION].stop()
        sent = bodies(system)
        system.ingest.start()
        newest = "SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence DESC LIMIT 1"

        def somebody_listens() -> bool:  # a broker without sessions keeps nothing for an ingest that is not there yet
            publish(system.broker.port, sent[-1:])
            return [bytes(body) for (body,) in system.rows(newest)] == sent[-1:]

        wait_for(somebody_listens, what="ingest")
        messages = sent * TIMES
        Random(9).shuffle(messages)
        publish(system.broker.port, messages)
        wait_for(
            lambda: system.rows("SELECT count(*) FROM event WHERE station <> 'centre'") == [(len(sent),)],
            timeout_s=60,
            what="all to be stored",
        )
        stored = [
            bytes(body)
            for (body,) in system.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY stream, sequence")
        ]
        assert stored == sent
        assert system.rows("SELECT count(*) FROM result") == [(len(feeder.made),)]
        assert system.rows("SELECT count(*) FROM quarantine") == [(0,)]
        done = processes.run("verify", "--dsn", system.dsn)
        assert done.returncode == 0, done.stdout
