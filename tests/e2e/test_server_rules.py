"""Rules by the API: checked, kept, tried on the past, within one's areas; and one expression for past and future."""

from collections.abc import Iterator
from typing import Any

import pytest

from storage.rules.facts import SUBJECTS
from storage.rules.types import Type
from tests.support.desk import Desk
from tests.support.own_rules import TITLE, put_rule
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, serving
from tests.support.station import START, result
from wire.kinds.camera import CameraV1
from wire.kinds.probe import ProbeV1
from wire.kinds.reading import ReadingV1
from wire.kinds.sample import SampleV1
from wire.terms import ProbeState

PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-31T00:00:00Z"}


def rule(when: str, **more: Any) -> dict[str, Any]:
    return {"on": "result", "when": when, "severity": "warning", "title": TITLE} | more


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def test_a_rule_is_kept_shown_changed_removed_and_each_is_a_deed(server: Served, desk: Desk) -> None:
    wanted = rule("value > 40", quiet={"from": "22:00", "to": "06:00"})
    made = server.client.put("/api/v1/rules/near", json={"rule": wanted, "why": "spring"}).raise_for_status().json()
    assert made["rule"]["when"] == "value > 40"
    assert made["rule"]["quiet"] == {"from": "22:00", "to": "06:00"}
    assert (made["source"], made["is_on"], made["alerts"]) == ("own", True, 0)
    again = server.client.put("/api/v1/rules/near", json={"rule": wanted}).raise_for_status().json()
    assert again["version"] == made["version"]
    changed = server.client.put("/api/v1/rules/near", json={"rule": wanted | {"is_on": False}}).json()
    assert changed["version"] > made["version"]
    names = [shown["name"] for shown in server.get("/api/v1/rules").raise_for_status().json()]
    assert names == sorted(names)
    assert {"near", "failed_test", "suspect_test"} <= set(names)
    assert server.client.delete("/api/v1/rules/near").status_code == 204
    assert server.client.delete("/api/v1/rules/near").status_code == 404
    assert server.get("/api/v1/rules/near").status_code == 404
    deeds = desk.rows(
        "SELECT action, subject, why, facts::jsonb #>> '{after,when}' FROM deed"
        " WHERE action LIKE 'rule%' ORDER BY event"
    )
    assert deeds == [
        ("rule_changed", "near", "spring", "value > 40"),
        ("rule_changed", "near", "", "value > 40"),
        ("rule_removed", "near", "", None),
    ]


def test_a_shipped_rule_is_switched_on_and_holds_again_as_shipped_when_it_is_removed(server: Served) -> None:
    shipped = server.get("/api/v1/rules/suspect_test").raise_for_status().json()
    assert (shipped["source"], shipped["is_on"]) == ("shipped", False)
    on = server.client.put("/api/v1/rules/suspect_test", json={"rule": shipped["rule"] | {"is_on": True}}).json()
    assert (on["source"], on["is_on"]) == ("own", True)
    assert server.client.delete("/api/v1/rules/suspect_test").status_code == 204
    assert server.get("/api/v1/rules/suspect_test").json() == shipped


