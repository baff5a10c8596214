"""Cost of accounts: a permission check, and the API with accounts against without, in one run on one database.

    ./dev bench access              # or: python -m bench.access [--requests 2000] [--rounds 5]

The check is all that the guard and the dependency of a route do for a session that was seen within the last two
seconds: cookie, look-up, permission, reach. The requests are a page of 100 results, one after the other on one
connection; both servers answer in turns, and the order changes with every round.
"""

import argparse
import asyncio
import gc
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


def times_ms(client: httpx.Client, count: int) -> list[float]:
    found = []
    for _ in range(count):
        began = time.perf_counter()
        answer = client.get(PATH)
        found.append((time.perf_counter() - began) * 1e3)
        assert answer.status_code == 200
    return found


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def compare(off: Served, on: Served, requests: int, rounds: int) -> None:
    share = requests // rounds
    sides: dict[str, tuple[httpx.Client, list[float]]] = {"off": (off.client, []), "on": (on.client, [])}
    for client, _ in sides.values():
        times_ms(client, 100)
    ratios = []
    for number in range(rounds):
        new: dict[str, list[float]] = {}
        for name in ("off", "on") if number % 2 else ("on", "off"):
            gc.collect()
            new[name] = times_ms(sides[name][0], share)
            sides[name][1].extend(new[name])
        ratios.append(p95(new["on"]) / p95(new["off"]))
    for name, (_, times) in sides.items():
        median = statistics.median(times)
        print(f"accounts {name:>3}: median {median:.2f} ms, p95 {p95(times):.2f} ms ({len(times)} requests)")
    print(
        f"p95 on / off by round: {' '.join(f'{ratio:.2f}' for ratio in ratios)}; median {statistics.median(ratios):.2f}"
    )


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
            connection.execute("ANALYZE")
        with (
            serving(dsn, limits=LIMITS) as off,
            serving(dsn, accounts=ON, limits=LIMITS) as on,
            signed_in(on, "wang") as wang,
        ):
            asyncio.run(check(dsn, wang.client.cookies["shian_session"]))
            compare(off, wang, options.requests, options.rounds)


if __name__ == "__main__":
    main()
