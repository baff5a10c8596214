"""The API over real HTTP on a real database."""

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from shian.local.ports import free_port
from tests.support.server import Served, add_alert, add_reading, add_result, add_station, add_subscription, serving
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01")
        add_station(connection, "haidian-02", state="offline")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def walk(server: Served, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return all items of all pages."""
    items: list[dict[str, Any]] = []
    while True:
        page = server.get(path, **parameters).raise_for_status().json()
        items += page["items"]
        if page["next"] is None:
            return items
        parameters["cursor"] = page["next"]


def test_pages_hold_every_result_once_also_at_equal_times_and_while_new_ones_arrive(
    server: Served, database: Connection
) -> None:
    made = [add_result(database, "chaoyang-01", recorded_at=START + timedelta(seconds=n // 7)) for n in range(50)]
    first = server.get("/api/v1/results", limit=7).json()
    add_result(database, "chaoyang-01", recorded_at=START + timedelta(hours=1))
    rest = walk(server, "/api/v1/results", limit=7, cursor=first["next"])
    assert [item["event"] for item in first["items"] + rest] == [str(event) for event in reversed(made)]


def test_readings_are_paged_and_filtered(server: Served, database: Connection) -> None:
    made = [add_reading(database, "chaoyang-01", recorded_at=START + timedelta(seconds=n // 3)) for n in range(20)]
    add_reading(database, "haidian-02", quantity="humidity", value=0.0, unit="%RH", channel=None, recorded_at=START)
    rows = walk(server, "/api/v1/readings", limit=6, station="chaoyang-01")
    assert [row["event"] for row in rows] == [str(event) for event in reversed(made)]
    assert (rows[0]["quantity"], rows[0]["channel"], rows[0]["value"]) == ("air_temperature", 3, 3.5)
    (humid,) = walk(server, "/api/v1/readings", quantity="humidity")
    assert (humid["station"], humid["value"], humid["channel"]) == ("haidian-02", 0.0, None)
    since = (START + timedelta(seconds=6)).isoformat()
    assert len(walk(server, "/api/v1/readings", **{"from": since})) == 2
    assert server.get("/api/v1/readings", limit=501).status_code == 422


FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({"station": "haidian-02"}, {"b"}),
    ({"device": "other"}, {"c"}),
    ({"item": "nitrite"}, {"d"}),
    ({"verdict": "fail"}, {"e"}),
    ({"role": "control"}, {"f"}),
    ({"commodity": "豆芽"}, {"g"}),
    ({"sample": "h"}, {"h"}),
    ({"from": "2026-03-01T10:00:00Z"}, {"i"}),
    ({"from": "2026-03-01T17:00:00+08:00", "to": "2026-03-01T10:00:00Z"}, {"j"}),
    ({"station": "haidian-02", "verdict": "fail"}, set()),
]


def test_results_are_filtered(server: Served, database: Connection) -> None:
    add: dict[str, dict[str, Any]] = {
        "a": {},
        "b": {"station": "haidian-02"},
        "c": {"device": "other"},
        "d": {"item": "nitrite"},
        "e": {"verdict": "fail"},
        "f": {"role": "control"},
        "g": {"commodity": "豆芽"},
        "h": {},
        "i": {"recorded_at": START + timedelta(hours=2)},
        "j": {"recorded_at": START + timedelta(hours=1)},
    }
    for sample, columns in add.items():
        add_result(database, **{"station": "chaoyang-01", "recorded_at": START, "sample": sample, **columns})
    for parameters, expected in FILTERS:
        assert {finding["sample"] for finding in walk(server, "/api/v1/results", **parameters)} == expected, parameters


def test_the_export_holds_every_row_and_no_formula(server: Served, database: Connection) -> None:
    for number in range(1500):
        add_result(database, "chaoyang-01", recorded_at=START + timedelta(seconds=number), sample=str(number))
    evil = '=HYPERLINK("http://evil","x")'
    add_result(database, "chaoyang-01", commodity=evil, stall="-1", vendor="@SUM(1)", value=-0.5, value_text="-0.5")
    answer = server.client.get("/api/v1/results.csv", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1501
    newest = rows[0]
    assert newest["样品名称"] == "'" + evil
    assert (newest["摊位"], newest["经营户"], newest["检测值"], newest["原始值"]) == ("-1", "'@SUM(1)", "-0.5", "-0.5")
    assert newest["结论"] == "合格"
    assert rows[-1]["记录时间"] == "2026-03-01T16:00:00+08:00"


def test_the_export_is_filtered_and_speaks_the_language_that_is_asked_for(server: Served, database: Connection) -> None:
    add_result(database, "chaoyang-01", verdict="fail")
    add_result(database, "haidian-02")
    answer = server.get("/api/v1/results.csv", station="chaoyang-01", language="en")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["verdict"] for row in rows] == ["failed (screening)"]


def test_an_event_is_given_back_byte_by_byte(server: Served, database: Connection) -> None:
    body = b'{ "odd" : 1.0,\n"order": "\\u97ed\xe9\x9f\xad" }'
    stream, event = uuid7(), uuid7()
    digest = hashlib.sha256(body)
    database.execute("INSERT INTO stream (id, station) VALUES (%s, 'chaoyang-01')", [stream])
    database.execute(
        "INSERT INTO event (stream, sequence, id, station, type, recorded_at, previous, hash, body) "
        "VALUES (%s, 1, %s, 'chaoyang-01', 'shian.agent.v1', now(), %s, %s, %s)",
        [stream, event, bytes(32), digest.digest(), body],
    )
    for path in (f"/api/v1/events/{event}", f"/api/v1/streams/{stream}/1"):
        answer = server.get(path)
        assert answer.content == body
        assert answer.headers["content-type"] == "application/cloudevents+json"
        assert answer.headers["shian-hash"] == digest.hexdigest()
    assert server.get("/api/v1/streams").json()["items"][0]["id"] == str(stream)
    assert server.get(f"/api/v1/streams/{stream}/2").status_code == 404


def test_stations_are_told_with_their_devices_and_their_day(server: Served, database: Connection) -> None:
    day = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    database.execute("UPDATE station SET repeats = 3 WHERE name = 'chaoyang-01'")
    database.execute("INSERT INTO device (station, name, state) VALUES ('chaoyang-01', 'a', 'online')")
    database.execute("INSERT INTO device (station, name, state) VALUES ('chaoyang-01', 'b', 'fault')")
    database.execute(f"INSERT INTO daily_result VALUES ({day}, 'chaoyang-01', 'nitrite', 'pass', 5)")
    database.execute(f"INSERT INTO daily_result VALUES ({day}, 'chaoyang-01', 'nitrite', 'fail', 2)")
    database.execute(f"INSERT INTO daily_result VALUES ({day} - 1, 'chaoyang-01', 'nitrite', 'fail', 9)")
    database.execute(f"INSERT INTO daily_station VALUES ({day}, 'chaoyang-01', 2, 1)")
    stations = server.get("/api/v1/stations").json()["items"]
    assert [(station["name"], station["state"]) for station in stations] == [
        ("chaoyang-01", "online"),
        ("haidian-02", "offline"),
    ]
    one = server.get("/api/v1/stations/chaoyang-01").json()
    known = {key: one[key] for key in ("devices", "devices_online", "tests", "failed_tests", "samples", "repeats")}
    assert known == {"devices": 2, "devices_online": 1, "tests": 7, "failed_tests": 2, "samples": 2, "repeats": 3}
    assert [device["name"] for device in one["devices_list"]] == ["a", "b"]
    first = server.get("/api/v1/devices", limit=1).json()
    assert [item["name"] for item in server.get("/api/v1/devices", after=first["next"]).json()["items"]] == ["b"]
    assert server.get("/api/v1/stations/nowhere").status_code == 404


def test_a_device_is_told_with_its_last_result_and_how_long_ago_that_was(server: Served, database: Connection) -> None:
    columns = "INSERT INTO device (station, name, state, last_result_at, clock_skew_s)"
    database.execute(f"{columns} VALUES ('chaoyang-01', 'a', 'online', now() - interval '3 days', -86400)")
    database.execute(f"{columns} VALUES ('chaoyang-01', 'ahead', 'online', now() + interval '1 day', NULL)")
    database.execute(f"{columns} VALUES ('chaoyang-01', 'never', 'online', NULL, NULL)")
    found = {item["name"]: item for item in server.get("/api/v1/devices").json()["items"]}
    assert 3 * 86400 <= found["a"]["last_result_age_s"] < 3 * 86400 + 3600
    assert (found["a"]["clock_skew_s"], found["ahead"]["last_result_age_s"]) == (-86400, 0)
    assert found["never"]["last_result_at"] is found["never"]["last_result_age_s"] is None


def test_counts_keep_samples_and_item_tests_apart(server: Served, database: Connection) -> None:
    for row in (
        ("2026-03-01", "chaoyang-01", "nitrite", "pass", 5),
        ("2026-03-01", "chaoyang-01", "nitrite", "fail", 1),
        ("2026-03-01", "haidian-02", "borax", "pass", 3),
        ("2026-03-02", "haidian-02", "borax", "pass", 4),
        ("2026-04-01", "haidian-02", "borax", "pass", 100),
    ):
        database.execute("INSERT INTO daily_result VALUES (%s, %s, %s, %s, %s)", row)
    database.execute("INSERT INTO area (code, name) VALUES ('east', 'East')")
    database.execute("UPDATE station SET area = 'east' WHERE name = 'chaoyang-01'")
    for samples in (("2026-03-01", "chaoyang-01", 1, 1), ("2026-03-02", "haidian-02", 1, 0)):
        database.execute("INSERT INTO daily_station VALUES (%s, %s, %s, %s)", samples)
    march = {"from": "2026-03-01", "to": "2026-04-01"}  # of which no day is counted
    answer = server.get("/api/v1/counts", by="station", **march).json()
    assert [(test["station"], test["tests"]) for test in answer["tests"]] == [("chaoyang-01", 6), ("haidian-02", 7)]
    assert [(sample["station"], sample["samples"], sample["failed"]) for sample in answer["samples"]] == [
        ("chaoyang-01", 1, 1),
        ("haidian-02", 1, 0),
    ]
    by = server.get("/api/v1/counts", by=["day", "verdict"], **march).json()["tests"]
    assert [(row["day"], row["verdict"], row["tests"]) for row in by] == [
        ("2026-03-01", "fail", 1),
        ("2026-03-01", "pass", 8),
        ("2026-03-02", "pass", 4),
    ]
    months = server.get("/api/v1/counts", by=["month", "area"], **march).json()
    assert [(row["month"], row["area"], row["tests"]) for row in months["tests"]] == [
        ("2026-03", None, 7),
        ("2026-03", "east", 6),
    ]
    assert [(row["area"], row["samples"]) for row in months["samples"]] == [(None, 1), ("east", 1)]
    only = server.get("/api/v1/counts", **{"from": "2026-03-01", "to": "2026-03-02"}).json()
    assert (only["first"], only["last"]) == ("2026-03-01", "2026-03-01")
    assert sum(row["tests"] for row in only["tests"]) == 9
    assert server.get("/api/v1/counts", **{"from": "2026-03-02", "to": "2026-03-02"}).status_code == 422
    assert server.get("/api/v1/counts", **{"from": "2020-03-02", "to": "2026-03-01"}).status_code == 422


def test_counts_by_food_area_and_month_come_in_pages(server: Served, database: Connection) -> None:
    database.execute("INSERT INTO area (code, name) VALUES ('east', 'East')")
    database.execute("UPDATE station SET area = 'east' WHERE name = 'chaoyang-01'")
    for row in (
        ("2026-03-01", "chaoyang-01", "韭菜", 3, 2, 1),
        ("2026-03-02", "chaoyang-01", "韭菜", 2, 2, 0),
        ("2026-04-01", "chaoyang-01", "韭菜", 1, 1, 0),
        ("2026-03-02", "haidian-02", "", 4, 4, 0),
    ):
        database.execute("INSERT INTO report_part VALUES ('commodity', %s, %s, %s, %s, %s, %s, 9, 8, 1, 0)", row)
    asked = {"from": "2026-03-01", "to": "2026-05-01", "by": ["commodity", "area", "month"]}
    found: list[tuple[object, ...]] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("/api/v1/counts", **asked, limit=1, **cursor).json()
        found += [
            (food["month"], food["area"], food["commodity"], food["samples"], food["passed"], food["failed"])
            for food in page["foods"]
        ]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [
        ("2026-03", None, "", 4, 4, 0),
        ("2026-03", "east", "韭菜", 5, 4, 1),
        ("2026-04", "east", "韭菜", 1, 1, 0),
    ]
    leek = server.get("/api/v1/counts", **asked | {"by": ["commodity"]}, commodity="韭菜").json()["foods"]
    assert [(food["tests"], food["tests_failed"], food["voided"]) for food in leek] == [(27, 3, 0)]
    assert server.get("/api/v1/counts", **asked | {"by": ["month"]}).json()["foods"] == []


def test_counts_of_a_year_come_in_pages_of_which_none_skips_or_repeats_a_group(
    server: Served, database: Connection
) -> None:
    database.execute(
        "INSERT INTO daily_result SELECT day, 'market-' || place, 'borax', 'pass', place"
        " FROM generate_series('2025-01-01'::date, '2025-12-31', '1 day') AS day, generate_series(1, 12) AS place"
    )
    database.execute(
        "INSERT INTO daily_station SELECT day, station, tests, 0 FROM daily_result WHERE station <> 'market-3'"
    )
    year = {"from": "2025-01-01", "to": "2026-01-01", "by": ["day", "station"], "limit": 1000}
    tests: list[tuple[str, str, int]] = []
    samples: list[tuple[str, str, int]] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("/api/v1/counts", **year, **cursor).json()
        tests += [(test["day"], test["station"], test["tests"]) for test in page["tests"]]
        samples += [(sample["day"], sample["station"], sample["samples"]) for sample in page["samples"]]
        if page["next"] is None:
            break
        assert len(page["tests"]) == 1000 or len(page["samples"]) in (0, 1000)
        cursor = {"cursor": page["next"]}
    assert len(tests) == len(set(tests)) == 365 * 12
    assert len(samples) == len(set(samples)) == 365 * 11
    assert tests == sorted(tests)
    assert server.get("/api/v1/counts", cursor="bm90IG91cnM=").status_code == 422


def test_a_server_that_starts_later_opens_what_was_acknowledged_until_then(dsn: str, database: Connection) -> None:
    alert = add_alert(database, "chaoyang-01", state="acknowledged", acknowledged_until=START)
    with serving(dsn, delivery={"is_enabled": False}) as server, server.live() as socket:
        path = f"/api/v1/alerts/{alert}"
        wait_for(lambda: server.get(path).json()["state"] == "open", what="the alert to open by itself")
        assert server.get(path).json()["steps"][-1]["action"] == "lapsed"
        assert socket.recv(30)


def test_many_alerts_take_one_step_and_each_has_its_answer(server: Served, database: Connection) -> None:
    first, second = add_alert(database, "chaoyang-01"), add_alert(database, "chaoyang-01", state="closed")
    asked = {"alerts": [str(first), str(second), str(uuid7()), str(first)], "step": "resolve", "measure": "held"}
    answer = server.client.post("/api/v1/alerts/steps", json=asked, headers={"Accept-Language": "zh"}).json()
    assert (answer["done"], answer["failed"]) == (1, 2)
    assert [one["state"] for one in answer["items"]] == ["resolved", None, None]
    problems = [one["problem"] and one["problem"]["status"] for one in answer["items"]]
    assert problems == [None, 409, 404]
    assert "预警" in answer["items"][1]["problem"]["detail"]
    wrongs: list[dict[str, Any]] = [{"step": "acknowledge"}, {"until": START.isoformat()}, {"alerts": []}]
    for wrong in wrongs:
        assert server.client.post("/api/v1/alerts/steps", json=asked | wrong).status_code == 422
    undone = server.client.post("/api/v1/alerts/steps", json={"alerts": [str(first)], "step": "undo"}).json()
    assert undone["items"] == [{"alert": str(first), "state": "open", "problem": None}]


def test_an_alert_is_acknowledged_then_resolved_and_each_step_is_on_record(
    server: Served, database: Connection
) -> None:
    alert = add_alert(database, "chaoyang-01")
    path = f"/api/v1/alerts/{alert}"
    with server.live() as socket:
        socket.recv(30)
        # The name is the session's: one that an older program sends is not looked at.
        said = {"name": "王丽", "note": "正在处理"}
        first = server.client.post(f"{path}/acknowledge", json=said)
        assert first.status_code == 200
        assert first.json()["state"] == "acknowledged"
        # A heartbeat may come first.
        assert any('"state":"acknowledged"' in socket.recv(30) for _ in range(20))
    again = server.client.post(f"{path}/acknowledge", json=said)
    assert (again.status_code, len(again.json()["steps"])) == (200, 2)
    other = server.client.post(f"{path}/acknowledge", json={"note": "another"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:shian:problem:wrong-state")
    done = server.client.post(f"{path}/resolve", json={"name": "王丽"}).json()
    assert [(step["action"], step["actor"], step["note"]) for step in done["steps"][1:]] == [
        ("acknowledged", "local", "正在处理"),
        ("resolved", "local", ""),
    ]
    assert server.client.post(f"{path}/acknowledge", json=said).status_code == 409
    audited = database.execute("SELECT actor, action, subject FROM deed WHERE actor <> '' ORDER BY event").fetchall()
    assert audited == [("local", "alert_acknowledged", str(alert)), ("local", "alert_resolved", str(alert))]


def test_alerts_are_filtered_and_paged(server: Served, database: Connection) -> None:
    made = [
        add_alert(database, "chaoyang-01", opened_at=START + timedelta(minutes=n), rule="stream_gap") for n in range(5)
    ]
    other = add_alert(database, "haidian-02", state="resolved", severity="warning")
    gaps = walk(server, "/api/v1/alerts", limit=2, rule="stream_gap")
    assert [gap["id"] for gap in gaps] == [str(alert) for alert in reversed(made)]
    for parameters in ({"state": "resolved"}, {"station": "haidian-02"}, {"severity": "warning"}):
        assert [finding["id"] for finding in walk(server, "/api/v1/alerts", **parameters)] == [str(other)]
    assert len(walk(server, "/api/v1/alerts", state=["open", "resolved"])) == 6


def test_an_area_stands_for_all_below_it_on_every_list_and_an_unknown_one_is_refused(
    server: Served, database: Connection
) -> None:
    for code, parent in (("110105", None), ("110105001", "110105"), ("110108", None)):
        database.execute("INSERT INTO area (code, parent, name) VALUES (%s, %s, %s)", [code, parent, code])
    database.execute("UPDATE station SET area = '110105001' WHERE name = 'chaoyang-01'")
    database.execute("UPDATE station SET area = '110108' WHERE name = 'haidian-02'")
    for station in ("chaoyang-01", "haidian-02"):
        add_alert(database, station)
        add_result(database, station)
        add_reading(database, station)
    for path in ("alerts", "results", "readings"):
        for area, station in (("110105", "chaoyang-01"), ("110105001", "chaoyang-01"), ("110108", "haidian-02")):
            assert [row["station"] for row in walk(server, f"/api/v1/{path}", area=area)] == [station]
            assert station in server.get(f"/api/v1/{path}.csv", area=area).text
    for path in ("alerts", "results", "readings", "camera-events", "devices", "streams", "counts", "alerts.csv"):
        assert server.get(f"/api/v1/{path}", area="110105").status_code == 200, path
        refused = server.get(f"/api/v1/{path}", area="typing-error")
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:shian:problem:unknown-filter"), path
        assert [error["where"] for error in refused.json()["errors"]] == ["query.area"], path
        assert "typing-error" in refused.json()["errors"][0]["message"], path
        assert server.get(f"/api/v1/{path}", foo="1").status_code == 422, path


def test_alerts_are_found_by_food_and_by_text(server: Served, database: Connection) -> None:
    leek = add_alert(database, "chaoyang-01", commodity="韭菜", sample="A-17")
    add_alert(database, "chaoyang-01", commodity="菠菜", sample="B-1")
    for asked in ({"commodity": "韭菜"}, {"sample": "A-17"}, {"text": "a-17"}, {"text": "韭"}):
        assert [row["id"] for row in walk(server, "/api/v1/alerts", **asked)] == [str(leek)]
    assert walk(server, "/api/v1/alerts", text="%") == []


def test_an_alert_is_commented_resolved_with_a_measure_and_opened_again(server: Served, database: Connection) -> None:
    alert = add_alert(database, "chaoyang-01", key="failed_test/x")
    path = f"/api/v1/alerts/{alert}"
    assert server.client.post(f"{path}/reopen", json={}).status_code == 409
    for empty in ({"note": " "}, {}):
        assert server.client.post(f"{path}/comment", json=empty).status_code == 422
    assert server.client.post(f"{path}/comment", json={"note": "已通知"}).json()["state"] == "open"
    assert server.client.post(f"{path}/resolve", json={"measure": "eaten"}).status_code == 422
    done = server.client.post(f"{path}/resolve", json={"measure": "off_shelf"}).json()
    assert (done["state"], done["steps"][-1]["facts"]) == ("resolved", {"measure": "off_shelf"})
    again = server.client.post(f"{path}/reopen", json={"note": "仍在售"}).json()
    assert [step["action"] for step in again["steps"]] == ["opened", "commented", "resolved", "reopened"]
    assert again["state"] == "open"
    server.client.post(f"{path}/resolve", json={})
    add_alert(database, "chaoyang-01", key="failed_test/x")
    refused = server.client.post(f"{path}/reopen", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:shian:problem:newer-alert")


def test_a_subscription_shows_its_secret_once_and_every_change_is_audited(server: Served, database: Connection) -> None:
    wanted = {"name": "街道办", "actor": "admin", "address": "https://example.com/hook", "stations": ["chaoyang-01"]}
    made = server.client.post("/api/v1/subscriptions", json=wanted | {"rules": ["failed_test"]})
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    listed = server.get("/api/v1/subscriptions")
    assert secret not in listed.text
    assert listed.json()["items"][0]["rules"] == ["failed_test"]
    path = f"/api/v1/subscriptions/{made.json()['id']}/disable"
    for _ in range(2):
        assert server.client.post(path, json={"name": "admin"}).json()["is_enabled"] is False
    audited = database.execute("SELECT actor, action, facts FROM deed WHERE actor <> '' ORDER BY event").fetchall()
    assert [row[:2] for row in audited] == [("local", "subscription_created"), ("local", "subscription_disabled")]
    assert secret not in str(audited)


def test_a_subscription_that_could_never_work_is_refused(server: Served) -> None:
    changes: list[dict[str, Any]] = [
        {"address": "ftp://example.com/"},
        {"address": "http://user:word@example.com/"},
        {"stations": ["no-such-station"]},
        {"areas": ["no-such-area"]},
        {"rules": ["no_such_rule"]},
        {"severities": ["loud"]},
        {"channel": "pigeon"},
        {"secret": "whsec_mine"},
        {"name": ""},
        {"name": "a\x00b"},
    ]
    wanted = {"name": "office", "actor": "admin", "address": "https://example.com/hook"}
    for change in changes:
        answer = server.client.post("/api/v1/subscriptions", json=wanted | change)
        assert answer.status_code == 422, change
        assert answer.headers["content-type"] == "application/problem+json"
    assert server.get("/api/v1/subscriptions").json()["items"] == []


def test_alerts_and_readings_are_files_too(server: Served, database: Connection) -> None:
    add_alert(database, "chaoyang-01")
    add_reading(database, "chaoyang-01")
    answer = server.client.get("/api/v1/alerts.csv?state=open", headers={"Accept-Language": "zh"})
    (alert,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (alert["预警类型"], alert["状态"]) == ("快检初筛不合格", "待处置")
    assert 'filename="shian-alerts-' in answer.headers["content-disposition"]
    answer = server.get("/api/v1/readings.csv", station="chaoyang-01", language="en")
    (reading,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (reading["quantity"], reading["value"], reading["unit"]) == ("Air temperature", "3.5", "°C")


def test_quarantine_is_listed_with_reasons(server: Served, database: Connection) -> None:
    for number, reason in enumerate(["not_json", "unknown_station", "not_json"]):
        database.execute(
            "INSERT INTO quarantine (id, topic, reason, hash, body, released_at) VALUES (%s, 't', %s, %s, 'x', %s)",
            [uuid7(), reason, bytes([number]), START if number == 1 else None],
        )
    assert len(walk(server, "/api/v1/quarantine", limit=1)) == 3
    assert len(walk(server, "/api/v1/quarantine", reason="not_json")) == 2
    assert [finding["size"] for finding in walk(server, "/api/v1/quarantine", is_released=True)] == [1]


ODD_REQUESTS = [
    ("GET", "/api/v1/nothing", 404),
    ("DELETE", "/api/v1/results", 405),
    ("GET", "/api/v1/results?limit=0", 422),
    ("GET", "/api/v1/results?limit=501", 422),
    ("GET", "/api/v1/results?cursor=nonsense", 422),
    ("GET", "/api/v1/results?cursor=" + "A" * 32, 200),
    ("GET", "/api/v1/results?cursor=f" + "_" * 31, 422),
    ("GET", "/api/v1/results?verdict=good", 422),
    ("GET", "/api/v1/results?from=2026-03-01T00:00:00", 422),
    ("GET", "/api/v1/results?from=0001-01-01T00:00:00Z", 200),
    ("GET", "/api/v1/results?device=%00", 422),
    ("GET", "/api/v1/results?device=%ff%fe", 200),
    ("GET", "/api/v1/results?station=UPPER", 422),
    ("GET", "/api/v1/events/1", 422),
    ("GET", "/api/v1/streams/00000000-0000-0000-0000-000000000000/99999999999999999999", 422),
    ("GET", "/api/v1/alerts/00000000-0000-0000-0000-000000000000", 404),
    ("POST", "/api/v1/alerts/00000000-0000-0000-0000-000000000000/resolve", 422),
    ("GET", "/static/../settings.py", 404),
    ("GET", "/static/%2e%2e/settings.py", 404),
]


def test_what_cannot_be_answered_is_a_problem(server: Served) -> None:
    for method, path, status in ODD_REQUESTS:
        answer = server.client.request(method, path, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == status, path
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["content-language"] == "zh"
            assert answer.json()["status"] == status
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_body_is_bounded_whether_it_says_its_length_or_not(server: Served, database: Connection) -> None:
    path = f"/api/v1/alerts/{add_alert(database, 'chaoyang-01')}/resolve"
    big = b'{"name": "' + b"x" * 70_000 + b'"}'

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(big), 1000):
            yield big[start : start + 1000]

    for content in (big, in_pieces()):
        answer = server.client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:shian:problem:too-large")
    assert server.client.post(path, content=b"{").status_code == 422


def test_without_its_database_the_server_stays_up_and_says_so() -> None:
    with serving(f"postgresql://nobody@127.0.0.1:{free_port()}/none") as server:
        assert server.get("/healthz").json() == {"status": "ok"}
        assert server.get("/readyz").status_code == 503
        answer = server.get("/api/v1/stations")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:shian:problem:database-away")
        assert server.get("/api/v1/results.csv").status_code == 503
        assert server.get("/").status_code == 200


def test_a_query_that_takes_too_long_is_ended(dsn: str, database: Connection) -> None:
    with serving(dsn, database={"statement_s": 2.0}) as server, psycopg.connect(dsn) as other:
        other.execute("LOCK TABLE quarantine IN ACCESS EXCLUSIVE MODE")
        answer = server.get("/api/v1/quarantine")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:shian:problem:too-slow")


def test_metrics_are_told_in_the_words_of_prometheus(server: Served) -> None:
    server.get("/api/v1/stations")
    text = server.get("/metrics").text
    assert 'shian_server_requests_total{method="GET",route="/api/v1/stations",status="200"}' in text
    assert "shian_server_live_clients" in text


def test_a_subscription_of_another_making_is_listed_too(server: Served, database: Connection) -> None:
    made: UUID = add_subscription(database, "http://127.0.0.1:1/")
    assert [item["id"] for item in server.get("/api/v1/subscriptions").json()["items"]] == [str(made)]
