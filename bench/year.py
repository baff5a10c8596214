"""Every list of the page over a year of a district: 1,000,000 results and 10,000,000 readings on plain PostgreSQL.

    .venv/bin/python -m bench.year [--results 1000000] [--readings 10000000]

The same statements that the server runs, first with the indexes of the first release alone, then with those of
storage/migrations/0009_year.sql; the median of five runs after one that warms the cache.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from server.database import query
from server.lists.listing import Statement
from server.lists.orders import Key
from server.records.readings.api import READINGS, Readings
from server.records.results.api import RESULTS, Results
from storage.migrate import migrate
from tests.support import services

_STATIONS = 100
_RUNS = 5
_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
_NEW_INDEXES = (
    *("result_sample", "result_device", "result_item", "result_commodity", "result_not_passed", "result_no_sample"),
    *("reading_device", "reading_quantity"),
)

_RESULTS = """
INSERT INTO result (event, recorded_at, station, device, received_at, adapter, profile, identity, item, role, origin,
    sample, commodity, value, value_text, unit, verdict, decided_verdict)
SELECT gen_random_uuid(), at, 'market-' || mod(n, %(stations)s), 'tester-' || mod(n, 3), at, 'pesticide', 'lz-4000t',
    sha256(n::text::bytea), (ARRAY['pesticide_inhibition', 'nitrite', 'formaldehyde', 'borax'])[1 + mod(n, 4)],
    CASE WHEN mod(n, 50) = 0 THEN 'control' ELSE 'sample' END, 'instrument', (n / 100)::text,
    (ARRAY['韭菜', '菠菜', '虾仁', '豆芽', '芹菜'])[1 + mod(n, 5)], mod(n, 40), mod(n, 40)::text, '%%',
    CASE WHEN mod(n, 100) = 7 THEN 'fail' ELSE 'pass' END, CASE WHEN mod(n, 100) = 7 THEN 'fail' ELSE 'pass' END
FROM (SELECT n, %(year)s + n * (interval '365 days' / %(count)s) AS at FROM generate_series(1, %(count)s) AS n) AS made
"""
_READINGS = """
INSERT INTO reading (event, recorded_at, station, device, quantity, channel, value, unit)
SELECT gen_random_uuid(), %(year)s + n * (interval '365 days' / %(count)s), 'market-' || mod(n, %(stations)s),
    'cold-' || mod(n, 4), (ARRAY['air_temperature', 'humidity'])[1 + mod(n, 2)], mod(n, 8), mod(n, 30), 'degC'
FROM generate_series(1, %(count)s) AS n
"""
_COUNTS = """
INSERT INTO daily_station SELECT day, 'market-' || place, 30, 1
FROM generate_series(%(year)s::date, %(year)s::date + 364, '1 day') AS day,
    generate_series(0, %(stations)s - 1) AS place;
"""
_TESTS = """
INSERT INTO daily_result SELECT day, 'market-' || place, item, verdict, 10
FROM generate_series(%(year)s::date, %(year)s::date + 364, '1 day') AS day,
    generate_series(0, %(stations)s - 1) AS place,
    unnest(ARRAY['pesticide_inhibition', 'nitrite', 'formaldehyde', 'borax']) AS item,
    unnest(ARRAY['pass', 'fail']) AS verdict
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--results", type=int, default=1_000_000)
    arguments.add_argument("--readings", type=int, default=10_000_000)
    wanted = arguments.parse_args()
    with services.postgres() as server, services.database(server) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True) as connection:
            indexes = _drop_indexes(connection)
            _load(connection, wanted.results, wanted.readings)
            before = dict(_measure(connection))
            for statement in indexes:
                connection.execute(statement.encode())
            connection.execute("VACUUM ANALYZE")
            print(f"{'list':<58} {'before ms':>10} {'now ms':>8} {'ratio':>7}")
            for name, now in _measure(connection):
                print(f"{name:<58} {before[name]:>10.1f} {now:>8.1f} {before[name] / now:>7.1f}")


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY (%s)", [[*_NEW_INDEXES]]
    )
    found = dict(rows.fetchall())
    assert set(found) == set(_NEW_INDEXES), "0009_year.sql has other indexes than this bench"
    for name in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return list(found.values())


def _load(connection: psycopg.Connection[Any], results: int, readings: int) -> None:
    begun = time.perf_counter()
    values = {"stations": _STATIONS, "year": _YEAR}
    connection.execute(_RESULTS.encode(), {**values, "count": results})
    connection.execute(_READINGS.encode(), {**values, "count": readings})
    connection.execute(_COUNTS.encode(), values)
    connection.execute(_TESTS.encode(), values)
    connection.execute("VACUUM ANALYZE")
    print(f"loaded {results} results and {readings} readings in {time.perf_counter() - begun:.0f} s")


def _lists() -> Iterator[tuple[str, Statement]]:
    """Yield each list by name, with the query for what is asked for."""
    old = {"cursor": Key(_YEAR + timedelta(days=40), UUID(int=1 << 127)).encode()}
    day = {"from": _YEAR + timedelta(days=100), "to": _YEAR + timedelta(days=101)}
    results: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("newest", {}),
        ("an old page", old),
        ("of a station", {"station": "market-7"}),
        ("of a station, an old page", {"station": "market-7", **old}),
        ("of a device", {"device": "tester-1"}),
        ("of a device that is not there", {"device": "none"}),
        ("of an item that is not there", {"item": "none"}),
        ("of a food that is not there", {"commodity": "none"}),
        ("of a sample", {"sample": "4711"}),
        ("failed", {"verdict": "fail"}),
        ("failed of a station", {"verdict": "fail", "station": "market-7"}),
        ("suspect, of which there are none", {"verdict": "suspect"}),
        ("blanks, of which there are none", {"role": "blank"}),
        ("of a day", day),
    )
    for name, asked in results:
        yield f"results: {name}", RESULTS.statement_of_page(Results.model_validate(asked))
    readings: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("newest", {}),
        ("an old page", old),
        ("of a station", {"station": "market-7"}),
        ("of a device", {"device": "cold-1"}),
        ("of a device that is not there", {"device": "none"}),
        ("of a quantity that is not there", {"quantity": "none"}),
    )
    for name, asked in readings:
        yield f"readings: {name}", READINGS.statement_of_page(Readings.model_validate(asked))
    year = {"first": _YEAR.date(), "last": _YEAR.date() + timedelta(days=364), "after": None, "limit": 1001}
    none = dict.fromkeys(("station", "item", "verdict"))
    for by in (["day"], ["day", "station"]):
        what = " and ".join(by)
        values = {**none, **year, "by": by}
        yield f"counts of a year: samples by {what}", Statement(query("counts.samples"), values)
        yield f"counts of a year: tests by {what}", Statement(query("counts.tests"), values)


def _measure(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, float]]:
    for name, statement in _lists():
        times = []
        for _ in range(_RUNS + 1):
            begun = time.perf_counter()
            connection.execute(statement.sql, statement.values, prepare=False).fetchall()
            times.append((time.perf_counter() - begun) * 1000)
        yield name, statistics.median(times[1:])


if __name__ == "__main__":
    main()
