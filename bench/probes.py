"""A month of 200 probes with a reading a minute: how long the page waits for what it draws, over HTTP.

./dev bench probes [--probes 200] [--days 30]

Values have tenths, as those of cold rooms. The series hold what ingest writes. The reference is one
probe's drawing made from its raw readings.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg

from storage.migrate import migrate
from tests.support import services
from tests.support.server import serving

_TURNS = 9
_BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_PROBES = """
INSERT INTO station (name) SELECT 'market-' || n FROM generate_series(0, 19) AS n;
INSERT INTO probe (station, device, quantity, channel, unit, value, at)
SELECT 'market-' || n %% 20, 'cold-1', 'air_temperature', n / 20, 'degC', 4, %(end)s
FROM generate_series(0, %(probes)s - 1) AS n
"""
_SERIES = """
INSERT INTO reading_series (probe, step, at, n, total, low, high)
SELECT id, %(step)s, place, %(step)s / 60, 4 * %(step)s / 60 + random(),
    (30 + floor(random() * 10)) / 10, (60 + floor(random() * 10)) / 10
FROM probe, generate_series(%(begin)s::timestamptz, %(end)s::timestamptz - interval '1 second',
    make_interval(secs => %(step)s)) AS place
"""
_READINGS = """
INSERT INTO reading (event, recorded_at, station, device, quantity, channel, value, unit)
SELECT gen_random_uuid(), minute, station, device, quantity, channel, 4 + random(), 'degC'
FROM (SELECT * FROM probe ORDER BY id LIMIT 1) AS probe,
    generate_series(%(begin)s::timestamptz, %(end)s::timestamptz - interval '1 second', interval '1 minute') AS minute
"""
_RAW = """
SELECT date_trunc('hour', recorded_at) AS at, avg(value), min(value), max(value) FROM reading
WHERE station = 'market-0' AND device = 'cold-1' AND quantity = 'air_temperature' AND channel = 0
GROUP BY 1 ORDER BY 1
"""


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    """Return the median time of `work` in ms, after a turn that warms the cache, and how much came."""
    size = work()
    spent = []
    for _ in range(_TURNS):
        begin = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begin) * 1000)
    return statistics.median(spent), size


def _fill(connection: psycopg.Connection[tuple[object, ...]], values: dict[str, object]) -> None:
    for statement in _PROBES.split(";"):
        connection.execute(statement.encode(), values)
    for step in (3600, 86_400):
        connection.execute(_SERIES.encode(), {**values, "step": step})
    minutes = {**values, "begin": values["last_day"], "step": 60}
    connection.execute(_SERIES.encode(), minutes)
    connection.execute(_READINGS.encode(), values)
    connection.execute(b"VACUUM ANALYZE")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    end = _BEGIN + timedelta(days=options.days)
    last_day = end - timedelta(days=1)
    values = {"probes": options.probes, "begin": _BEGIN, "end": end, "last_day": last_day}
    month = {"from": _BEGIN.isoformat(), "to": end.isoformat()}
    day = {"from": last_day.isoformat(), "to": end.isoformat()}
    one = {"station": "market-0", "device": "cold-1"}
    rows: list[tuple[str, float, int]] = []
    with services.postgres() as postgres, services.database(postgres) as dsn:
        migrate(dsn, roles=services.ROLES)
        with psycopg.connect(dsn, autocommit=True) as connection:
            _fill(connection, values)
            raw = _timed(lambda: len(connection.execute(_RAW.encode()).fetchall()))
            rows.append(("reference: one probe's month from its readings, SQL alone", raw[0], 0))
            with serving(dsn, delivery={"is_enabled": False}) as server:
                asked: dict[str, dict[str, str]] = {
                    f"{options.probes} probes, the month by day": {**month, "step": "day"},
                    f"{options.probes} probes, the month by hour": {**month, "step": "hour"},
                    "one station's probes, the month by hour": {**month, **one, "step": "hour"},
                    f"{options.probes} probes, a day by minute": {**day, "step": "minute"},
                    "one station's probes, a day by minute": {**day, **one, "step": "minute"},
                }
                for name, query in asked.items():

                    def get(query: dict[str, str] = query) -> int:
                        return len(server.get("/api/v1/readings/series", **query).raise_for_status().content)

                    rows.append((name, *_timed(get)))
    print(f"{options.days} days, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of {_TURNS}\n")
    print("| | ms | KiB |\n|---|---|---|")
    for name, spent, size in rows:
        print(f"| {name} | {spent:.1f} | {size / 1024:.0f} |")


if __name__ == "__main__":
    main()
