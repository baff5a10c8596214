"""A year of a district as the console asks for it: its list pages and its overview, over HTTP.

python -m bench.console_lists [--times 1 10]

150,000 samples and 1,000,000 item-tests of 100 stations, each linked to what was registered of its sample, on plain
PostgreSQL; and so many times that. Each is asked seven times after one that warms the cache; the reference is the page
of the newest results of a district with 1,000 results, in the same run.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.console_page import ratio
from storage.migrate import migrate
from tests.support import services
from tests.support.server import Served, serving

SAMPLES, TESTS_EACH, STATIONS = 150_000, 7, 100
_ASKED_TIMES = 7
_SMALL = 150
# The lists are made without keys and indexes, which are built at the end: ten years take minutes so, not an hour.
_TABLES = ("result", "sample_now", "link_now")
_DISTRICT = """
INSERT INTO area (code, name, name_en) VALUES ('east', '东区', 'East'), ('west', '西区', 'West');
INSERT INTO station (name, title, title_en, area, state, state_at)
SELECT 'market-' || n, '市场 ' || n, 'Market ' || n, CASE WHEN mod(n, 4) = 0 THEN 'east' ELSE 'west' END,
    'online', now() FROM generate_series(0, %(stations)s - 1) AS n;
INSERT INTO device (station, name, adapter, state) SELECT name, 'tester-' || k, 'pesticide', 'online'
FROM station, generate_series(1, 3) AS k;
INSERT INTO sample_now (station, key, event, recorded_at, revision, number, code, commodity, category, stall, vendor,
    licence, supplier, origin_place, lot)
SELECT 'market-' || mod(n, %(stations)s), md5('s' || n)::uuid, md5('r' || n)::uuid,
    now() - (%(samples)s - n) * (interval '365 days' / %(samples)s), 1, 'S' || lpad(n::text, 8, '0'), '', food, '',
    'A-' || mod(n, 60), '商户 ' || mod(n, 4000), '', '供应商 ' || mod(n, 300), '', 'L' || n
FROM (SELECT n, (ARRAY['韭菜', '菠菜', '虾仁', '豆芽', '芹菜', '豇豆', '小白菜', '上海青', '油麦菜', '草莓',
    '猪肉', '鲤鱼'])[1 + abs(mod(hashint4(n), 12))] AS food FROM generate_series(1, %(samples)s) AS n) AS made;
INSERT INTO result (event, recorded_at, station, device, received_at, adapter, profile, identity, item, role, origin,
    sample, value, value_text, unit, verdict, decided_verdict)
SELECT md5('t' || n)::uuid, at, 'market-' || mod(n / %(each)s, %(stations)s), 'tester-' || 1 + mod(n, 3), at,
    'pesticide', 'lz-4000t', decode(md5('i' || n), 'hex'),
    (ARRAY['pesticide_inhibition', 'nitrite', 'formaldehyde', 'borax'])[1 + abs(mod(hashint8(n::bigint << 8), 4))],
    'sample', 'instrument', mod(n / %(each)s, 500)::text, mod(n, 40), mod(n, 40)::text, '%%', verdict, verdict
FROM (SELECT n, now() - interval '1 minute' - (%(tests)s - n) * (interval '365 days' / %(tests)s) AS at,
          CASE WHEN abs(mod(hashint8(n::bigint << 32), 100)) = 7 THEN 'fail' ELSE 'pass' END AS verdict
      FROM generate_series(1, %(tests)s) AS n) AS made;
INSERT INTO link_now (station, result, event, recorded_at, revision, sample, rule, who, of_event, of_recorded_at)
SELECT 'market-' || mod(n / %(each)s, %(stations)s), event, gen_random_uuid(), at, 1, md5('s' || n / %(each)s)::uuid,
    'number', '', event, at
FROM (SELECT n, md5('t' || n)::uuid AS event,
          now() - interval '1 minute' - (%(tests)s - n) * (interval '365 days' / %(tests)s) AS at
      FROM generate_series(1, %(tests)s) AS n) AS made;
INSERT INTO daily_station (day, station, samples, failed)
SELECT day::date, name, %(daily)s, 1
FROM station, generate_series(now() - interval '364 days', now(), '1 day') AS day;
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT day::date, name, item, verdict, %(daily)s
FROM station, generate_series(now() - interval '364 days', now(), '1 day') AS day,
    unnest(ARRAY['pesticide_inhibition', 'nitrite', 'formaldehyde', 'borax']) AS item,
    unnest(ARRAY['pass', 'fail']) AS verdict;
INSERT INTO report_day (day, station, tests, passed, failed)
SELECT day, station, sum(tests), sum(tests) FILTER (WHERE verdict = 'pass'),
    sum(tests) FILTER (WHERE verdict = 'fail') FROM daily_result GROUP BY day, station;
INSERT INTO report_part (kind, day, station, name, batches, passed, failed, tests, tests_passed, tests_failed, retests)
SELECT part.kind, day::date, station.name, part.name, 4, 3, 1, 12, 11, 1, 0
FROM station, generate_series(now() - interval '364 days', now(), '1 day') AS day,
    (SELECT 'station' AS kind, '' AS name UNION ALL SELECT DISTINCT 'commodity', commodity FROM sample_now
     UNION ALL SELECT DISTINCT 'item', item FROM result) AS part;
