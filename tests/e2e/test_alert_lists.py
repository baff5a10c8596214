"""The list of alerts as people work with it: sorted, counted, measured, taken away as a file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.support.server import Served, add_alert, add_reading, add_result, add_station, serving
from tests.support.workbooks import cells

Connection = psycopg.Connection[Any]
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO area (code, name) VALUES ('east', 'East')")
        add_station(connection, "m1", area="east")
        add_station(connection, "m2")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def walk(server: Served, **asked: Any) -> list[str]:
    found: list[str] = []
    while True:
        page = server.get("/api/v1/alerts", limit=7, **asked).raise_for_status().json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


def test_every_order_walks_all_alerts_once_page_by_page(server: Served, database: Connection) -> None:
    made = []
    for n in range(50):
        severity = ("info", "critical", "warning")[n % 3]
        opened, updated = START + timedelta(minutes=n // 4), START + timedelta(hours=(n * 7) % 11)
        alert = add_alert(database, f"m{1 + n % 2}", severity=severity, opened_at=opened, updated_at=updated)
        made.append((("critical", "warning", "info").index(severity), opened, updated, str(alert)))
    opened_first = [one[3] for one in sorted(made, key=lambda one: (one[1], one[3]))]
    assert walk(server, sort="oldest") == opened_first
    assert walk(server, sort="newest") == walk(server) == opened_first[::-1]
    assert walk(server, sort="urgent") == [one[3] for one in sorted(made, key=lambda one: (one[0], one[1], one[3]))]
    updated_last = sorted(made, key=lambda one: (one[2], one[3]), reverse=True)
    assert walk(server, sort="updated") == [one[3] for one in updated_last]
    assert len(walk(server, sort="urgent", station="m1")) == 25


def test_a_cursor_of_another_order_and_an_unknown_order_are_refused(server: Served, database: Connection) -> None:
    for _ in range(3):
        add_alert(database, "m1")
    cursor = server.get("/api/v1/alerts", sort="urgent", limit=1).json()["next"]
    for asked in ({"sort": "oldest"}, {"sort": "updated"}, {}):
        assert server.get("/api/v1/alerts", **asked, cursor=cursor).status_code == 422
    for bad in ("W10=", "WyJ1cmdlbnQiLDEsMl0=", "e30=", "@@@", "A" * 400):
        assert server.get("/api/v1/alerts", sort="urgent", cursor=bad).status_code == 422, bad
    assert server.get("/api/v1/alerts", sort="colour").status_code == 422


def test_alerts_are_counted_by_every_dimension_with_the_filters_of_the_list(
    server: Served, database: Connection
) -> None:
    march, april = START, START + timedelta(days=31)
    for station, commodity, opened in (("m1", "韭菜", march), ("m1", "韭菜", april), ("m2", "菠菜", march)):
        add_alert(database, station, commodity=commodity, opened_at=opened)
    add_alert(database, "m2", state="resolved", severity="warning", opened_at=START - timedelta(hours=15))

    def counted(by: str, **asked: Any) -> dict[str | None, int]:
        items = server.get("/api/v1/alerts/counts", by=by, **asked).raise_for_status().json()["items"]
        return {item[by]: item["count"] for item in items}

    assert counted("area") == {"east": 2, None: 2}
    assert counted("commodity", state="open") == {"韭菜": 2, "菠菜": 1}
    # The last one was opened on the last evening of February in UTC, and in March in the district.
    assert counted("month") == {"2026-03": 3, "2026-04": 1}
    assert counted("month", area="east") == {"2026-03": 1, "2026-04": 1}
    assert counted("assignee") == {None: 4}
    assert counted("station", **{"from": march.isoformat(), "to": april.isoformat()}) == {"m1": 1, "m2": 1}
    usual = server.get("/api/v1/alerts/counts").json()["items"]
    assert [(one["state"], one["severity"], one["count"]) for one in usual] == [
        ("open", "critical", 3),
        ("resolved", "warning", 1),
    ]
    for bad in ({"by": "colour"}, {"area": "nowhere"}, {"foo": "1"}):
        assert server.get("/api/v1/alerts/counts", **bad).status_code == 422, bad


def test_response_times_have_their_denominators(server: Served, database: Connection) -> None:
    for minutes in range(1, 21):
        taken = START + timedelta(minutes=minutes)
        done = {"resolved_at": taken + timedelta(minutes=60), "resolved_by": "liu", "state": "resolved"}
        add_alert(database, "m1", opened_at=START, acknowledged_at=taken, **(done if minutes <= 10 else {}))
    add_alert(database, "m1", opened_at=START)
    add_alert(
        database, "m1", opened_at=START, state="resolved", resolved_at=START + timedelta(seconds=1), resolved_by=""
    )
    add_alert(database, "m2", rule="stream_gap", opened_at=START)
    bare, east = server.get("/api/v1/alerts/response-times").raise_for_status().json()["items"][::-1]
    assert (bare["area"], bare["rule"], bare["opened"], bare["acknowledged"], bare["acknowledged_p50_s"]) == (
        None,
        "stream_gap",
        1,
        0,
        None,
    )
    assert (east["area"], east["rule"]) == ("east", "failed_test")
    assert [east[name] for name in ("opened", "acknowledged", "resolved", "ended")] == [22, 20, 10, 1]
    assert (east["acknowledged_p50_s"], east["acknowledged_p95_s"]) == pytest.approx((630, 1143))
    assert (east["resolved_p50_s"], east["from_acknowledged_p95_s"]) == pytest.approx((3930, 3600))


def test_files_as_workbooks_hold_the_rows_of_the_list_and_no_formula(server: Served, database: Connection) -> None:
    alert = add_alert(database, "m1", commodity="=1+1", opened_at=START)
    add_result(database, "m1", value=12.5, value_text="-.---", sample="+7", recorded_at=START)
    add_reading(database, "m1", value=3.5, recorded_at=START)
    answer = server.get("/api/v1/alerts.xlsx", language="zh", station="m1")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    head, row = cells(answer.content)
    assert head[:5] == ["发生时间", "更新时间", "级别", "预警类型", "状态"]
    assert {"'=1+1", str(alert), "待处置", "快检初筛不合格"} <= set(row)
    # Days since 1900 by the district's clock: 16:00 is two thirds of a day.
    assert float(row[0]) == pytest.approx(46082 + 2 / 3, abs=0.001)
    _, result = cells(server.get("/api/v1/results.xlsx").content)
    assert {"12.5", "'-.---", "+7"} <= set(result)
    _, reading = cells(server.get("/api/v1/readings.xlsx").content)
    assert "3.5" in reading
    assert cells(server.get("/api/v1/alerts.xlsx", station="m2").content) != []
    assert server.get("/api/v1/alerts.xlsx", foo="1").status_code == 422
    deeds = database.execute("SELECT subject FROM deed WHERE action = 'exported' ORDER BY recorded_at").fetchall()
    assert [subject for (subject,) in deeds] == ["alerts.xlsx", "results.xlsx", "readings.xlsx", "alerts.xlsx"]


def test_the_facts_of_an_alert_are_a_cell_as_well(server: Served, database: Connection) -> None:
    found: UUID = add_alert(database, "m1", facts=json.dumps({"value_text": "长" * 40_000}))
    _, row = cells(server.get("/api/v1/alerts.xlsx").content)
    assert max(len(text) for text in row) == 32_767
    assert str(found) in row
