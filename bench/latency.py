"""From the last serial byte to the WebSocket message, all of Shian as real processes on this machine.

    ./dev bench latency              # or: python -m bench.latency [--seconds 20] [--rates 10 100] [--broker mosquitto]

Eight virtual ASTM analyzers on ptys push results at a steady rate to two agents; the clock of a result starts when the
last byte of the frame that holds it was written to the pty, and stops when this process has the WebSocket message.
PostgreSQL is durable (fsync on). The stages come from the times that the system itself writes down:

    edge      last serial byte -> the edge recorded the event (decoded, numbered)
    way       -> ingest took it (fsync of the spool, MQTT, broker, decoding)
    centre    -> WebSocket message (one transaction with all rows, NOTIFY, the server's read, the socket)

The reference in the same run is a bare loop: publish -> broker -> insert, committed -> second publish (bench.bare_way).
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import paho.mqtt.client as mqtt
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bench import bare_way
from firmware_adapters.contract import Simulator, Specimen
from shian.local.broker import Kind, LocalBroker, best_kind
from shian.local.postgres import LocalPostgres
from tests.support.system import Agent, Analyzer, System, running
from tests.support.waiting import wait_for

AGENTS = tuple(
    Agent(f"bench-{number}", tuple(Analyzer(f"reader-{line}", "astm", "virtual-food") for line in range(4)))
    for number in range(2)
)


@dataclass(slots=True)
class Timed:
    """A simulator that notes when the frame with a result left it, in the order in which they were made."""

    inner: Simulator
    waiting: list[str] = field(default_factory=list)
    sent_at: dict[str, float] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        return self.inner.deadline

    def measure(self, specimen: Specimen) -> None:
        self.waiting.append(specimen.number)
        self.inner.measure(specimen)

    def receive(self, data: bytes, now: float) -> bytes:
        return self._noted(self.inner.receive(data, now))

    def tick(self, now: float) -> bytes:
        return self._noted(self.inner.tick(now))

    def _noted(self, said: bytes) -> bytes:
        # The record L ends the message; whoever has it has the result.
        if b"L|1|N" in said:
            self.sent_at[self.waiting.pop(0)] = time.time()
        return said


@dataclass(slots=True)
class Screen:
    """A page that watches: when each sample's result came to it, and how long the stages before took."""

    connection: ClientConnection
    seen_at: dict[str, float] = field(default_factory=dict)
    recorded_at: dict[str, float] = field(default_factory=dict)
    received_at: dict[str, float] = field(default_factory=dict)

    def watch(self) -> None:
        try:
            for message in self.connection:
                now = time.time()
                for item in json.loads(message).get("items", ()):
                    if item["kind"] == "result":
                        number = item["sample"]
                        self.seen_at[number] = now
                        self.recorded_at[number] = _seconds(item["recorded_at"])
                        self.received_at[number] = _seconds(item["received_at"])
        except ConnectionClosed:
            return


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


def row(name: str, values: Sequence[float]) -> None:
    figures = "  ".join(f"p{int(share * 100)} {percentile(values, share):6.1f}" for share in (0.5, 0.9, 0.99))
    print(f"  {name:<34} {figures}  max {max(values) * 1000:6.1f} ms")


def ticks(rate: float, seconds: float) -> Iterator[int]:
    """Yield 0, 1, 2 ... at a steady pace. A late number comes at once and is not left out."""
    started = time.monotonic()
    for number in range(int(rate * seconds)):
        pause = started + number / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        yield number


def processes(system: System) -> dict[str, list[psutil.Process]]:
    """Return the processes that take part, by name; PostgreSQL with its backends."""
    postgres = psutil.Process(system.postgres.pid)
    return {
        "analyzers and screen (this bench)": [psutil.Process()],
        "edge": [psutil.Process(child.pid) for child in system.edges.values()],
        "broker": [psutil.Process(system.broker.pid)],
        "ingest": [psutil.Process(system.ingest.pid)],
        "postgres": [postgres, *postgres.children(recursive=True)],
        "server": [psutil.Process(system.server.pid)],
    }


def cpu_seconds(group: list[psutil.Process]) -> float:
    return sum(process.cpu_times().user + process.cpu_times().system for process in group if process.is_running())


