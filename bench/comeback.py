"""Fifty stations come back at once with what they recorded in an outage; tests fail meanwhile, to the last receiver.

    ./dev bench comeback             # or: python -m bench.comeback [--agents 50] [--events 2000] [--failed 0.04] ...

Real agents (several in a process), Mosquitto, ingest, durable PostgreSQL, the server, one subscription whose receiver
takes `--answer-ms` to answer. From the moment of the return on, a test fails at one station after another, every
`--every` seconds. Its clock starts when it is on the station's disk, and stops when another session of the database
sees its alert, and when the receiver has its webhook.

The reference in the same run is the commit BEFORE, which had neither an urgent lane nor an order of deliveries; its
files are taken out of this repository's history. `--before ''` leaves it out. Half of `--agents` or of `--events`
takes half of the time.
"""

import argparse
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import psutil
import psycopg

from shian.demo.receiver import Receiver
from shian.local.broker import LocalBroker
from shian.local.children import Child
from shian.local.layout import Table, write_settings
from shian.local.ports import free_port
from shian.local.postgres import LocalPostgres
from tests.support import processes, services
from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "95f4c0c"
# Where the stations find in that commit what has moved since.
_NAMES_BEFORE = {
    "edge.spool.rows": "edge.spool_rows",
    "wire.kinds.result": "wire.events",
    "wire.kinds.sample": "wire.events",
}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_PATIENCE_S = 240.0


class SlowReceiver(Receiver):
    """A receiver as far away as the Internet's are."""

    def __init__(self, log: Path, answer_s: float) -> None:
        super().__init__(log, SECRET)
        self._answer_s = answer_s
        self.taken_at: dict[str, float] = {}

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        at = time.time()
        status = super()._take(headers, body)
        if status < 300:
            self.taken_at.setdefault(json.loads(body)["data"]["sample"], at)
        time.sleep(self._answer_s)
        return status


@dataclass(slots=True)
class Stations:
    """A process with some of the agents."""

    process: subprocess.Popen[str]
    names: Sequence[str]
    failed_at: dict[str, float]
    _filled: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        out: IO[str] = self.process.stdout  # type: ignore[assignment]
        for line in out:
            match line.split():
                case ["filled"]:
                    self._filled.set()
                case ["failed", number, at]:
                    self.failed_at[number] = float(at)

    def tell(self, line: str) -> None:
        stdin: IO[str] = self.process.stdin  # type: ignore[assignment]
        stdin.write(line + "\n")
        stdin.flush()

    def wait_filled(self) -> None:
        assert self._filled.wait(_PATIENCE_S), "a process of stations did not fill its spools"


@dataclass(slots=True)
class Run:
    """The times of one comeback, as time.time() gives them."""

    began: float
    failed_at: dict[str, float] = field(default_factory=dict)
    alert_at: dict[str, float] = field(default_factory=dict)
    webhook_at: dict[str, float] = field(default_factory=dict)
    drained_s: float = math.nan
    results: int = 0
    delivered: int = 0
    delivered_s: float = math.nan
    cpu_s: dict[str, float] = field(default_factory=dict)


