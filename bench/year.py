"""Every list of the page over a year of a district: 1,000,000 results and 10,000,000 readings on plain PostgreSQL.

./dev bench year [--results 1000000] [--readings 10000000]

The same statements that the server runs, first with the indexes of the first release alone, then with those of
storage/migrations/0009_year.sql and 0015_lists.sql; the median of five runs after one that warms the cache.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from server.access.caller import EVERYTHING
from server.database import query
from server.lists.export import Statement
from server.lists.filters import Paged, PagedByName
from server.lists.listing import Listing
from server.lists.orders import Key
from server.records.alerts.api import ALERTS, Alerts
from server.records.cameras.events import CAMERA_EVENTS, CameraEvents
from server.records.events.api import STREAMS, Streams
from server.records.quarantine.api import QUARANTINE, Quarantine
from server.records.readings.api import READINGS, Readings
from server.records.results.api import RESULTS, Results
from server.records.stations.api import STATIONS, Stations
from server.records.stations.devices import DEVICES, Devices
from server.records.subscriptions.api import SUBSCRIPTIONS
from storage.migrate import migrate
from tests.support import services

_STATIONS = 100
_RUNS = 5
_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
# What 0009_year.sql and 0015_lists.sql made, and what the first release had in place of some.
_NEW_INDEXES = (
    *("result_sample", "result_device", "result_item", "result_commodity", "result_not_passed", "result_no_sample"),
    *("reading_device", "reading_quantity", "result_station", "reading_station"),
    *("camera_event_station", "camera_event_kind", "delivery_subscription"),
)
_FIRST = (
    "CREATE INDEX result_station_recorded ON result (station, recorded_at DESC)",
    "CREATE INDEX reading_station_recorded ON reading (station, recorded_at DESC, event DESC)",
)

# What a row is about comes from hashes of its number, each with a salt of its own: nothing goes with anything else.
_RESULTS = """
INSERT INTO result (event, recorded_at, station, device, received_at, adapter, profile, identity, item, role, origin,
    sample, commodity, value, value_text, unit, verdict, decided_verdict)
SELECT gen_random_uuid(), at, 'market-' || mod(n, %(stations)s),
    CASE WHEN mod(n, %(stations)s) = 9 THEN 'tester-9' ELSE 'tester-' || abs(mod(hashint4(n), 3)) END, at,
    'pesticide', 'lz-4000t', sha256(n::text::bytea),
    CASE WHEN mod(n, %(stations)s) = 9 THEN 'aflatoxin_b1' ELSE
        (ARRAY['pesticide_inhibition', 'nitrite', 'formaldehyde', 'borax'])[1 + abs(mod(hashint8(n::bigint << 8), 4))]
    END,
    CASE WHEN abs(mod(hashint8(n::bigint << 16), 50)) = 0 THEN 'control' ELSE 'sample' END, 'instrument',
    (n / 100)::text, (ARRAY['韭菜', '菠菜', '虾仁', '豆芽', '芹菜'])[1 + abs(mod(hashint8(n::bigint << 24), 5))],
    mod(n, 40), mod(n, 40)::text, '%%', verdict, verdict
FROM (SELECT n, %(year)s + n * (interval '365 days' / %(count)s) AS at,
          CASE WHEN abs(mod(hashint8(n::bigint << 32), 100)) = 7 AND abs(mod(hashint8(n::bigint << 8), 4)) <> 3
          THEN 'fail' ELSE 'pass' END AS verdict
      FROM generate_series(1, %(count)s) AS n) AS made
"""
_READINGS = """
INSERT INTO reading (event, recorded_at, station, device, quantity, channel, value, unit)
SELECT gen_random_uuid(), %(year)s + n * (interval '365 days' / %(count)s), 'market-' || mod(n, %(stations)s),
    CASE WHEN mod(n, %(stations)s) = 9 THEN 'cold-9' ELSE 'cold-' || abs(mod(hashint4(n), 4)) END,
    (ARRAY['air_temperature', 'humidity'])[1 + abs(mod(hashint8(n::bigint << 8), 2))], mod(n, 8), mod(n, 30), 'degC'
FROM generate_series(1, %(count)s) AS n
"""
_DISTRICT = """
INSERT INTO station (name, state)
SELECT 'market-' || place, 'online' FROM generate_series(0, %(stations)s - 1) AS place;
INSERT INTO device (station, name, state)
SELECT station.name, type || number, 'online' FROM station, unnest(ARRAY['tester-', 'cold-']) AS type,
    generate_series(0, 3) AS number;
