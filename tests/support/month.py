"""A district's last weeks in the database: markets, results with their counts, alerts, notices, answers."""

import json
from datetime import datetime, timedelta
from typing import Any

import psycopg
from uuid_utils.compat import uuid7

from tests.support.server import add_alert, add_delivery, add_station, add_subscription

Connection = psycopg.Connection[Any]
MARKETS = (
    ("dongmen", "东门农贸市场", "East gate market", "east", 39.921, 116.443),
    ("nanlu", "南路菜市场", "South road market", "east", 39.905, 116.452),
    ("xinfa", "新发批发市场", "Xinfa wholesale market", "west", 39.934, 116.391),
    ("hupan", "湖畔超市", "Lakeside supermarket", "west", 39.917, 116.379),
)
FOODS = ("韭菜", "菠菜", "芹菜", "豇豆", "小白菜", "油麦菜", "黄瓜", "生菜")
# One test an item: what the food is tested for, its unit, and a value that is far from the limit, or above.
_RESULTS = """
INSERT INTO result (event, recorded_at, station, device, received_at, measured_at, adapter, profile, identity, item,
    role, origin, sample, commodity, stall, vendor, method, standard, value, value_text, unit, verdict, decided_verdict,
    device_verdict, decided_by, operator)
SELECT gen_random_uuid(), at, station, 'tester', at + interval '1 s', at, 'pesticide', 'lz-4000t',
    sha256((station || at::text || item)::bytea), item, 'sample', 'instrument', sample, food,
    'A' || (1 + abs(mod(hashtext(station || sample), 24))), '', 'enzyme inhibition', 'GB/T 5009.199', value,
    value::text, '%%', verdict, verdict, verdict, 'pesticide-inhibition-5009.199', 'op-2'
FROM (
    SELECT made.*, CASE WHEN value >= 50 THEN 'fail' ELSE 'pass' END AS verdict
    FROM (
        SELECT market.station, item, (day * 40 + n)::text AS sample,
            %(now)s - day * interval '1 day' - n * interval '11 minutes' AS at,
            (%(foods)s::text[])[1 + abs(mod(hashtext(market.station || day || '/' || n), 8))] AS food,
            CASE WHEN item = 'pesticide_inhibition' AND abs(mod(hashtext(market.station || day || '-' || n), 97)) = 3
                THEN 50 + abs(mod(hashtext('v' || n), 30))
                ELSE abs(mod(hashtext(item || day || n || market.station), 40)) END + 0.5 AS value
        FROM unnest(%(stations)s::text[]) AS market (station), generate_series(0, %(days)s) AS day,
            generate_series(1, 18) AS n, unnest(ARRAY['pesticide_inhibition', 'nitrite']) AS item
        WHERE item = 'pesticide_inhibition' OR mod(n, 3) = 0
    ) AS made
) AS judged
"""
COUNTS = """
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT (recorded_at AT TIME ZONE %(zone)s)::date, station, item, verdict, count(*) FROM result WHERE role = 'sample'
GROUP BY 1, 2, 3, 4;
INSERT INTO daily_sample (day, station, sample, is_failed)
SELECT (recorded_at AT TIME ZONE %(zone)s)::date, station, device || '/' || sample || '/' || commodity,
    bool_or(verdict = 'fail')
FROM result WHERE role = 'sample' GROUP BY 1, 2, 3;
INSERT INTO daily_station (day, station, samples, failed)
SELECT day, station, count(*), count(*) FILTER (WHERE is_failed) FROM daily_sample GROUP BY day, station;
UPDATE station SET last_event_at = now()
"""


def fill(database: Connection, now: datetime, *, days: int = 40, zone: str = "Asia/Shanghai") -> None:
    """Fill the database with `days` days that end at `now`. Each failed test has an alert; the older are answered."""
    database.execute(
        "INSERT INTO area VALUES ('east', NULL, '东城街道', 'East street'), ('west', NULL, '西城街道', 'West street')"
    )
    for name, title, title_en, area, latitude, longitude in MARKETS:
        place = {"area": area, "latitude": latitude, "longitude": longitude}
        add_station(database, name, title=title, title_en=title_en, **place)
        database.execute("INSERT INTO device (station, name, state) VALUES (%s, 'tester', 'online')", [name])
    values = {"now": now, "days": days, "foods": list(FOODS), "stations": [market[0] for market in MARKETS]}
    database.execute(_RESULTS.encode(), values)
    for statement in COUNTS.split(";"):
        database.execute(statement.encode(), {"zone": zone} if "%(" in statement else None)
    _answer(database, now)


def _answer(database: Connection, now: datetime) -> None:
    """Raise the alerts of the failed tests; what is older than half a day was signed for and resolved."""
    street = add_subscription(database, "https://street.example/", name="街道办公室")
    rows = database.execute(
        "SELECT event, recorded_at, station, commodity, item, sample, value_text FROM result WHERE verdict = 'fail'"
        " ORDER BY recorded_at"
    ).fetchall()
    for number, (event, at, station, commodity, item, sample, value) in enumerate(rows):
        facts = json.dumps({"value_text": value, "unit": "%", "verdict": "fail"})
        about = {"event": event, "opened_at": at, "updated_at": at, "commodity": commodity, "item": item}
        is_over = now - at > timedelta(hours=12)
        state = "resolved" if is_over else "open"
        alert = add_alert(database, station, **about, sample=sample, facts=facts, state=state)
        step = json.dumps({"verdict": "fail", "value": value, "unit": "%"})
        database.execute(
            "UPDATE alert_step SET at = %s, note = '', code = 'result', facts = %s WHERE alert = %s", [at, step, alert]
        )
        told = {"state": "delivered", "attempts": 1, "created_at": at, "finished_at": at + timedelta(seconds=2)}
        add_delivery(database, alert, street, **told)
        if not is_over:
            continue
        measure = ("destroyed", "off_shelf", "to_laboratory")[number % 3]
        minutes = 3 + number * 7 % 40
        for after, action, said in ((minutes, "acknowledged", {}), (minutes * 4, "resolved", {"measure": measure})):
            database.execute(
                "INSERT INTO alert_step (id, alert, at, action, actor, facts) VALUES (%s, %s, %s, %s, 'duty-1', %s)",
                [uuid7(), alert, at + timedelta(minutes=after), action, json.dumps(said)],
            )
