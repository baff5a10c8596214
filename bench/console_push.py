"""From the commit of news to a browser: 100 WebSocket clients, and one as the reference of the same run.

python -m bench.console_push [--clients 100] [--seconds 20] [--rate 10]

The server is a process of its own, so that its processor time and its memory are its own; all clients are in another.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import psutil
import psycopg
from uuid_utils.compat import uuid7
from websockets.asyncio.client import ClientConnection, connect

from bench.console_page import ratio
from storage.migrate import migrate
from tests.support import services
from tests.support.server import publish, result_item, serving
from tests.support.waiting import wait_for

_SETTLED_S = 2.0


@dataclass(frozen=True, slots=True)
class Push:
    """Times from the commit to the client in ms, and what the server took for it."""

    times: list[float]
    cpu: float  # shares of a core
    memory: int

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def _serve(dsn: str, tell: Connection) -> None:
    limits = {"connections": 900, "connections_each": 900, "requests_burst": 1_000_000}
    with serving(dsn, limits=limits) as site:
        wait_for(lambda: site.get("/readyz").status_code == 200, what="the feed")
        tell.send(site.address)
        tell.recv()


@contextmanager
def server(dsn: str) -> Iterator[tuple[str, psutil.Process]]:
    """Serve in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(dsn, theirs))
    process.start()
    theirs.close()  # so that a server that cannot begin is heard of
    try:
        yield ours.recv(), psutil.Process(process.pid)
    finally:
        ours.send("end")
        process.join(30)


async def _hear(socket: ClientConnection, sent: dict[str, float], times: list[float]) -> None:
    async for message in socket:
        at = time.perf_counter()
        times += [(at - sent[item["id"]]) * 1000 for item in json.loads(message).get("items", ())]


@dataclass(frozen=True, slots=True)
class Site:
    """Server that is measured, and its database."""

    address: str
    process: psutil.Process
    dsn: str


async def measure(site: Site, clients: int, seconds: float, rate: float) -> Push:
    """Let news come for so long to so many clients."""
    process = site.process
    sent: dict[str, float] = {}
    times: list[float] = []
    feed = site.address.replace("http", "ws", 1) + "/api/v1/live"
    sockets = [await connect(feed, compression=None, proxy=None, max_queue=None) for _ in range(clients)]
    hearing = [asyncio.create_task(_hear(socket, sent, times)) for socket in sockets]
    await asyncio.sleep(_SETTLED_S)
    memory, began = process.memory_info().rss, time.perf_counter()
    cpu = sum(process.cpu_times()[:2])
    with psycopg.connect(site.dsn, autocommit=True) as database:
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            event = uuid7()
            item = result_item(event, "market-1")
            sent[str(event)] = time.perf_counter()  # before the commit: a client may hear of it before we do
            await asyncio.to_thread(publish, database, item)
    await asyncio.sleep(_SETTLED_S)
    used = (sum(process.cpu_times()[:2]) - cpu) / (time.perf_counter() - began)
    for socket in sockets:
        await socket.close()
    await asyncio.gather(*hearing)
    assert len(times) == clients * len(sent), "a client missed something"
    return Push(times, used, memory)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--clients", type=int, default=100)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--rate", type=float, default=10, help="results a second")
    wanted = arguments.parse_args()
    with services.postgres() as postgres, services.database(postgres) as dsn:
        migrate(dsn, roles=services.ROLES)
        with server(dsn) as (address, process):
            one, many = (
                asyncio.run(measure(Site(address, process, dsn), clients, wanted.seconds, wanted.rate))
                for clients in (1, wanted.clients)
            )
    more = wanted.clients - 1
    print("| clients | p50, ms | p95, ms | of one client | server, of a core | each client more | memory of each |")
    print("|---|---|---|---|---|---|---|")
    print(f"| 1 | {statistics.median(one.times):.1f} | {one.p95:.1f} | 1.0 | {one.cpu:.2%} | - | - |")
    each = f"{(many.cpu - one.cpu) / more:.3%} | {(many.memory - one.memory) / more / 1024:.0f} KiB"
    times = f"{statistics.median(many.times):.1f} | {many.p95:.1f} | {ratio(many.p95, one.p95)}"
    print(f"| {wanted.clients} | {times} | {many.cpu:.2%} | {each} |")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {wanted.rate:g} a second for {wanted.seconds:g} s")


if __name__ == "__main__":
    main()
