"""Thresholds of the system's rules by the API: shown, changed with a reason, tried on the past, set back."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from ingest.database import Connection
from ingest.watch.sweep import sweep
from storage.rules import system
from storage.steps import run
from storage.thresholds import CentreThresholds, StationThresholds
from tests.support.desk import Desk
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, serving

URL = "/api/v1/thresholds/camera_untrusted"


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def add_trouble(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence) VALUES"
        " ('market-1', gen_random_uuid(), 'cam', 'covered', '', now(), gen_random_uuid(), '{}') RETURNING 1"
    )


def look(desk: Desk) -> None:
    sweep(cast("Connection", desk.connection), StationThresholds.model_validate({}), desk.store.use)


def value(shown: dict[str, Any], key: str) -> Any:
    return next(one["value"] for one in shown["thresholds"] if one["key"] == key)


def test_all_rules_with_thresholds_are_shown_as_a_form_needs_them(server: Served) -> None:
    shown = {one["rule"]: one for one in server.get("/api/v1/thresholds").raise_for_status().json()}
    assert list(shown) == sorted(shown) == sorted(system.rules())
    offline = {one["key"]: one for one in shown["station_offline"]["thresholds"]}
    assert (shown["station_offline"]["part"], shown["filling_up"]["part"]) == ("ingest", "server")
    assert offline["after_s"] == {
        "key": "after_s",
        "words": {"en": "an alert opens after", "zh": "持续多久后产生预警"},
        "kind": "number",
        "unit": "s",
        "value": 300.0,
        "default": 300.0,
        "is_changed": False,
        "source": "shipped",
        "minimum": 0.0,
        "above": None,
        "maximum": 315_360_000.0,
        "among": [],
    }
    assert (offline["severity"]["kind"], offline["severity"]["among"]) == ("choice", ["critical", "warning", "info"])
    filling = {one["key"]: one for one in shown["filling_up"]["thresholds"]}
    assert (filling["percent"]["above"], filling["percent"]["maximum"]) == (0.0, 100.0)
    assert "folders" not in filling  # paths of the server's machine
    assert filling["days"]["words"]["en"] != shown["certificate_ends"]["thresholds"][4]["words"]["en"]
    rules = {one["name"]: one for one in server.get("/api/v1/rules").json()}
    assert (rules["station_offline"]["severity"], rules["station_offline"]["has_thresholds"]) == ("warning", True)
    assert not rules["failed_test"]["has_thresholds"]
    assert server.get("/api/v1/thresholds/failed_test").status_code == 404


def test_a_change_holds_from_the_next_look_on_and_is_a_deed_with_its_reason(server: Served, desk: Desk) -> None:
    desk.station("market-1")
    add_trouble(desk)
    assert server.client.put(URL, json={"values": {"after_s": 0}}).status_code == 422  # a reason is needed
    new = {"values": {"after_s": 0, "severity": "critical"}, "why": "school kitchens"}
    made = server.client.put(URL, json=new).raise_for_status().json()
    assert (made["is_changed"], value(made, "after_s"), value(made, "severity")) == (True, 0.0, "critical")
    assert [one["key"] for one in made["thresholds"] if one["is_changed"]] == ["severity", "after_s"]
    assert [one["source"] for one in made["thresholds"]] == ["shipped", "district", "district", "shipped", "shipped"]
    assert server.client.put(URL, json=new).json() == made
    look(desk)
    assert desk.rows("SELECT rule, severity FROM alert") == [("camera_untrusted", "critical")]
    back = server.client.post(f"{URL}/reset", json={"why": "as before"}).raise_for_status().json()
    assert (back["is_changed"], value(back, "after_s")) == (False, 60.0)
    assert desk.rows(
        "SELECT action, subject, why, facts::jsonb -> 'after' FROM deed WHERE action LIKE 'threshold%'"
    ) == [
        ("threshold_changed", "camera_untrusted", "school kitchens", {"severity": "critical", "after_s": 0.0}),
        ("threshold_reset", "camera_untrusted", "as before", {}),
    ]


def test_the_server_looks_by_what_was_changed_too(server: Served, desk: Desk) -> None:
    new = {"values": {"percent": 50}, "why": "small disk"}
    server.client.put("/api/v1/thresholds/filling_up", json=new).raise_for_status()
    settings = CentreThresholds.model_validate({"filling_up": {"days": 3}})
    with desk.connection.cursor() as cursor:
        found = run(cursor, system.over(settings))
    assert (found.filling_up.percent, found.filling_up.days) == (50, 3)
    # A row that was written past the check is as if it were not there.
    desk.rows("UPDATE rule_threshold SET changed = '{\"percent\": 500}' RETURNING 1")
    with desk.connection.cursor() as cursor:
        assert run(cursor, system.over(settings)) == settings
    assert value(server.get("/api/v1/thresholds/filling_up").json(), "percent") == 85


@pytest.mark.parametrize(
    ("rule", "values", "where", "says"),
    [
        ("camera_untrusted", {"after_s": -1}, "camera_untrusted.after_s", "must be >= 0"),
        ("camera_untrusted", {"after_s": 1e12}, "camera_untrusted.after_s", "must be <= 315360000"),
        ("camera_untrusted", {"ends_after_s": "inf"}, "camera_untrusted.ends_after_s", "must be <= 315360000"),
        ("certificate_ends", {"days": 1e10}, "certificate_ends.days", "must be <= 36500"),
        ("filling_up", {"database_gib": "inf"}, "filling_up.database_gib", "must be <= 1000000000"),
        ("camera_untrusted", {"changes": 2}, "camera_untrusted.changes", "must be >= 3"),
        ("camera_untrusted", {"severity": "loud"}, "camera_untrusted.severity", "critical"),
        ("camera_untrusted", {"afters": 1}, "camera_untrusted.afters", "there is no such threshold"),
        ("filling_up", {"folders": "/root"}, "filling_up.folders", "there is no such threshold"),
        ("dead_letters", {"ends_below": 9}, "dead_letters", "ends_below must not be above an_hour"),
    ],
)
def test_a_mistake_is_told_with_its_key(
    server: Served, rule: str, values: dict[str, Any], where: str, says: str
) -> None:
    for answer in (
        server.client.put(f"/api/v1/thresholds/{rule}", json={"values": values, "why": "x"}),
        server.client.post(f"/api/v1/thresholds/{rule}/dry-run", json={"values": values}),
    ):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["where"] == where
        assert says in error["message"]


def test_other_thresholds_are_tried_on_the_episodes_of_the_past(server: Served, desk: Desk) -> None:
    # Three times within a day: of a minute, of ten minutes, and one that goes on.
    desk.rows(
        "INSERT INTO watch_past (rule, key, station, began, ended, most) VALUES"
        " ('device_offline', 'device_offline/market-1/tester', 'market-1', now() - interval '9 h',"
        "     now() - interval '9 h' + interval '1 min', NULL),"
        " ('device_offline', 'device_offline/market-1/tester', 'market-1', now() - interval '5 h',"
        "     now() - interval '5 h' + interval '11 min', NULL),"
        " ('repeats', 'repeats/market-1/tester', 'market-1', now() - interval '5 h', now() - interval '4 h', 250)"
        " RETURNING 1"
    )
    desk.rows(
        "INSERT INTO watch (key, rule, station, since) VALUES"
        " ('device_offline/market-2/tester', 'device_offline', 'market-2', now() - interval '15 min') RETURNING 1"
    )

    def tried(rule: str, **values: Any) -> dict[str, Any]:
        url = f"/api/v1/thresholds/{rule}/dry-run"
        found: dict[str, Any] = server.client.post(url, json={"values": values}).raise_for_status().json()
        return found

    done = tried("device_offline", after_s=30)
    assert (done["alerts"], done["alerts_now"], done["episodes"], done["unsure"]) == (3, 2, 3, [])
    assert [(one["station"], one["device"], one["seen"]["is_over"]) for one in done["items"]] == [
        ("market-2", "tester", False),
        ("market-1", "tester", True),
        ("market-1", "tester", True),
    ]
    assert tried("device_offline", after_s=800)["alerts"] == 1
    assert tried("device_offline", ends_after_s=6 * 3600)["alerts"] == 2  # one episode of two
    assert tried("device_offline", is_on=False)["alerts"] == 0
    assert (tried("repeats", an_hour=300)["alerts"], tried("repeats", an_hour=240)["alerts"]) == (0, 1)
    looser = tried("repeats", an_hour=150)
    assert [one["key"] for one in looser["unsure"]] == ["an_hour"]
    assert desk.rows("SELECT 1 FROM rule_threshold") == []


def test_a_look_keeps_the_past_of_what_is_over(server: Served, desk: Desk) -> None:
    desk.station("market-1")
    add_trouble(desk)
    look(desk)
    desk.rows("DELETE FROM camera_trouble RETURNING 1")
    look(desk)
    desk.rows("UPDATE watch SET since = since - interval '3 min', off_since = off_since - interval '150 s' RETURNING 1")
    look(desk)
    assert desk.rows("SELECT rule, station, split_part(key, '/', 3), ended < now() FROM watch_past") == [
        ("camera_untrusted", "market-1", "cam", True)
    ]
    done = server.client.post(f"{URL}/dry-run", json={"values": {"after_s": 0}}).json()
    assert (done["alerts"], done["alerts_now"]) == (1, 0)


def test_who_has_a_part_of_the_district_reads_and_tries_and_changes_nothing(dsn: str, desk: Desk) -> None:
    desk.rows("INSERT INTO area (code, name) VALUES ('east', 'East') RETURNING 1")
    add_person(desk.connection, "street", "monitoring_centre", area="east")
    with serving(dsn, delivery={"is_enabled": False}, accounts=ON) as server, signed_in(server, "street") as street:
        client = street.client
        assert client.get("/api/v1/thresholds").status_code == 200
        assert client.post(f"{URL}/dry-run", json={"values": {"after_s": 0}}).status_code == 200
        assert client.put(URL, json={"values": {"after_s": 0}, "why": "x"}).status_code == 403
        assert client.post(f"{URL}/reset", json={"why": "x"}).status_code == 403