INSERT INTO alert (id, rule, key, severity, state, station, item, opened_at, updated_at)
SELECT gen_random_uuid(), 'failed_test', n::text, 'critical', CASE WHEN n > %(alerts)s - 300 THEN 'open' ELSE 'resolved'
    END, 'market-' || mod(n, %(stations)s), 'nitrite', at, at
FROM (SELECT n, now() - (%(alerts)s - n) * (interval '365 days' / %(alerts)s) AS at
      FROM generate_series(1, %(alerts)s) AS n) AS made
"""
# What the pages ask for, by the words of the page.
_ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "results: newest": ("results", {}),
    "results: failed": ("results", {"verdict": "fail"}),
    "results: of an area": ("results", {"area": "east"}),
    "results: a food": ("results", {"commodity": "韭菜"}),
    "results: a stall": ("results", {"stall": "A-12"}),
    "results: a vendor": ("results", {"vendor": "商户 77"}),
    "results: a supplier": ("results", {"supplier": "供应商 7"}),
    "search: a number": ("results", {"search": "S00004711"}),
    "search: the beginning of all numbers": ("results", {"search": "S"}),
    "search: a food": ("results", {"search": "韭"}),
    "search: a food, failed": ("results", {"search": "韭菜", "verdict": "fail"}),
    "search: a vendor": ("results", {"search": "商户 77"}),
    "search: a device": ("results", {"search": "tester-2"}),
    "search: nothing": ("results", {"search": "没有"}),
    "alerts: live": ("alerts", {"state": ["open", "acknowledged", "in_progress"], "limit": 500}),
    "alerts: counts": ("alerts/counts", {}),
    "stations": ("stations", {"limit": 1000}),
    "devices": ("devices", {"limit": 1000}),
    "overview: counts of today": ("counts", {"by": ["verdict"]}),
    "overview: hours": ("overview/hours", {}),
    "overview: hours of an area": ("overview/hours", {"area": "east"}),
    "overview: worst foods": ("overview/worst", {"by": "commodity"}),
    "overview: worst stations of an area": ("overview/worst", {"by": "station", "area": "east"}),
}


def fill(connection: psycopg.Connection[Any], samples: int) -> None:
    """Make a year of so many samples."""
    tests = samples * TESTS_EACH
    values = {
        "stations": STATIONS,
        "samples": samples,
        "tests": tests,
        "each": TESTS_EACH,
        "daily": max(1, tests // 365 // STATIONS // 8),
        "alerts": max(300, tests // 100),
    }
    connection.execute("SET maintenance_work_mem = '512MB'")
    indexes = _without_indexes(connection)
    with connection.transaction():  # of one now(): a link's time is its result's
        for statement in _DISTRICT.split(";"):
            connection.execute(statement.encode(), values)
    for made in indexes:
        connection.execute(made.encode())
    connection.execute("VACUUM ANALYZE")


def _without_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop keys and indexes; return how each is made."""
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('p', 'u')",
        [[*_TABLES]],
    ).fetchall()
    for table, name, _ in keys:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    rows = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)", [[*_TABLES]]
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    return [
        *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}" for table, name, made in keys),
        *(made for _, made in rows),
    ]


def measure(site: Served) -> Iterator[tuple[str, float]]:
    """Yield the median of each page in milliseconds, as a client of the server sees it."""
    for name, (path, asked) in _ASKED.items():
        times = []
        for _ in range(_ASKED_TIMES + 1):
            begun = time.perf_counter()
            site.get(f"/api/v1/{path}", **asked).raise_for_status()
            times.append((time.perf_counter() - begun) * 1000)
        yield name, statistics.median(times[1:])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--times", type=int, nargs="+", default=[1, 10], help="so many times a year's samples")
    found: dict[str, list[float]] = {name: [] for name in _ASKED}
    wanted = arguments.parse_args().times
    with services.postgres() as server:
        for samples in (_SMALL, *(SAMPLES * times for times in wanted)):
            with services.database(server) as dsn:
                migrate(dsn, roles=services.ROLES)
                with psycopg.connect(dsn, autocommit=True) as connection:
                    begun = time.perf_counter()
                    fill(connection, samples)
                    print(f"{samples * TESTS_EACH} item-tests made in {time.perf_counter() - begun:.0f} s", flush=True)
                with serving(dsn) as site:
                    for name, took in measure(site):
                        found[name].append(took)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ms, median of {_ASKED_TIMES}, over HTTP")
    reference = found["results: newest"][0]
    print("| page | 1,000 results | " + " | ".join(f"x{times} | ratio" for times in wanted) + " |")
    print("|---" * (2 + 2 * len(wanted)) + "|")
    for name, (small, *years) in found.items():
        print(
            f"| {name} | {small:.1f} | " + " | ".join(f"{took:.1f} | {ratio(took, reference)}" for took in years) + " |"
        )


if __name__ == "__main__":
    main()