@pytest.mark.parametrize(
    ("name", "given", "where", "says"),
    [
        ("near", rule("value >\n vaule"), ("rule.near.when", "2", "2"), "there is no vaule"),
        ("near", rule('value > "x"'), ("rule.near.when", "1", "9"), "do not go together"),
        ("failed_test", rule("value > 1"), ("rule.failed_test", "", ""), "a rule of the system"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    server: Served, name: str, given: dict[str, Any], where: tuple[str, str, str], says: str
) -> None:
    for answer in (
        server.client.put(f"/api/v1/rules/{name}", json={"rule": given}),
        server.client.post("/api/v1/rules/dry-run", json={"name": name, "rule": given}),
    ):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["where"], error["line"], error["column"]) == where
        assert says in error["message"]


def test_unknown_areas_stations_and_words_are_refused(server: Served) -> None:
    for more, status in (
        ({"areas": ["nowhere"]}, 422),
        ({"stations": ["nobody"]}, 422),
        ({"severity": "loud"}, 422),
        ({"colour": "red"}, 422),
        ({"quiet": {"from": "22:00", "to": "22:00"}}, 422),
        ({"on": "weather"}, 422),
    ):
        answer = server.client.put("/api/v1/rules/near", json={"rule": rule("true", **more)})
        assert answer.status_code == status, more


def test_a_dry_run_says_which_alerts_there_would_have_been_and_writes_nothing(server: Served, desk: Desk) -> None:
    station = desk.station("market-1")
    bodies = [station.add(result(value, number=str(n))) for n, value in enumerate([12.0, 45.0, 49.0, None, 44.0])]
    desk.take(station.topic, *bodies, station.add(result(46.0, number="1")))
    before = desk.one("SELECT count(*) FROM alert")
    asked = {"rule": rule("value >= 40 && value < 50"), **PERIOD}
    done = server.client.post("/api/v1/rules/dry-run", json=asked).raise_for_status().json()
    assert (done["alerts"], done["events"], done["is_cut"], done["faults"]) == (3, 6, False, 0)
    assert [(one["seen"]["value"], one["events"]) for one in done["items"]] == [(44.0, 1), (49.0, 1), (45.0, 2)]
    assert desk.one("SELECT count(*) FROM alert") == before
    assert desk.rows("SELECT 1 FROM alert_rule") == []
    # The same rule, kept, makes the same alerts of the same events.
    put_rule(desk.connection, "own_near", "value >= 40 && value < 50")
    other = desk.station("market-2")
    desk.take(other.topic, *(other.add(result(value, number=str(n))) for n, value in enumerate([45.0, 49.0, 44.0])))
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'own_near'") == 3


def test_a_dry_run_is_cut_in_time_and_says_up_to_where_it_looked(server: Served, desk: Desk) -> None:
    station = desk.station("market-1")
    for start in range(0, 2200, 550):
        desk.take(station.topic, *(station.add(result(45.0, number=str(start + n))) for n in range(550)))
    asked = {"rule": rule("value > 40"), "within_s": 0.000001, **PERIOD}
    done = server.client.post("/api/v1/rules/dry-run", json=asked).raise_for_status().json()
    assert done["is_cut"]
    assert (done["events"], done["alerts"]) == (1000, 1000)
    assert len(done["items"]) == 200
    assert START.isoformat() < done["looked_from"].replace("Z", "+00:00")


EVENTS = {
    "result": result(45.0).model_copy(
        update={
            "sample": SampleV1(number="7", commodity="韭菜", stall="A1", vendor="王", supplier="张", lot="L9"),
            "flags": ("no_identity",),
            "channel": 3,
            "operator": "李",
            "standard": "GB/T 5009.199",
        }
    ),
    "reading": ReadingV1(quantity="air_temperature", value=3.5, unit="degC"),
    "camera": CameraV1.model_validate({"key": "0" * 32, "phase": "start", "kind": "rodent"}),
    "probe": ProbeV1.model_validate(
        {"key": "0" * 32, "phase": "start", "state": ProbeState.FAILING, "quantity": "air_temperature", "lasted_s": 7}
    ),
}


def _always_true(name: str, kind: Type) -> str:
    if kind.is_text or kind.of:
        return f"size({name}) >= 0"
    return f"({name} == null || {name} == {name})" if kind.may_lack else f"{name} == {name}"


@pytest.mark.parametrize("on", SUBJECTS)
def test_a_rule_sees_the_same_facts_of_tomorrow_and_of_the_past(server: Served, desk: Desk, on: str) -> None:
    """Compare every fact of the kind, as ingest takes it out of the event and as the dry run reads it from the rows."""
    desk.rows("INSERT INTO area (code, name) VALUES ('east', '') RETURNING 1")
    station = desk.station("market-1")
    desk.rows("UPDATE station SET area = 'east' RETURNING 1")
    types = SUBJECTS[on].types
    whole = [_always_true(name, kind) for name, kind in types.items()]
    when = " && ".join(whole)
    put_rule(desk.connection, "own_all", when, on=on)
    desk.take(station.topic, station.add(EVENTS[on]))
    live = desk.one("SELECT facts -> 'seen' FROM alert WHERE rule = 'own_all'")
    assert set(live) == set(types)
    done = server.client.post("/api/v1/rules/dry-run", json={"rule": rule(when, on=on), **PERIOD}).json()
    assert done["items"][0]["seen"] == live


def test_whoever_has_a_part_of_the_district_changes_and_tries_rules_of_that_part(dsn: str, desk: Desk) -> None:
    for area in ("east", "west"):
        desk.rows("INSERT INTO area (code, name) VALUES (%s, '') RETURNING 1", area)
    for area in ("east", "west"):
        station = desk.station(f"m-{area}")
        desk.rows("UPDATE station SET area = %s WHERE name = %s RETURNING 1", area, f"m-{area}")
        desk.take(station.topic, station.add(result(45.0)))
    add_person(desk.connection, "admin", "administrator")
    add_person(desk.connection, "east", "monitoring_centre", area="east")
    with (
        serving(dsn, delivery={"is_enabled": False}, accounts=ON) as server,
        signed_in(server, "east") as east,
        signed_in(server, "admin") as admin,
    ):
        of_all = {"rule": rule("value > 40")}
        admin.client.put("/api/v1/rules/whole", json=of_all).raise_for_status()
        of_west = {"rule": rule("value > 40", areas=["west"])}
        admin.client.put("/api/v1/rules/western", json=of_west).raise_for_status()
        for name, given in (("mine", of_all), ("mine", of_west), ("whole", {"rule": rule("true", areas=["east"])})):
            answer = east.client.put(f"/api/v1/rules/{name}", json=given)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:shian:problem:outside-your-areas")
        assert east.client.delete("/api/v1/rules/western").status_code == 403
        of_east = {"rule": rule("value > 40", areas=["east"])}
        assert east.client.put("/api/v1/rules/mine", json=of_east).status_code == 200
        names = {one["name"] for one in east.get("/api/v1/rules").json()}
        assert {"mine", "whole"} <= names
        assert "western" not in names
        done = east.client.post("/api/v1/rules/dry-run", json={"rule": rule("value > 40"), **PERIOD}).json()
        assert [one["station"] for one in done["items"]] == ["m-east"]


def test_the_facts_are_listed_with_their_words(server: Served) -> None:
    listed = server.get("/api/v1/rules/facts").raise_for_status().json()
    assert [subject["on"] for subject in listed] == list(SUBJECTS)
    verdict = next(fact for fact in listed[0]["facts"] if fact["name"] == "verdict")
    assert verdict["among"] == ["fail", "invalid", "pass", "suspect", "undetermined"]
    assert all(fact["words"]["zh"] for subject in listed for fact in subject["facts"])


def test_rules_have_a_history(server: Served, desk: Desk) -> None:
    server.client.put("/api/v1/rules/near", json={"rule": rule("value > 40")}).raise_for_status()
    server.client.delete("/api/v1/rules/near").raise_for_status()
    assert desk.rows("SELECT name, body ->> 'when' FROM alert_rule_history ORDER BY version") == [
        ("near", "value > 40"),
        ("near", None),
    ]