def measure(system: System, screen: Screen, timed: list[Timed], rate: float, seconds: float) -> None:
    analyzers = list(system.analyzers.values())
    base = datetime.now(system.zone).replace(tzinfo=None, microsecond=0)
    names = []
    groups = processes(system)
    before = {name: cpu_seconds(group) for name, group in groups.items()}
    started = time.monotonic()
    for number in ticks(rate, seconds):
        name = f"{rate:g}-{number}"
        names.append(name)
        at = base + timedelta(seconds=number // len(analyzers))
        specimen = Specimen(name, "菠菜", "pesticide_inhibition", 12.5, at)
        system.rack.measure(analyzers[number % len(analyzers)], specimen)
    wait_for(lambda: all(name in screen.seen_at for name in names), timeout_s=60, what="all on the screen")
    took = time.monotonic() - started
    sent = {name: at for device in timed for name, at in device.sent_at.items()}
    print(f"\n{len(names)} results, {rate:g} a second:")
    row("last serial byte -> WebSocket", [screen.seen_at[name] - sent[name] for name in names])
    row("  edge: serial -> recorded", [screen.recorded_at[name] - sent[name] for name in names])
    row("  way: recorded -> at ingest", [screen.received_at[name] - screen.recorded_at[name] for name in names])
    shares = (f"{name} {100 * (cpu_seconds(group) - before[name]) / took:.0f}" for name, group in groups.items())
    row("  centre: at ingest -> WebSocket", [screen.seen_at[name] - screen.received_at[name] for name in names])
    print(f"  processor, % of one core: {', '.join(shares)}")


def measure_bare(broker: LocalBroker, postgres: LocalPostgres, rate: float, seconds: float) -> None:
    with _middle(broker.port, postgres.dsn):
        back: dict[int, float] = {}
        client = bare_way.connect("bare-end", broker.port, bare_way.BACK)

        def on_message(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
            back.setdefault(int(message.payload[:8]), time.time())

        client.on_message = on_message
        client.loop_start()
        probe = 99_999_999
        wait_for(lambda: client.publish(bare_way.THERE, b"%8d" % probe, qos=1) and probe in back, timeout_s=30)
        sent = {}
        for number in ticks(rate, seconds):
            sent[number] = time.time()
            client.publish(bare_way.THERE, (b"%8d" % number).ljust(600, b"."), qos=1)
        wait_for(lambda: all(number in back for number in sent), timeout_s=30)
        client.disconnect()
        client.loop_stop()
    row("reference: bare loop", [back[number] - at for number, at in sent.items()])


@contextmanager
def _middle(port: int, dsn: str) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-m", "bench.bare_way", str(port), dsn]) as process:
        try:
            yield
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0, 100.0])
    parser.add_argument("--broker", choices=["mosquitto", "iotcore"], default=best_kind())
    options = parser.parse_args()
    kind: Kind = options.broker
    print(f"{datetime.now(UTC):%Y-%m-%d}, broker {kind}, PostgreSQL durable, {len(AGENTS)} agents")
    with running(kind, AGENTS, seed=1) as system:
        timed = [Timed(analyzer.simulator) for analyzer in system.analyzers.values()]
        for analyzer, wrapped in zip(system.analyzers.values(), timed, strict=True):
            analyzer.clear(wrapped)
        wait_for(
            lambda: all(analyzer.has_host for analyzer in system.analyzers.values()), timeout_s=60, what="the agents"
        )
        with closing(connect(f"ws://127.0.0.1:{system.port}/api/v1/live", compression=None, proxy=None)) as socket:
            screen = Screen(socket)
            watcher = threading.Thread(target=screen.watch)
            watcher.start()
            measure_warm_up(system, screen)
            for rate in options.rates:
                measure(system, screen, timed, rate, options.seconds)
                measure_bare(system.broker, system.postgres, rate, options.seconds)
        watcher.join()


def measure_warm_up(system: System, screen: Screen) -> None:
    """Use every line, connection and statement once before the clock starts."""
    rng = Random(1)
    at = datetime.now(system.zone).replace(tzinfo=None, microsecond=0) - timedelta(hours=1)
    names = [f"warm-{number}" for number in range(40)]
    analyzers = list(system.analyzers.values())
    for number, name in enumerate(names):
        specimen = Specimen(name, "菠菜", "pesticide_inhibition", rng.uniform(0, 40), at + timedelta(seconds=number))
        system.rack.measure(analyzers[number % len(analyzers)], specimen)
    wait_for(lambda: all(name in screen.seen_at for name in names), timeout_s=20, what="the warm-up")


if __name__ == "__main__":
    main()