INSERT INTO stream (id, station, created_at)
SELECT gen_random_uuid(), name, %(year)s + number * interval '10 days' FROM station, generate_series(1, 3) AS number;
INSERT INTO camera_event (event, recorded_at, station, device, key, phase, kind)
SELECT gen_random_uuid(), at + CASE WHEN phase = 'end' THEN interval '90 s' ELSE interval '0 s' END,
    'market-' || mod(n, %(stations)s), 'camera-' || mod(n / 100, 4), md5(n::text)::uuid, phase,
    (ARRAY['motion', 'rodent', 'offline', 'covered'])[1 + abs(mod(hashint4(n), 4))]
FROM (SELECT n, %(year)s + n * (interval '365 days' / %(episodes)s) AS at FROM generate_series(1, %(episodes)s) AS n)
    AS made, unnest(ARRAY['start', 'end']) AS phase;
INSERT INTO media (station, hash, device, event, key, recorded_at, type, size, stored_at)
SELECT station, sha256(event::text::bytea), device, event, key, recorded_at, 'image/jpeg', 100000, recorded_at
FROM camera_event WHERE phase = 'start';
INSERT INTO event_media (station, key, hash, recorded_at) SELECT station, key, hash, recorded_at FROM media;
INSERT INTO subscription (id, name, channel, address, secret)
SELECT gen_random_uuid(), 'desk-' || n, 'webhook', 'https://desk.example/' || n, '' FROM generate_series(1, 3) AS n;
INSERT INTO alert (id, rule, key, severity, state, station, item, opened_at, updated_at)
SELECT gen_random_uuid(), CASE WHEN mod(n, 10) = 0 THEN 'stream_gap' ELSE 'failed_test' END, n::text, 'major',
    CASE WHEN n > %(alerts)s - 50 THEN 'open' ELSE 'resolved' END, 'market-' || mod(n, %(stations)s),
    (ARRAY['pesticide_inhibition', 'nitrite'])[1 + abs(mod(hashint4(n), 2))], at, at
FROM (SELECT n, %(year)s + n * (interval '365 days' / %(alerts)s) AS at FROM generate_series(1, %(alerts)s) AS n)
    AS made;
INSERT INTO delivery (id, alert, subscription, state, attempts, next_attempt_at, created_at)
SELECT gen_random_uuid(), alert.id, subscription.id, 'delivered', 1, opened_at, opened_at FROM alert, subscription;
INSERT INTO quarantine (id, received_at, topic, station, reason, hash, body)
SELECT gen_random_uuid(), %(year)s + n * (interval '365 days' / 20000), 't', 'market-' || mod(n, %(stations)s),
    'schema', sha256(n::text::bytea), '{}' FROM generate_series(1, 20000) AS n
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
            for statement in _FIRST:
                connection.execute(statement.encode())
            before = dict(_measure(connection))
            connection.execute("DROP INDEX result_station_recorded, reading_station_recorded")
            for statement in indexes:
                connection.execute(statement.encode())
            connection.execute("VACUUM ANALYZE")
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            print(f"{'list':<58} {'before ms':>10} {'now ms':>8} {'ratio':>7}")
            for name, now in _measure(connection):
                print(f"{name:<58} {before[name]:>10.1f} {now:>8.1f} {before[name] / now:>7.1f}")


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY (%s)", [[*_NEW_INDEXES]]
    )
    found = dict(rows.fetchall())
    assert set(found) == set(_NEW_INDEXES), "the migrations have other indexes than this bench"
    for name in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return list(found.values())


