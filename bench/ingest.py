"""Committed events a second: ingest with everything on, one worker and two, beside a bare loop in the same run.

    .venv/bin/python -m bench.ingest [--events 40000] [--rounds 3]

PostgreSQL (durable) and the broker run on the same machine. The broker holds all events for the worker before it
starts; the rate is taken between a tenth and all of them, from what other sessions see as committed.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import psycopg
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shian.local.broker import LocalBroker, best_kind
from storage.migrate import migrate
from storage.stations import Station, enrol
from tests.support import services
from tests.support.station import ChainedStation, result
from wire.topics import Leaf, subscription

_STATIONS = 20
_BYTES = 600
_CHECKPOINT = 100
_FAILED = 100  # one in so many
Message = tuple[str, bytes]


def make_events(count: int) -> list[Message]:
    """Return `count` results of about 600 bytes, from twenty stations by turns, with their checkpoints."""
    stations = [ChainedStation(f"market-{n:02}") for n in range(_STATIONS)]
    padding = _BYTES - len(ChainedStation("market-00").add(result(12.5, number="10000", raw="AA==")))
    messages = []
    for number in range(count):
        station = stations[number % _STATIONS]
        value = 88.0 if number % _FAILED == 0 else 12.5
        raw = "A" * (padding // 4 * 4 + 4)
        messages.append((station.topic, station.add(result(value, number=str(number), raw=raw, device_verdict=None))))
        if len(station.bodies) % _CHECKPOINT == 0:
            messages.append((station.topic, station.checkpoint()))
    return messages


def _session(port: int, name: str) -> None:
    """Make a session for a worker that is not there yet, so that the broker keeps its share."""
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.on_connect = lambda connected, *_: connected.subscribe(subscription(Leaf.EVENTS, group="ingest"), qos=1)
    client.on_subscribe = lambda *_: ready.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_start()
    assert ready.wait(20)
    client.disconnect()
    client.loop_stop()


def _publish(port: int, messages: Sequence[Message]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="load", protocol=mqtt.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for start in range(0, len(messages), 1000):
        sent = [client.publish(topic, body, qos=1) for topic, body in messages[start : start + 1000]]
        for publication in sent:
            publication.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


class Workers:
    """Processes that start when they are told and end with the block."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._commands = commands
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        out = None if "BENCH_LOUD" in os.environ else subprocess.DEVNULL
        self._running = [subprocess.Popen([sys.executable, "-m", *command], stderr=out) for command in self._commands]

    def cpu_s(self) -> float:
        """Return the processor seconds of all processes together, their start included."""
        return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in self._running)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _rate(dsn: str, query: str, count: int, start: Callable[[], None]) -> float:
    """Return the events a second between a tenth and all of `count`."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        start()
        first: tuple[float, int] | None = None
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            row = connection.execute(query.encode()).fetchone()
            done, now = int(row[0] or 0) if row else 0, time.monotonic()
            if first is None and done >= count // 10:
                first = (now, done)
            if done >= count and first is not None:
                return (done - first[1]) / (now - first[0])
            time.sleep(0.02)
    raise SystemExit(f"only {done} of {count} came")


def _run(messages: Sequence[Message], workers: int) -> tuple[float, float]:
    """Return the rate of `workers` processes (0: of the bare loop), and their CPU time for an event in microseconds."""
    kind = best_kind()
    with services.postgres(is_durable=True) as server, services.broker(kind) as broker:
        migrate(server.dsn)
        with psycopg.connect(server.dsn) as connection:
            for n in range(_STATIONS):
                enrol(connection, Station(f"market-{n:02}"))
            connection.execute("CREATE TABLE bare (body bytea)")
            connection.execute("CREATE TABLE progress AS SELECT 0::bigint AS count")
        results = sum(b"shian.result.v1" in body for _, body in messages)
        with tempfile.TemporaryDirectory() as folder:
            if workers:
                names = [f"bench-{n}" for n in range(workers)]
                commands = [_worker(Path(folder), name, broker, server.dsn) for name in names]
                query, count = "SELECT sum(tests) FROM daily_result", results
                names = [f"ingest-{name}" for name in names]
            else:
                names = ["bare"]
                commands = [["bench.bare_ingest", str(broker.port), server.dsn, "bare"]]
                query, count = "SELECT count FROM progress", len(messages)
            for name in names:
                _session(broker.port, name)
            _publish(broker.port, messages)
            with psycopg.connect(server.dsn, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            with Workers(commands) as pool:
                rate = _rate(server.dsn, query, count, pool.start)
                return rate, pool.cpu_s() / len(messages) * 1e6


def _worker(folder: Path, name: str, broker: LocalBroker, dsn: str) -> list[str]:
    path = folder / f"{name}.toml"
    path.write_text(
        f'name = "{name}"\nlog_level = "error"\n[broker]\nport = {broker.port}\n[database]\ndsn = "{dsn}"\n', "utf-8"
    )
    return ["shian", "ingest", "run", "--config", str(path)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=int, choices=(0, 1, 2))
    options = parser.parse_args()
    messages = make_events(options.events)
    size = statistics.mean(len(body) for _, body in messages)
    print(f"{len(messages)} events of {size:.0f} bytes, {_STATIONS} stations, {best_kind()}, {os.cpu_count()} cores")
    rates: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for _ in range(options.rounds):
        for workers in [options.only] if options.only is not None else [0, 1, 2]:
            rate, cpu = _run(messages, workers)
            rates[workers].append(rate)
            name = ("bare loop", "one worker", "two workers")[workers]
            print(f"  {name}: {rate:,.0f}/s, {cpu:.0f} us of CPU an event, load {os.getloadavg()[0]:.1f}", flush=True)
    if options.only is None:
        bare, one, two = (statistics.median(rates[workers]) for workers in (0, 1, 2))
        print(
            f"median: bare {bare:,.0f}/s, one worker {one:,.0f}/s = {one / bare:.2f} of bare, two {two / one:.2f} x one"
        )
        print(json.dumps({"bare": round(bare), "one": round(one), "two": round(two)}))


if __name__ == "__main__":
    main()
