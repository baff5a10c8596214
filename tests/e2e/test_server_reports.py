"""Reports over the API: figures, sums that follow the counts, areas, files in both languages."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from uuid_utils.compat import uuid7

from server.records.reports import paper
from tests.support.people import ON, PASSWORD, add_person
from tests.support.server import Served, add_alert, add_delivery, add_result, add_station, add_subscription, serving
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
ZONE = ZoneInfo("Asia/Shanghai")
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
COUNT = """
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT (recorded_at AT TIME ZONE 'Asia/Shanghai')::date, station, item, verdict, count(*) FROM result
WHERE role = 'sample' GROUP BY 1, 2, 3, 4
ON CONFLICT (day, station, item, verdict) DO UPDATE SET tests = excluded.tests
"""


def at(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def count(database: Connection) -> None:
    """Count as ingest does."""
    database.execute(COUNT)


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO area VALUES ('east', NULL, '东城街道', 'East street'), ('west', NULL, '西城', '')"
        )
        add_station(connection, "m1", title="东门市场", title_en="East gate market", area="east")
        add_station(connection, "m2", title="西门市场", title_en="West gate market", area="west")
        # One batch with two items, one of which failed; a retest of it passed later.
        add_result(connection, "m1", recorded_at=at(1, 0), sample="1", commodity="韭菜", stall="A1", verdict="fail")
        add_result(connection, "m1", recorded_at=at(1), sample="1", commodity="韭菜", stall="A1", item="nitrite")
        add_result(connection, "m1", recorded_at=at(1, 11), sample="1", commodity="韭菜", stall="A1", is_retest=True)
        # One that passed, one that could not be read, a control, one at the last moment, one of the next month.
        add_result(connection, "m1", recorded_at=at(2), sample="2", commodity="菠菜", stall="A2")
        add_result(connection, "m1", recorded_at=at(2), sample="3", commodity="", stall="", verdict="invalid")
        add_result(connection, "m1", recorded_at=at(2), sample="4", role="control", verdict="fail")
        add_result(connection, "m2", recorded_at=at(31, 23), sample="1", commodity="菠菜", stall="A1")
        add_result(connection, "m2", recorded_at=at(1, 0, 4), sample="1", commodity="菠菜", stall="A1")
        add_result(connection, "m2", recorded_at=at(5, 9, 2), sample="9", commodity="芹菜", stall="B1")
        count(connection)
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def figures(answer: dict[str, Any], *names: str, of: str = "period") -> list[int]:
    return [answer["total"][of][name] for name in names]


def test_batches_and_item_tests_are_counted_apart_for_the_period_and_its_year(server: Served) -> None:
    answer = server.get("/api/v1/reports", **MARCH).json()
    assert (answer["first"], answer["until"], answer["year_from"]) == ("2026-03-01", "2026-04-01", "2026-01-01")
    assert answer["waiting"] == 0
    assert figures(answer, "batches", "passed", "failed") == [4, 2, 1]
    assert figures(answer, "tests", "tests_passed", "tests_failed", "retests") == [6, 4, 1, 1]
    assert figures(answer, "stalls", "varieties") == [3, 2]
    assert figures(answer, "batches", "passed", "tests", "varieties", of="year") == [5, 3, 7, 3]
    assert [(one["title_en"], one["period"]["batches"]) for one in answer["groups"]] == [
        ("East gate market", 3),
        ("West gate market", 1),
    ]


@pytest.mark.parametrize(
    ("by", "batches"),
    [
        ("commodity", {"韭菜": 1, "菠菜": 2, "": 1, "芹菜": 0}),
        ("item", {"pesticide_inhibition": 4, "nitrite": 1}),
        ("area", {"east": 3, "west": 1}),
    ],
)
def test_a_report_has_groups_by(server: Served, by: str, batches: dict[str, int]) -> None:
    answer = server.get("/api/v1/reports", **MARCH, by=by).json()
    assert {one["name"]: one["period"]["batches"] for one in answer["groups"]} == batches
    assert figures(answer, "batches", "failed") == [4, 1]
    assert (answer["groups"][0]["period"]["stalls"] is None) == (by == "item")


def test_what_a_backlog_brings_later_is_in_the_next_report(server: Served, database: Connection) -> None:
    assert figures(server.get("/api/v1/reports", **MARCH).json(), "tests") == [6]
    add_result(database, "m2", recorded_at=at(7), sample="8", commodity="虾仁", verdict="fail")
    count(database)
    answer = server.get("/api/v1/reports", **MARCH).json()
    assert figures(answer, "batches", "failed", "tests", "varieties") == [5, 2, 7, 3]


def test_who_answered_and_who_was_told_when(server: Served, database: Connection) -> None:
    told = add_alert(database, "m1", opened_at=at(1), commodity="韭菜")
    add_alert(database, "m2", opened_at=at(3), commodity="菠菜")
    add_alert(database, "m2", opened_at=at(3, month=4))
    street = add_subscription(database, "https://street.example/", name="街道办")
    add_delivery(database, told, street, state="delivered", finished_at=at(1) + timedelta(seconds=2), attempts=1)
    for minutes, action, facts in (
        (5, "acknowledged", "{}"),
        (60, "resolved", '{"measure": "destroyed", "destroyed_kg": 12.5}'),
    ):
        database.execute(
            "INSERT INTO alert_step (id, alert, at, action, actor, facts) VALUES (%s, %s, %s, %s, 'duty-1', %s)",
            [uuid7(), told, at(1) + timedelta(minutes=minutes), action, facts],
        )
    database.execute("UPDATE alert SET state = 'resolved' WHERE id = %s", [told])
    answer = server.get("/api/v1/reports", **MARCH).json()
    (times,) = answer["responses"]
    assert (times["alerts"], times["signed"], times["resolved"]) == (2, 1, 1)
    assert (times["sign_median_s"], times["resolve_median_s"]) == (300, 3600)
    untold, sent = answer["told"]
    assert (untold["receiver"], untold["told_at"], untold["signed_by"]) == ("", None, "")
    assert (sent["receiver"], sent["delivery"], sent["signed_by"]) == ("街道办", "delivered", "duty-1")
    assert datetime.fromisoformat(sent["told_at"]) == at(1) + timedelta(seconds=2)
    assert figures(answer, "destroyed", "destroyed_kg") == [1, 12.5]


def test_a_street_s_officer_has_the_report_of_his_area(dsn: str, database: Connection) -> None:
    add_alert(database, "m2", opened_at=at(3))
    add_person(database, "wang", "inspector", area="east")
    with serving(dsn, accounts=ON) as site:
        assert site.get("/api/v1/reports").status_code == 401
        site.client.post(
            "/api/v1/session", json={"name": "wang", "password": PASSWORD}, headers={"Origin": site.address}
        ).raise_for_status()
        answer = site.get("/api/v1/reports", **MARCH).json()
        assert [one["name"] for one in answer["groups"]] == ["m1"]
        assert figures(answer, "batches", "stalls", of="year") == [3, 2]
        assert (answer["told"], answer["responses"]) == ([], [])


@pytest.mark.parametrize(("language", "title"), [("zh", "食品快检统计报表"), ("en", "Rapid tests: report")])
def test_a_workbook_and_a_paper_come_in_both_languages(
    server: Served, database: Connection, language: str, title: str
) -> None:
    add_result(database, "m1", recorded_at=at(4), sample="6", commodity='=HYPERLINK("x")', stall="\x0b" + "长" * 10_000)
    add_alert(database, "m1", opened_at=at(4), commodity="#let x = [" + "字" * 199)
    count(database)
    asked = {**MARCH, "by": "commodity", "language": language}
    book = server.get("/api/v1/reports.xlsx", **asked)
    assert book.status_code == 200
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
        assert title in texts
        assert "=HYPERLINK" in texts
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets/" in name)
    if paper.family_of(None) is None:
        pytest.skip("no Chinese font on this machine")
    page = server.get("/api/v1/reports.pdf", **asked)
    assert page.status_code == 200
    assert page.content.startswith(b"%PDF")
    assert (
        page.headers["content-disposition"] == 'attachment; filename="shian-report-commodity-2026-03-01-2026-04-01.pdf"'
    )
    deeds = database.execute("SELECT subject FROM deed WHERE action = 'exported' ORDER BY recorded_at").fetchall()
    assert deeds == [("reports.xlsx",), ("reports.pdf",)]


def test_a_machine_without_a_chinese_font_says_so(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "_FAMILIES", ("None Sans",))
    answer = server.get("/api/v1/reports.pdf", language="zh")
    assert (answer.status_code, answer.json()["type"]) == (501, "urn:shian:problem:no-font")
    assert "fonts-noto-cjk" in answer.json()["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-03-02", "to": "2026-03-02"},
        {"from": "2025-01-01", "to": "2026-03-01"},
        {"by": "vendor"},
        {"area": "no"},
    ],
)
def test_a_period_or_a_group_that_cannot_be_is_refused(server: Served, asked: dict[str, str]) -> None:
    assert server.get("/api/v1/reports", **asked).status_code == 422


def test_the_overview_has_its_hours_its_worst_and_its_map(dsn: str, database: Connection) -> None:
    add_result(database, "m1", sample="5", commodity="虾仁", verdict="fail")
    add_result(database, "m1", sample="6", commodity="菠菜")
    count(database)
    with serving(dsn, map={"tiles": "https://tiles.example/{z}/{x}/{y}.png", "attribution": "tiles"}) as site:
        wait_for(lambda: site.get("/api/v1/overview/worst").json()["items"], what="the sums")
        (worst,) = site.get("/api/v1/overview/worst").json()["items"]
        assert (worst["name"], worst["failed"], worst["judged"]) == ("虾仁", 1, 1)
        hours = site.get("/api/v1/overview/hours").json()
        assert [(one["samples"], one["tests"], one["tests_failed"]) for one in hours["items"]] == [(2, 2, 1)]
        for area, worst_foods, tests in (("east", ["虾仁"], [2]), ("west", [], [])):
            items = site.get("/api/v1/overview/worst", area=area).json()["items"]
            assert [one["name"] for one in items] == worst_foods
            assert [one["tests"] for one in site.get("/api/v1/overview/hours", area=area).json()["items"]] == tests
        assert site.get("/api/v1/overview/hours", area="no").status_code == 422
        assert site.get("/api/v1/overview/map").json()["attribution"] == "tiles"
        policy = site.get("/").headers["content-security-policy"]
        assert "img-src 'self' https://tiles.example data:" in policy
