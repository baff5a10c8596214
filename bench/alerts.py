"""The list of alerts by any filter, in any order, counted and measured: 100,000 alerts on plain PostgreSQL.

./dev bench alerts [--alerts 100000]

The same statements that the server runs: the median of seven runs after one that warms the cache, first with the index
of the first release alone, then with those of the migration of the lists. The aim is 50 ms for every filter.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from server.access.caller import EVERYTHING, Reach
from server.lists.export import Statement
from server.lists.orders import Key
from server.records.alerts.counts import DIMENSIONS, Groups
from server.records.alerts.rows import ALERTS, AlertFilters, Alerts
from storage.migrate import migrate
from tests.support import services

_STATIONS, _RUNS, _AIM_MS = 100, 7, 50.0
_ZONE = "Asia/Shanghai"
_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
_PERSON = UUID(int=7)
# What a row is about comes from hashes of its number, each with a salt of its own: nothing goes with anything else.
_ROWS = """
INSERT INTO area (code, name, parent) SELECT 'area-' || n, 'a', CASE WHEN n > 9 THEN 'area-' || mod(n, 10) END
FROM generate_series(0, 39) AS n;
INSERT INTO station (name, state, area) SELECT 'market-' || n, 'online', 'area-' || mod(n, 40)
FROM generate_series(0, %(stations)s - 1) AS n;
INSERT INTO account (id, name) VALUES (%(person)s, 'liu');
INSERT INTO subscription (id, name, channel, address, secret)
SELECT gen_random_uuid(), 'desk-' || n, 'webhook', 'https://desk.example/' || n, '' FROM generate_series(1, 3) AS n;
INSERT INTO alert (id, rule, key, severity, state, station, device, item, sample, commodity, stall, vendor, supplier,
    facts, opened_at, updated_at, acknowledged_at, assignee, resolved_at, resolved_by)
SELECT gen_random_uuid(), CASE WHEN mod(n, 10) = 0 THEN 'stream_gap' ELSE 'failed_test' END, n::text,
    (ARRAY['critical', 'warning', 'info'])[1 + abs(mod(hashint8(n::bigint << 8), 3))],
    CASE WHEN n > %(count)s - 500 THEN (ARRAY['open', 'acknowledged', 'in_progress'])[1 + mod(n, 3)]
        WHEN mod(n, 2) = 0 THEN 'resolved' ELSE 'closed' END,
    'market-' || abs(mod(hashint8(n::bigint << 16), %(stations)s)), 'tester-' || mod(n, 4),
    (ARRAY['pesticide_inhibition', 'nitrite', 'borax'])[1 + abs(mod(hashint4(n), 3))], mod(n, 5000)::text,
    (ARRAY['韭菜', '菠菜', '虾仁', '豆芽', '芹菜'])[1 + abs(mod(hashint8(n::bigint << 24), 5))], 'A-' || mod(n, 60),
    '张' || mod(n, 400),
    '供货' || mod(n, 300), jsonb_build_object('value', mod(n, 90), 'value_text', mod(n, 90)::text, 'unit', '%%',
        'verdict', 'fail', 'decided_by', 'pesticide-inhibition-5009.199', 'device_verdict', 'fail'),
    at, at + interval '1 hour', at + make_interval(mins => mod(n, 50)), CASE WHEN mod(n, 20) = 0 THEN %(person)s END,
    CASE WHEN n <= %(count)s - 500 THEN at + interval '3 hours' END, CASE WHEN n <= %(count)s - 500 THEN 'liu' END
