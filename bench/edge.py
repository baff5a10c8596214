"""The agent: results a second from a pty to their receipts, drain rate of a backlog, memory.

    ./dev bench edge                # or: python -m bench.edge [--lines 20000] [--backlog 100000]

Every figure stands next to a reference that was measured in the same run on the same machine:

- pty -> spool -> receipts, next to a bare loop (read a pty, one `INSERT` and commit a read, same PRAGMAs, no decoding,
  no events, no broker);
- drain of a backlog, next to paho alone publishing bodies of the same size at QoS 1 until each has its PUBACK.

The lines have 120 bytes and go through the line family of the tests (decoding them costs little); the broker is a real
one; receipts come from a bare responder in a process of its own, a stand-in for an ingest that never is the bottleneck.
Agent, broker, responder and the analyzer's end share the machine's cores: the run prints their load, and what one fsync
costs.
"""

import argparse
import os
import re
import select
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.spool import view as spool_view
from edge.spool.rows import Draft
from edge.spool.spool import Spool, SpoolPlan
from shian.local.broker import LocalBroker, best_kind
from shian.local.ports import free_port
from tests.support.edge_station import EdgeProcess, settings_document
from tests.support.ptys import Cable
from wire import receipts
from wire.events import source_of
from wire.kinds.result import ResultV1
from wire.receipts import Receipt
from wire.topics import Leaf, topic

STATION = "bench"
LINE = 120
_ID = re.compile(rb'"stream":"([0-9a-f-]{36})".*?"sequence":(\d+)')


