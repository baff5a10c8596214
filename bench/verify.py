"""How long the walk behind `shian verify` takes: 50 stations of a thousand results, on a PostgreSQL of its own.

./dev bench verify [--results 50000]
"""

import argparse
import time

import psycopg

from shian.local.postgres import LocalPostgres
from storage.findings import Finding, Walked
from storage.migrate import migrate
from storage.walk import walk
from tests.support import services
from tests.support.desk import Desk, desk
from tests.support.station import result

_STATIONS = 50
_BATCH = 500


def _fill(centre: Desk, results: int) -> None:
    """Fill the centre: one test in fifty fails, and a checkpoint comes each hundred events, as an edge writes them."""
    for place in range(_STATIONS):
        station = centre.station(f"market-{place}")
        for number in range(results // _STATIONS):
            if number % 100 == 99:
                station.checkpoint()
            station.add(result(63.0 if number % 50 == 7 else 12.5, number=str(number), device_verdict=None))
        for start in range(0, len(station.bodies), _BATCH):
            centre.take(station.topic, *station.bodies[start : start + _BATCH])


def main() -> None:
    """Fill, and walk twice: the second time everything is in memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=int, default=50_000)
    results: int = parser.parse_args().results
    with services.short_folder() as folder:
        server = LocalPostgres(folder / "postgres")
        server.start()
        try:
            migrate(server.dsn)
            with desk(server.dsn) as centre:
                _fill(centre, results)
                centre.connection.execute("ANALYZE")
            for _ in range(2):
                _walk(server.dsn)
        finally:
            server.stop()


def _walk(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        began = time.perf_counter()
        events = findings = 0
        for item in walk(connection):
            events += item.events if isinstance(item, Walked) else 0
            findings += isinstance(item, Finding)
        took = time.perf_counter() - began
    print(f"{events} events, {findings} findings: {took:.1f} s, {took / events * 1e6:.0f} us an event")


if __name__ == "__main__":
    main()