FROM (SELECT n, %(year)s + n * (interval '365 days' / %(count)s) AS at FROM generate_series(1, %(count)s) AS n) AS made;
INSERT INTO delivery (id, alert, subscription, state, attempts, next_attempt_at, created_at)
SELECT gen_random_uuid(), alert.id, subscription.id, 'delivered', 1, opened_at, opened_at FROM alert, subscription
"""
_PLACE: dict[str, object] = {"station": "market-7"}
_ASKED: dict[str, dict[str, object]] = {
    "newest": {},
    "an old page": {"cursor": Key(_YEAR + timedelta(days=40), UUID(int=1 << 127)).encode()},
    "live": {"state": ["open", "acknowledged", "in_progress"]},
    "closed": {"state": ["closed"]},
    "of a rule": {"rule": "stream_gap"},
    "of a rule that never fired": {"rule": "two_boxes"},
    "critical": {"severity": "critical"},
    "of a station": _PLACE,
    "of a station, open": {**_PLACE, "state": ["open"]},
    "of an area": {"area": "area-3"},
    "of a device": {"device": "tester-1"},
    "of a device that is not there": {"device": "none"},
    "of an item": {"item": "borax"},
    "of an item that is not there": {"item": "none"},
    "of a food": {"commodity": "韭菜"},
    "of a food that is not there": {"commodity": "none"},
    "of a sample": {"sample": "4711"},
    "of somebody": {"assignee": str(_PERSON)},
    "of nobody": {"assignee": str(UUID(int=8))},
    "a text": {"text": "菜"},
    "a text that is nowhere": {"text": "nowhere"},
    "a text of a station": {"text": "张77", **_PLACE},
    "of a day": {"from": _YEAR + timedelta(days=100), "to": _YEAR + timedelta(days=101)},
    "oldest": {"sort": "oldest"},
    "updated": {"sort": "updated"},
    "urgent": {"sort": "urgent"},
    "urgent, live": {"sort": "urgent", "state": ["open", "acknowledged", "in_progress"]},
    "urgent, of a station": {"sort": "urgent", **_PLACE},
    "urgent, of a food that is not there": {"sort": "urgent", "commodity": "none"},
    "updated, of an area": {"sort": "updated", "area": "area-3"},
    "oldest, of a rule": {"sort": "oldest", "rule": "stream_gap"},
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--alerts", type=int, default=100_000)
    wanted = arguments.parse_args()
    with services.postgres() as server, services.database(server) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True) as connection:
            indexes = _drop_indexes(connection)
            values = {"stations": _STATIONS, "year": _YEAR, "count": wanted.alerts, "person": _PERSON}
            for statement in _ROWS.split(";"):
                connection.execute(statement.encode(), values)
            connection.execute("VACUUM ANALYZE")
            before = dict(_measure(connection))
            for statement in indexes:
                connection.execute(statement.encode())
            connection.execute("VACUUM ANALYZE")
            print(f"{wanted.alerts} alerts; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            print(f"{'list':<48} {'before ms':>10} {'now ms':>8} {'ratio':>7}")
            slow = 0
            for name, now in _measure(connection):
                slow += now > _AIM_MS
                print(f"{name:<48} {before[name]:>10.1f} {now:>8.1f} {before[name] / now:>7.1f}")
            print(f"above {_AIM_MS:g} ms: {slow}")


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop the indexes of the lists, and return how to make them."""
    kept = ["alert_pkey", "alert_live_key", "alert_opened", "alert_until"]
    rows = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'alert' AND indexname <> ALL (%s)", [kept]
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in rows]


def _questions() -> Iterator[tuple[str, Statement]]:
    """Yield each question by name. Whoever sees a tenth of the stations asks the first ones as well."""
    some = Reach(frozenset({"area-3"}), frozenset(f"market-{number}" for number in range(0, _STATIONS, 10)))
    for name, asked in _ASKED.items():
        yield name, ALERTS.statement_of_page(EVERYTHING, Alerts.model_validate(asked))
    for name in ("newest", "live", "a text that is nowhere", "urgent"):
        yield f"{name}, within ten stations", ALERTS.statement_of_page(some, Alerts.model_validate(_ASKED[name]))
    month = {"from": _YEAR + timedelta(days=90), "to": _YEAR + timedelta(days=120)}
    for by in (["state", "severity"], *([one] for one in DIMENSIONS)):
        what = " and ".join(by)
        yield f"counts by {what}", Groups("alerts.counts", by, _ZONE).statement(EVERYTHING, AlertFilters())
    for filters, what in ((AlertFilters.model_validate(month), "a month"), (AlertFilters(), "a year")):
        times = Groups("alerts.response_times", ["area", "rule"], _ZONE).statement(EVERYTHING, filters)
        yield f"response times of {what} by area and rule", times


def _measure(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, float]]:
    for name, statement in _questions():
        times = []
        for _ in range(_RUNS + 1):
            begun = time.perf_counter()
            connection.execute(statement.sql, statement.values, prepare=False).fetchall()
            times.append((time.perf_counter() - begun) * 1000)
        yield name, statistics.median(times[1:])


if __name__ == "__main__":
    main()