def line(number: int) -> bytes:
    body = f"R|{number:08d}|20260110080000|pesticide_inhibition|12.5|%|".encode()
    body += b"S" * (LINE - 4 - len(body))
    return body + b"*%02X\n" % (sum(body) % 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--backlog", type=int, default=100_000)
    parser.add_argument("--responder", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.responder:
        respond(options.responder)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shian-bench-")))
        broker = LocalBroker(folder, free_port(), best_kind())
        broker.start()
        stack.callback(broker.stop)
        print(f"broker {broker.kind}, one fsync {1000 * fsync_s(folder):.2f} ms, load {os.getloadavg()[0]:.1f}")
        bench_lines(folder, broker.port, options.lines)
        bench_drain(folder, broker.port, options.backlog)


def bench_lines(folder: Path, port: int, count: int) -> None:
    bare = bare_lines(folder / "bare.db", count)
    with running(folder, "lines", port) as (process, cord, data):
        idle = memory(process.pid, "VmRSS")
        started = time.perf_counter()
        feeder = threading.Thread(
            target=cord.write, args=(b"".join(map(line, range(count))),), kwargs={"timeout_s": 120}
        )
        feeder.start()
        answered = 0
        while answered < count:
            answered += len(cord.read())
            time.sleep(0.001)
        recorded_s = time.perf_counter() - started
        until(lambda: spool_view.summary(data).waiting == 0)
        done_s = time.perf_counter() - started
        feeder.join()
        peak = memory(process.pid, "VmHWM")
    print(f"pty -> spool (acknowledged)     {count / recorded_s:8.0f} results/s")
    print(f"pty -> spool -> broker -> receipt {count / done_s:6.0f} results/s   of {count} lines of {LINE} bytes")
    print(f"  reference: bare pty + insert  {bare:8.0f} lines/s     ratio {count / done_s / bare:.2f}")
    print(f"memory of the agent             {idle:8.1f} MiB idle, {peak:.1f} MiB peak under this load")


def bench_drain(folder: Path, port: int, count: int) -> None:
    size = fill(folder / "drain" / "data", count)
    bare = bare_publish(port, 20_000, size)
    with running(folder, "drain", port) as (process, _, data):
        until(lambda: spool_view.summary(data).waiting < count)
        started, first = time.perf_counter(), spool_view.summary(data).waiting
        until(lambda: spool_view.summary(data).waiting == 0)
        rate = first / (time.perf_counter() - started)
        peak = memory(process.pid, "VmHWM")
    print(f"drain of {count} waiting events {rate:8.0f} events/s    of {size} bytes")
    print(f"  reference: bare paho publish  {bare:8.0f} publishes/s ratio {rate / bare:.2f}")
    print(f"memory of the agent             {peak:8.1f} MiB peak while draining")


class running:  # noqa: N801  reads as a verb
    """An agent and a responder, both processes; yields (agent, cable, data folder)."""

    def __init__(self, folder: Path, name: str, port: int) -> None:
        self._folder = folder / name
        self._folder.mkdir(exist_ok=True)
        self._port = port

    def __enter__(self) -> tuple[EdgeProcess, Cable, Path]:
        self._responder = subprocess.Popen([sys.executable, "-m", "bench.edge", "--responder", str(self._port)])
        self._cord = Cable(self._folder / "port")
        document = settings_document(self._folder, self._port, STATION)
        document |= {"uplink": {}, "log_level": "warning"}
        self._edge = EdgeProcess(self._folder, document)
        self._edge.start()
        data = self._folder / "data"
        until(lambda: (data / "status.json").exists() and '"is_connected":true' in (data / "status.json").read_text())
        return self._edge, self._cord, data

    def __exit__(self, *_: object) -> None:
        self._edge.stop()
        self._cord.unplug()
        self._responder.terminate()
        self._responder.wait()


def respond(port: int) -> None:
    """Answer as a bare responder: one receipt for everything that was queued when the last one was sent."""
    seen: list[bytes] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bench-responder", protocol=mqtt.MQTTv5)
    client.on_message = lambda _client, _data, message: seen.append(bytes(message.payload))
    client.connect("127.0.0.1", port)
    client.subscribe(topic(STATION, Leaf.EVENTS), qos=1)
    client.loop_start()
    throughs: dict[str, int] = {}
    above: dict[str, set[int]] = {}
    while True:
        time.sleep(0.005)
        batch, seen[:] = seen[:], []
        extras: dict[str, list[int]] = {}
        for body in batch:
            found = _ID.search(body)
            if found:
                stream, sequence = found[1].decode(), int(found[2])
                above.setdefault(stream, set()).add(sequence)
                extras.setdefault(stream, []).append(sequence)
        for stream, sequences in extras.items():
            through = throughs.get(stream, 0)
            while through + 1 in above[stream]:
                through += 1
                above[stream].discard(through)
            throughs[stream] = through
            extra = tuple(sequence for sequence in sequences if sequence > through)
            receipt = Receipt.model_validate({"stream": stream, "through": through, "extra": extra})
            client.publish(topic(STATION, Leaf.RECEIPTS), receipts.encode(receipt), qos=1)


def fill(folder: Path, count: int) -> int:
    """Fill a spool with `count` waiting results and return the size of one event in bytes."""
    folder.mkdir(parents=True)
    spool = Spool(SpoolPlan(STATION, folder), clock=lambda: datetime.now(UTC), free_bytes=lambda: 1 << 40)
    spool.open()
    for start in range(0, count, 1000):
        spool.record([_draft(number) for number in range(start, min(count, start + 1000))])
    size = int(sqlite_value(folder / "spool.db", "SELECT avg(length(body)) FROM event"))
    spool.close()
    return size


def _draft(number: int) -> Draft:
    identity = f"{number:064x}"
    result = ResultV1(
        identity=identity, adapter="line", profile="line", item="pesticide_inhibition", record=str(number), value=12.5,
        value_text="12.5", unit="%", raw="A" * 160,
    )  # fmt: skip
    return Draft(result, source_of(STATION, "reader"), identity=identity)


def bare_lines(path: Path, count: int) -> float:
    """Return lines a second of the reference, which reads the bytes that are there, inserts them and commits with
    fsync."""
    master, slave = os.openpty()
    tty.setraw(slave)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE line (bytes BLOB)")
    content = b"".join(map(line, range(count)))
    feeder = threading.Thread(target=_feed, args=(master, content))
    feeder.start()
    started, got, rest = time.perf_counter(), 0, b""
    while got < count:
        select.select([slave], [], [])
        *lines, rest = (rest + os.read(slave, 65536)).split(b"\n")
        connection.execute("BEGIN")
        for text in lines:
            connection.execute("INSERT INTO line VALUES (?)", (text,))
        connection.execute("COMMIT")
        got += len(lines)
    elapsed = time.perf_counter() - started
    feeder.join()
    connection.close()
    os.close(master)
    os.close(slave)
    return count / elapsed


def _feed(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view[:4096]) :]


def bare_publish(port: int, count: int, size: int) -> float:
    """Return publishes a second of paho alone, QoS 1, to a topic that nobody reads, until every PUBACK has come."""
    done = threading.Event()
    acknowledged = 0

    def on_publish(*_: object) -> None:
        nonlocal acknowledged
        acknowledged += 1
        if acknowledged == count:
            done.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=mqtt.MQTTv5)
    client.max_inflight_messages_set(2000)
    client.on_publish = on_publish
    client.connect("127.0.0.1", port)
    client.loop_start()
    body = b"x" * size
    started = time.perf_counter()
    for _ in range(count):
        client.publish("shian/bench/bare", body, qos=1)
    done.wait()
    elapsed = time.perf_counter() - started
    client.disconnect()
    client.loop_stop()
    return count / elapsed


def fsync_s(folder: Path) -> float:
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(100):
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
    return (time.perf_counter() - started) / 100


def memory(pid: int, field: str) -> float:
    """Return a field of /proc/PID/status in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def sqlite_value(path: Path, sql: str) -> float:
    connection = sqlite3.connect(path)
    try:
        return float(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


def until(condition: Callable[[], bool], timeout_s: float = 300.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the agent did not get there")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
