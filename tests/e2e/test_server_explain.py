"""An alert explained, and who was told when: by the API and the command line, on real rows."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner

from shian.__main__ import build
from tests.support.desk import Desk
from tests.support.own_rules import put_rule
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_subscription, serving
from tests.support.station import result
from tests.support.workbooks import cells

Connection = psycopg.Connection[Any]


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


@pytest.fixture
def alert(desk: Desk) -> UUID:
    """Raise the alert of an own rule, with one receipt, and with subscriptions that did not want it."""
    for code, parent in (("city", None), ("east", "city"), ("west", "city")):
        desk.rows("INSERT INTO area (code, name, parent) VALUES (%s, '', %s) RETURNING 1", code, parent)
    station = desk.station("market-1")
    desk.rows("UPDATE station SET area = 'east' RETURNING 1")
    subscriptions: dict[str, dict[str, Any]] = {
        "all": {},
        "city office": {"areas": ["city"], "severities": ["warning", "critical"]},
        "west office": {"areas": ["west"]},
        "critical only": {"severities": ["critical"], "stations": ["market-1"]},
        "ended": {"is_enabled": False},
    }
    for name, columns in subscriptions.items():
        add_subscription(desk.connection, f"https://{name[:3]}.example", name=name, **columns)
    put_rule(desk.connection, "own_near", 'value >= 40 && commodity == "韭菜"')
    desk.take(station.topic, station.add(result(45.0, commodity="韭菜")))
    add_subscription(desk.connection, "https://later.example", name="came later")
    desk.rows(
        "INSERT INTO routing_decision (delivery, reason, at, last_at)"
        " SELECT d.id, 'silenced', now(), now() FROM delivery d"
        " JOIN subscription s ON s.id = d.subscription WHERE s.name = 'all' RETURNING 1"
    )
    desk.rows(
        "INSERT INTO delivery_attempt (delivery, attempt, at, outcome, status, detail, duration_ms, remote_id, code)"
        " SELECT d.id, 1, now(), 'rejected', 200, 'no', 12, 'm-7', '45009' FROM delivery d"
        " JOIN subscription s ON s.id = d.subscription WHERE s.name = 'city office' RETURNING 1"
    )
    # What is changed later explains nothing that was before.
    put_rule(desk.connection, "own_near", "value >= 99")
    found: UUID = desk.one("SELECT id FROM alert")
    return found


def test_an_alert_is_explained(server: Served, desk: Desk, alert: UUID) -> None:
    found = server.get(f"/api/v1/alerts/{alert}/explanation").raise_for_status().json()
    assert found["rule"]["name"] == "own_near"
    assert (found["rule"]["source"], found["rule"]["written"]["when"]) == ("own", 'value >= 40 && commodity == "韭菜"')
    assert found["rule"]["version"] == desk.one("SELECT min(version) FROM alert_rule_history")
    assert found["seen"] == {"value": 45.0, "commodity": "韭菜"}
    assert (found["event"]["station"], found["event"]["sequence"]) == ("market-1", 1)
    assert found["event"]["id"] == str(desk.one("SELECT event FROM alert"))
    chosen = {one["name"]: one for one in found["chosen"]}
    assert {name: one["passed"] for name, one in chosen.items()} == {
        "all": [],
        "city office": ["area city", "severity warning"],
    }
    (decided,) = chosen["all"]["decisions"]
    assert (decided["reason"], decided["words"]["zh"]) == ("silenced", "已静默")
    (attempt,) = chosen["city office"]["attempts"]
    assert (attempt["outcome"], attempt["code"], attempt["remote_id"]) == ("rejected", "45009", "m-7")
    left_out = {one["name"]: [by["filter"] for by in one["left_out_by"]] for one in found["not_chosen"]}
    assert left_out == {
        "west office": ["area"],
        "critical only": ["severity"],
        "ended": ["disabled"],
        "came later": ["later"],
    }
    assert all(by["words"]["zh"] for one in found["not_chosen"] for by in one["left_out_by"])


def test_an_alert_of_the_system_is_explained_by_its_facts(server: Served, desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0)))
    alert = desk.one("SELECT id FROM alert WHERE rule = 'failed_test'")
    found = server.get(f"/api/v1/alerts/{alert}/explanation").raise_for_status().json()
    assert (found["rule"]["source"], found["rule"]["written"]) == ("system", None)
    assert found["rule"]["title"]["zh"] == "快检初筛不合格"
    assert found["seen"]["value"] == 88.0
    assert server.get("/api/v1/alerts/00000000-0000-0000-0000-000000000000/explanation").status_code == 404


def test_whoever_sees_a_part_sees_the_explanations_of_that_part(dsn: str, desk: Desk, alert: UUID) -> None:
    add_person(desk.connection, "east", "inspector", area="east")
    add_person(desk.connection, "west", "inspector", area="west")
    with serving(dsn, delivery={"is_enabled": False}, accounts=ON) as server:
        with signed_in(server, "west") as west:
            assert west.get(f"/api/v1/alerts/{alert}/explanation").status_code == 404
            assert west.get("/api/v1/told").json()["items"] == []
        with signed_in(server, "east") as east:
            found = east.get(f"/api/v1/alerts/{alert}/explanation").raise_for_status().json()
            assert [one["name"] for one in found["not_chosen"]] == ["critical only"]
            assert len(east.get("/api/v1/told").json()["items"]) == 1


def test_who_was_told_when_is_a_list_and_a_file(server: Served, desk: Desk, alert: UUID) -> None:
    (told,) = server.get("/api/v1/told", rule="own_near", area="city").raise_for_status().json()["items"]
    assert (told["name"], told["outcome"], told["alert"]) == ("city office", "rejected", str(alert))
    assert server.get("/api/v1/told", outcome="delivered").json()["items"] == []
    assert server.get("/api/v1/told", foo="1").status_code == 422
    text = server.get("/api/v1/told.csv", language="zh").raise_for_status().text
    assert "接收人" in text
    assert "city office" in text
    head, row = cells(server.get("/api/v1/told.xlsx", language="zh").raise_for_status().content)
    assert {"接收人", "city office"} <= {*head, *row}
    until = told["at"]
    assert server.get("/api/v1/told", to=until).json()["items"] == []
    assert len(server.get("/api/v1/told", **{"from": until}).json()["items"]) == 1


def test_the_command_says_the_same(dsn: str, desk: Desk, alert: UUID) -> None:
    done = CliRunner().invoke(build(), ["alerts", "explain", str(alert), "--dsn", dsn])
    assert done.exit_code == 0, done.output
    for part in ("own_near (own, version", 'when = value >= 40 && commodity == "韭菜"', "value = 45.0", "number 1"):
        assert part in done.output
    assert "city office (webhook, new): waiting; area city, severity warning" in done.output
    assert "rejected 200 45009 m-7 no" in done.output
    assert "west office (webhook): other areas" in done.output
    document = json.loads(CliRunner().invoke(build(), ["alerts", "explain", str(alert), "--dsn", dsn, "--json"]).output)
    assert document["rule"]["title"] == {"en": "Near the limit", "zh": "接近限值"}
    told = CliRunner().invoke(build(), ["alerts", "told", "--dsn", dsn])
    assert "city office (webhook)  rejected 45009 m-7  own_near market-1" in told.output


def test_a_message_is_shown_as_a_channel_would_carry_it(server: Served, dsn: str, alert: UUID) -> None:
    shown = server.get(f"/api/v1/alerts/{alert}/texts", channel="wecom").raise_for_status().json()
    chinese, english = shown["texts"]
    assert (chinese["language"], english["language"], chinese["most"]) == ("zh", "en", 2048)
    assert "接近限值" in chinese["title"]
    assert "Near the limit" in english["plain"]
    assert server.get(f"/api/v1/alerts/{alert}/texts", channel="pigeon").status_code == 422
    done = CliRunner().invoke(build(), ["alerts", "preview", str(alert), "--channel", "wecom", "--dsn", dsn])
    assert chinese["title"] in done.output