def our_own(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", module, *map(str, arguments)]


def environment(tree: Path) -> dict[str, str]:
    """Return an environment in which Python looks for our packages in `tree` first."""
    return processes.environment() | {"PYTHONPATH": str(tree)}


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """Yield a folder with the files of a commit and the stations of today's benchmark."""
    packed = subprocess.run(["git", "-C", ROOT, "archive", commit], capture_output=True, check=True).stdout
    with services.short_folder() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        stations = (ROOT / "bench" / "comeback_station.py").read_text()
        for name, before in _NAMES_BEFORE.items():
            stations = stations.replace(f"from {name} import", f"from {before} import")
        (folder / "bench" / "comeback_station.py").write_text(stations)
        yield folder


def run(tree: Path, options: argparse.Namespace) -> Run:
    names = [f"market-{number:03}" for number in range(options.agents)]
    with ExitStack() as closing:
        folder = closing.enter_context(services.short_folder())
        postgres = LocalPostgres(folder / "postgres")
        postgres.start()
        closing.callback(postgres.stop)
        broker = LocalBroker(folder / "broker", free_port(), "mosquitto")
        broker.start()
        closing.callback(broker.stop)
        receiver = SlowReceiver(folder / "webhook.log", options.answer_ms / 1000)
        closing.enter_context(receiver)
        stations = [
            closing.enter_context(_stations(tree, folder, broker.port, names[first :: options.processes], options))
            for first in range(min(options.processes, len(names)))
        ]
        _prepare(tree, postgres.dsn, names, receiver.address)
        centre = _centre(tree, folder, postgres.dsn, broker.port)
        for child in centre:
            closing.callback(child.stop)
            child.start()
        for station in stations:
            station.wait_filled()
        groups = {
            "stations": [station.process.pid for station in stations],
            "broker": [broker.pid],
            "ingest": [centre[0].pid],
            "server": [centre[1].pid],
            "postgres": [postgres.pid],
        }
        return _come_back(postgres.dsn, stations, receiver, groups, options)


@contextmanager
def _stations(
    tree: Path, folder: Path, port: int, names: Sequence[str], options: argparse.Namespace
) -> Iterator[Stations]:
    spools = folder / "spools"
    spools.mkdir(exist_ok=True)
    command = our_own("bench.comeback_station", spools, port, options.events, options.failed, *names)
    with (folder / "stations.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(tree),
        )
    group = Stations(process, names, {})
    listening = threading.Thread(target=group.listen)
    listening.start()
    try:
        yield group
    finally:
        process.kill()
        process.wait()
        listening.join()


def _prepare(tree: Path, dsn: str, names: Sequence[str], address: str) -> None:
    migrating = f"from storage.migrate import migrate; migrate({dsn!r})"
    subprocess.run([sys.executable, "-P", "-c", migrating], env=environment(tree), check=True)
    with psycopg.connect(dsn) as connection:
        for name in names:
            connection.execute("INSERT INTO station (name) VALUES (%s)", [name])
        connection.execute(
            "INSERT INTO subscription (id, name, channel, address, secret) VALUES (%s, 'bench', 'webhook', %s, %s)",
            [uuid4(), address, SECRET],
        )


def _centre(tree: Path, folder: Path, dsn: str, port: int) -> list[Child]:
    database: Table = {"dsn": dsn}
    top: Table = {"name": "bench", "log_level": "warning"}
    write_settings(folder / "ingest.toml", top, {"broker": {"port": port}, "database": database}, {})
    delivery: Table = {"allow_private_addresses": True, "ports": []}
    write_settings(
        folder / "server.toml",
        {"port": free_port(), "log_level": "warning"},
        {"database": database, "delivery": delivery},
        {},
    )
    return [
        Child(
            our_own("shian", name, "run", "--config", folder / f"{name}.toml"),
            folder / f"{name}.log",
            environment(tree),
        )
        for name in ("ingest", "server")
    ]


def _come_back(
    dsn: str,
    stations: Sequence[Stations],
    receiver: SlowReceiver,
    groups: Mapping[str, Sequence[int]],
    options: argparse.Namespace,
) -> Run:
    with psycopg.connect(dsn, autocommit=True) as connection:
        wait_for(
            lambda: _one(connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'shian-%'") > 1,
            timeout_s=60,
            what="ingest and server",
        )
        time.sleep(3)  # both also subscribe and listen
        before = _cpu_s(groups)
        comeback = Run(time.time())
        for some in stations:
            some.tell("go")
        is_over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(dsn, comeback, is_over))
        watcher.start()
        total = options.agents * options.events
        try:
            _fail_until_drained(connection, comeback, stations, total, options)
            comeback.cpu_s = {name: spent - before[name] for name, spent in _cpu_s(groups).items()}
            wait_for(
                lambda: comeback.alert_at.keys() >= comeback.failed_at.keys(),
                timeout_s=_PATIENCE_S,
                what="alerts of new tests",
            )
            wait_for(
                lambda: receiver.taken_at.keys() >= comeback.failed_at.keys(),
                timeout_s=_PATIENCE_S,
                what="webhooks of new tests",
            )
            comeback.webhook_at = dict(receiver.taken_at)
            comeback.delivered = _one(connection, "SELECT count(*) FROM delivery WHERE state = 'delivered'")
            comeback.delivered_s = time.time() - comeback.began
        finally:
            is_over.set()
            watcher.join()
    return comeback


def _cpu_s(groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the processor seconds of each group with all its children, also of those that have ended."""
    spent = {}
    for name, pids in groups.items():
        roots = [psutil.Process(pid) for pid in pids]
        everyone = [*roots, *(child for root in roots for child in root.children(recursive=True))]
        spent[name] = sum(sum(process.cpu_times()[:4]) for process in everyone)
    return spent


def _fail_until_drained(
    connection: psycopg.Connection[Any],
    comeback: Run,
    stations: Sequence[Stations],
    total: int,
    options: argparse.Namespace,
) -> None:
    """Send one new failed test after another, until everything of the outage is stored."""
    deadline, number = time.time() + _PATIENCE_S, 0
    while True:
        some = stations[number % len(stations)]
        name = some.names[number // len(stations) % len(some.names)]
        some.tell(f"fail {name} new-{number}")
        number += 1
        time.sleep(options.every)
        for one in stations:
            comeback.failed_at |= one.failed_at
        done = _one(connection, "SELECT coalesce(sum(tests), 0) FROM daily_result")
        if done >= total:
            comeback.drained_s, comeback.results = time.time() - comeback.began, done
            break
        assert time.time() < deadline, f"{done} of {total} came"
    wait_for(lambda: _all_told(comeback, stations, number), timeout_s=20, what="answers of the stations")


def _all_told(comeback: Run, stations: Sequence[Stations], count: int) -> bool:
    for one in stations:
        comeback.failed_at |= one.failed_at
    return len(comeback.failed_at) == count


def _watch(dsn: str, comeback: Run, is_over: threading.Event) -> None:
    """Note the time at which another session sees each alert, to 20 ms."""
    query = "SELECT sample FROM alert WHERE starts_with(sample, 'new-') AND sample <> ALL(%s)"
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not is_over.wait(0.02):
            rows = connection.execute(query, [list(comeback.alert_at)]).fetchall()
            now = time.time()
            for (sample,) in rows:
                comeback.alert_at.setdefault(sample, now)


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def show(name: str, comeback: Run, options: argparse.Namespace) -> dict[str, float]:
    total = options.agents * options.events
    print(
        f"{name}: {total / comeback.drained_s:,.0f} events/s, drained in {comeback.drained_s:.0f} s; "
        f"{len(comeback.failed_at)} new ones"
    )
    figures: dict[str, float] = {"drained_per_s": round(total / comeback.drained_s)}
    for what, seen in (("alert row", comeback.alert_at), ("webhook", comeback.webhook_at)):
        took = sorted(seen[number] - at for number, at in comeback.failed_at.items())
        p50, p95 = statistics.median(took), took[min(int(0.95 * len(took)), len(took) - 1)]
        print(f"  new failed test -> {what:<9}  p50 {p50:6.2f}  p95 {p95:6.2f}  max {took[-1]:6.2f} s")
        figures |= {f"{what} p50": round(p50, 2), f"{what} p95": round(p95, 2), f"{what} max": round(took[-1], 2)}
    if "BENCH_LOUD" in os.environ:
        for number, at in comeback.failed_at.items():
            alert, webhook = comeback.alert_at[number] - at, comeback.webhook_at[number] - at
            print(f"    {number} at {at - comeback.began:6.2f}: {alert:6.2f} {webhook:6.2f}")
    shares = ", ".join(f"{who} {spent:.1f}" for who, spent in comeback.cpu_s.items())
    print(f"  processor, s: {shares}")
    print(f"  {comeback.delivered} webhooks in {comeback.delivered_s:.0f} s", flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--events", type=int, default=2000, help="that wait at each")
    parser.add_argument("--failed", type=float, default=0.04, help="share of these that failed")
    parser.add_argument("--processes", type=int, default=10, help="that the agents run in")
    parser.add_argument("--every", type=float, default=0.5, help="seconds from one new failed test to the next")
    parser.add_argument("--answer-ms", type=float, default=50, help="that the receiver of webhooks takes")
    parser.add_argument("--before", default=BEFORE, help="commit of the reference; '': none")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{options.agents} agents with {options.events} events each, {os.cpu_count()} cores, load {load:.1f}")
    figures = {"now": show("now", run(ROOT, options), options)}
    if options.before:
        with tree_of(options.before) as tree:
            figures["before"] = show(f"before ({options.before})", run(tree, options), options)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
