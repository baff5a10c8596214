"""Cost of accounts: a permission check, and the API with accounts against without, in one run on one database.

    ./dev bench access              # or: python -m bench.access [--requests 2000] [--rounds 5]

The check is all that the guard and the dependency of a route do for a session that was seen within the last two
seconds: cookie, look-up, permission, reach. The requests are a page of 100 results, one after the other on one
connection; both servers are asked by turns, request by request, and the order changes each time.
"""

import argparse
import asyncio
import gc
import os
import statistics
import time
from typing import Any

import httpx
import psycopg
from starlette.datastructures import Headers

from server.access.need import Need, need, remember
from server.access.people import People, Rules
from server.database import Database
from server.settings import DatabaseSettings
from storage.migrate import migrate
from tests.support import services
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_result, add_station, serving

PATH = "/api/v1/results?limit=100"
STATIONS, RESULTS, CHECKS = 200, 2000, 100_000
OFF = "accounts off"
LIMITS = {"requests_burst": 1_000_000}


class _Connection:
    client = None

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope


async def check(dsn: str, cookie: str) -> None:
    """Measure one check."""
    db = Database(DatabaseSettings(dsn=dsn))
    await db.open()
    rules = Rules(is_on=True, is_behind_tls=False, session_s=3600, idle_s=3600)
    people = People(db, rules)
    needed: Need = need("results.read").dependency
    headers = Headers({"cookie": f"shian_session={cookie}"})
    scope: dict[str, Any] = {"type": "http"}

    async def once() -> None:
        remember(scope, await people.recognise(headers, "127.0.0.1"))
        caller = await needed(_Connection(scope))  # type: ignore[arg-type]
        assert caller.reach.has_station("m1")

    await once()
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(CHECKS):
        await once()
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    await db.close()
    of_cpu, on_clock = cpu / CHECKS * 1e6, wall / CHECKS * 1e6
    print(f"permission check: {of_cpu:.1f} us of CPU, {on_clock:.1f} us on the clock ({CHECKS} checks)")


def time_ms(client: httpx.Client) -> float:
    began = time.perf_counter()
    answer = client.get(PATH)
    took = (time.perf_counter() - began) * 1e3
    assert answer.status_code == 200
    return took


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def compare(sites: dict[str, Served], requests: int, rounds: int) -> None:
    """Ask all by turns, request by request: whatever else the machine does meets each of them alike."""
    times: dict[str, list[float]] = {name: [] for name in sites}
    for site in sites.values():
        for _ in range(100):
            time_ms(site.client)
    gc.collect()
    names = list(sites)
    for number in range(requests):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            times[name].append(time_ms(sites[name].client))
    share = requests // rounds
    parts = [slice(at, at + share) for at in range(0, share * rounds, share)]
    off = times[OFF]
    for name, found in times.items():
        ratios = [p95(found[part]) / p95(off[part]) for part in parts]
        print(
            f"{name}: median {statistics.median(found):.2f} ms, p95 {p95(found):.2f} ms; against off: median"
            f" {statistics.median(found) / statistics.median(off):.2f}, p95 {p95(found) / p95(off):.2f}"
            f" (by part {' '.join(f'{ratio:.2f}' for ratio in ratios)})"
        )
    print(f"{requests} requests each, load {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with services.postgres() as postgres, services.database(postgres) as dsn:
        services.make_roles(postgres)
        migrate(dsn, roles=services.ROLES)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("INSERT INTO area (code, name) VALUES ('east', 'east')")
            for number in range(STATIONS):
                add_station(connection, f"m{number}", area="east")
            for number in range(RESULTS):
                add_result(connection, f"m{number % STATIONS}")
            add_person(connection, "wang", "inspector", area="east")
            add_person(connection, "li", "inspector")
            connection.execute("ANALYZE")
        with (
            serving(dsn, limits=LIMITS) as off,
            serving(dsn, accounts=ON, limits=LIMITS) as on,
            signed_in(on, "wang") as wang,
            signed_in(on, "li") as li,
        ):
            asyncio.run(check(dsn, wang.client.cookies["shian_session"]))
            sites = {OFF: off, "on, the whole district": li, f"on, {STATIONS} stations": wang}
            compare(sites, options.requests, options.rounds)


if __name__ == "__main__":
    main()