def _load(connection: psycopg.Connection[Any], results: int, readings: int) -> None:
    begun = time.perf_counter()
    values = {"stations": _STATIONS, "year": _YEAR}
    connection.execute(_RESULTS.encode(), {**values, "count": results})
    connection.execute(_READINGS.encode(), {**values, "count": readings})
    for statement in _DISTRICT.split(";"):
        connection.execute(statement.encode(), {**values, "episodes": results // 20, "alerts": results // 100})
    connection.execute(_COUNTS.encode(), values)
    connection.execute(_TESTS.encode(), values)
    connection.execute("VACUUM ANALYZE")
    print(f"loaded {results} results and {readings} readings in {time.perf_counter() - begun:.0f} s")


_OLD = {"cursor": Key(_YEAR + timedelta(days=40), UUID(int=1 << 127)).encode()}
_DAY = {"from": _YEAR + timedelta(days=100), "to": _YEAR + timedelta(days=101)}
_PLACE = {"station": "market-7"}
_TODAY = {"today": _YEAR.date() + timedelta(days=200)}
_Asked = Mapping[str, Mapping[str, object]]
_ASKED: tuple[tuple[str, Listing[Any], type[Paged | PagedByName], _Asked], ...] = (
    (
        "results",
        RESULTS,
        Results,
        {
            "newest": {},
            "an old page": _OLD,
            "of a station": _PLACE,
            "of a station, an old page": {**_PLACE, **_OLD},
            "of a device": {"device": "tester-1"},
            "of a device that is not there": {"device": "none"},
            "of an item that is not there": {"item": "none"},
            "of a food that is not there": {"commodity": "none"},
            "of a sample": {"sample": "4711"},
            "failed": {"verdict": "fail"},
            "failed of a station": {"verdict": "fail", **_PLACE},
            "failed of an item that never fails": {"verdict": "fail", "item": "borax"},
            "suspect, of which there are none": {"verdict": "suspect"},
            "controls of a station": {"role": "control", **_PLACE},
            "blanks, of which there are none": {"role": "blank"},
            "of a day": _DAY,
            "of a station, of an item it does not test": {"item": "aflatoxin_b1", **_PLACE},
            "of a station, of a device it has not": {"device": "tester-9", **_PLACE},
        },
    ),
    (
        "readings",
        READINGS,
        Readings,
        {
            "newest": {},
            "an old page": _OLD,
            "of a station": _PLACE,
            "of a device": {"device": "cold-1"},
            "of a device that is not there": {"device": "none"},
            "of a quantity that is not there": {"quantity": "none"},
            "of a device of a station": {"device": "cold-1", **_PLACE},
            "of a station, of a device it has not": {"device": "cold-9", **_PLACE},
        },
    ),
    (
        "camera events",
        CAMERA_EVENTS,
        CameraEvents,
        {
            "newest": {},
            "an old page": _OLD,
            "of a station": _PLACE,
            "of a camera that is not there": {"device": "none"},
            "of a kind that is not there": {"kind": ["frozen"]},
            "of a station, of a kind it has not": {"kind": ["frozen"], **_PLACE},
        },
    ),
    (
        "alerts",
        ALERTS,
        Alerts,
        {
            "newest": {},
            "live": {"state": ["open", "acknowledged"]},
            "an old page": _OLD,
            "of a station": _PLACE,
            "of a rule that never fired": {"rule": "two_boxes"},
        },
    ),
    (
        "quarantine",
        QUARANTINE,
        Quarantine,
        {"newest": {}, "of a station": _PLACE, "for a reason that is not there": {"reason": "none"}},
    ),
    ("stations", STATIONS, Stations, {"all": {}}),
    ("devices", DEVICES, Devices, {"all": {}}),
    ("streams", STREAMS, Streams, {"newest": {}, "of a station": _PLACE}),
    ("subscriptions", SUBSCRIPTIONS, Paged, {"all": {}}),
)


def _lists() -> Iterator[tuple[str, Statement]]:
    """Yield each list by name, with the query for what is asked for."""
    for noun, listing, filters, asked in _ASKED:
        values = _TODAY if noun == "stations" else {}
        for what, wanted in asked.items():
            yield f"{noun}: {what}", listing.statement_of_page(EVERYTHING, filters.model_validate(wanted), values)
    last = _YEAR.date() + timedelta(days=364)
    year: dict[str, object] = {"first": _YEAR.date(), "last": last, "after": None, "limit": 1001}
    none: dict[str, object] = dict.fromkeys(("station", "item", "verdict"))
    for by in (["day"], ["day", "station"], ["station"], ["item", "verdict"]):
        what = " and ".join(by)
        counted: dict[str, object] = {**none, **year, "by": by}
        if "item" not in by:
            yield f"counts of a year: samples by {what}", Statement(query("counts.samples"), counted)
        yield f"counts of a year: tests by {what}", Statement(query("counts.tests"), counted)
    today: dict[str, object] = {**none, **year, "first": last, "by": ["verdict"]}
    yield "counts: tests of today by verdict", Statement(query("counts.tests"), today)


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
