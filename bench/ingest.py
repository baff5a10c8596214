"""Committed events a second: ingest with everything on, one worker and two, beside a bare loop in the same run.

    .venv/bin/python -m bench.ingest [--events 40000] [--rounds 3] [--tls]

With --tls: one worker without TLS, and one by TLS with its certificate and the broker's access list; by turns.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.session import names
from ingest.settings import Ingest
from process.connections import Broker, introduce
from shian.local.broker import LocalBroker, Tls, best_kind
from shian.local.certificates import Certificates
from shian.local.layout import write_settings
from shian.local.ports import free_port
from storage.migrate import migrate
from storage.settings import Database
from storage.stations import Station, enrol
from tests.support import services
from tests.support.station import ChainedStation, result
from wire.topics import Leaf, subscription

_STATIONS = 20
_BYTES = 600
_CHECKPOINT = 100
_FAILED = 100  # one in so many
# Two workers share by a group; its name is a secret elsewhere.
_GROUP = "0123456789abcdef"
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


@dataclass(frozen=True, slots=True)
class Place:
    """The broker as its clients reach it."""

    broker: LocalBroker
    certificates: Certificates | None

    def settings(self, name: str) -> Broker:
        """Return the settings of the client `name`."""
        if self.certificates is None:
            return Broker(port=self.broker.port)
        pair, trusted = self.certificates.client(name), self.certificates.authority_file
        return Broker(port=self.broker.port, ca_file=trusted, cert_file=pair, key_file=pair)


def _session(place: Place, name: str, topic: str) -> None:
    """Make a session for a worker that is not there yet, so that the broker keeps its share."""
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    introduce(client, place.settings("ingest"))
    client.on_connect = lambda connected, *_: connected.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: ready.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    client.connect("127.0.0.1", place.broker.port, clean_start=False, properties=properties)
    client.loop_start()
    assert ready.wait(20)
    client.disconnect()
    client.loop_stop()


def _publish(place: Place, messages: Sequence[Message]) -> None:
    """Publish everything in its order, each station's by its own certificate where there are some."""
    with ExitStack() as closing:
        clients: dict[str, mqtt.Client] = {}
        for start in range(0, len(messages), 1000):
            sent = []
            for topic, body in messages[start : start + 1000]:
                name = topic.split("/")[2] if place.certificates else "load"
                if name not in clients:
                    clients[name] = closing.enter_context(_connected(place, name))
                sent.append(clients[name].publish(topic, body, qos=1))
            for publication in sent:
                publication.wait_for_publish(60)


@contextmanager
def _connected(place: Place, name: str) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    introduce(client, place.settings(name))
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", place.broker.port)
    client.loop_start()
    try:
        yield client
    finally:
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


def measure(
    messages: Sequence[Message],
    workers: int,
    *,
    is_tls: bool = False,
    prepare: Callable[[psycopg.Connection[Any]], None] = lambda _: None,
) -> tuple[float, float]:
    """Return the rate of `workers` processes (0: of the bare loop), and their CPU time for an event in microseconds.
    `prepare` writes what the database shall have before they start."""
    with services.postgres(is_durable=True) as server, _broker(is_tls=is_tls) as place:
        migrate(server.dsn)
        with psycopg.connect(server.dsn) as connection:
            for n in range(_STATIONS):
                enrol(connection, Station(f"market-{n:02}"))
            prepare(connection)
            connection.execute("CREATE TABLE bare (body bytea)")
            connection.execute("CREATE TABLE progress AS SELECT 0::bigint AS count")
        results = sum(b"shian.result.v1" in body for _, body in messages)
        with tempfile.TemporaryDirectory() as folder:
            group = _GROUP if workers > 1 else None
            if workers:
                settings = [_settings(Path(folder), f"bench-{n}", place, server.dsn, group) for n in range(workers)]
                commands = [_worker(Path(folder), one) for one in settings]
                query, count = "SELECT sum(tests) FROM daily_result", results
                sessions = [names(one).session for one in settings]
            else:
                sessions = ["bare"]
                commands = [["bench.bare_ingest", str(place.broker.port), server.dsn, "bare"]]
                query, count = "SELECT count FROM progress", len(messages)
            for session in sessions:
                _session(place, session, subscription(Leaf.EVENTS, group=group))
            _publish(place, messages)
            with psycopg.connect(server.dsn, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            with Workers(commands) as pool:
                rate = _rate(server.dsn, query, count, pool.start)
                return rate, pool.cpu_s() / len(messages) * 1e6


@contextmanager
def _broker(*, is_tls: bool) -> Iterator[Place]:
    if not is_tls:
        with services.broker(best_kind()) as broker:
            yield Place(broker, None)
        return
    with services.short_folder() as folder:
        certificates = Certificates.prepare(folder)
        host, revoked = certificates.host(["127.0.0.1"]), certificates.write_first_revocations()
        guarded = LocalBroker(
            folder / "broker", free_port(), "mosquitto", tls=Tls(certificates.authority_file, host, revoked)
        )
        guarded.start()
        try:
            yield Place(guarded, certificates)
        finally:
            guarded.stop()


def _settings(folder: Path, name: str, place: Place, dsn: str, group: str | None) -> Ingest:
    path = folder / "group"
    path.write_text(group or "")
    return Ingest(
        name=name,
        log_level="error",
        broker=place.settings("ingest"),
        database=Database(dsn=dsn),
        group_file=path if group else None,
    )


def _worker(folder: Path, settings: Ingest) -> list[str]:
    path = folder / f"{settings.name}.toml"
    broker = settings.broker.model_dump(mode="json", exclude_defaults=True)
    top: dict[str, str] = {"name": settings.name, "log_level": settings.log_level}
    if settings.group_file:
        top["group_file"] = str(settings.group_file)
    write_settings(path, top, {"broker": broker, "database": {"dsn": settings.database.dsn}}, {})
    return ["shian", "ingest", "run", "--config", str(path)]


def compare_tls(messages: Sequence[Message], rounds: int) -> None:
    """Print the rate by TLS with certificates against plain, by turns in one run."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    for number in range(rounds):
        # By turns also in their order: whatever else runs on the machine favours neither.
        for is_tls in (bool(number % 2), not number % 2):
            rate, cpu = measure(messages, 1, is_tls=is_tls)
            rates[is_tls].append(rate)
            name = "TLS, certificates, access list" if is_tls else "plain"
            print(f"  {name}: {rate:,.0f}/s, {cpu:.0f} us of CPU an event, load {os.getloadavg()[0]:.1f}", flush=True)
    plain, tls = statistics.median(rates[False]), statistics.median(rates[True])
    print(f"median: plain {plain:,.0f}/s, TLS {tls:,.0f}/s = {tls / plain:.2f}")
    print(json.dumps({"plain": round(plain), "tls": round(tls)}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=int, choices=(0, 1, 2))
    parser.add_argument("--tls", action="store_true", help="by TLS with certificates against plain, and nothing else")
    options = parser.parse_args()
    messages = make_events(options.events)
    size = statistics.mean(len(body) for _, body in messages)
    print(f"{len(messages)} events of {size:.0f} bytes, {_STATIONS} stations, {best_kind()}, {os.cpu_count()} cores")
    if options.tls:
        compare_tls(messages, options.rounds)
        return
    rates: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for _ in range(options.rounds):
        for workers in [options.only] if options.only is not None else [0, 1, 2]:
            rate, cpu = measure(messages, workers)
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
