"""No route of the API answers a question with a parameter that it does not have: all of them are walked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.routing import iter_route_contexts

from server.app import create_app
from server.settings import DatabaseSettings, MediaSettings, ServerSettings
from tests.support.server import Served, add_station, serving

UUID = "0199b0de-0000-7000-8000-00000000000a"
# What stands in a path, by its name.
PARTS = {"station": "m1", "sequence": "1", "digest": "0" * 64}
# Comes back from another server, which adds words of its own.
OTHERS = {"/api/v1/oidc/callback"}


@pytest.fixture
def server(dsn: str, tmp_path: Path) -> Iterator[Served]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
    with serving(dsn, media={"folder": tmp_path / "media"}, delivery={"is_enabled": False}) as site:
        yield site


def asked(tmp_path: Path) -> list[str]:
    """Return the paths of all routes that are read."""
    settings = ServerSettings(
        database=DatabaseSettings(dsn="postgresql://127.0.0.1/none"), media=MediaSettings(folder=tmp_path / "media")
    )
    routes = iter_route_contexts(create_app(settings).router.routes)
    return sorted(
        {
            str(route.path)
            for route in routes
            if "GET" in (route.methods or ()) and str(route.path).startswith("/api/v1/") and route.path not in OTHERS
        }
    )


def test_every_route_refuses_a_parameter_that_it_does_not_have_and_names_it(server: Served, tmp_path: Path) -> None:
    paths = asked(tmp_path)
    assert {"/api/v1/alerts", "/api/v1/alerts/counts", "/api/v1/results.xlsx", "/api/v1/accounts"} <= set(paths)
    answered = {}
    for path in paths:
        real = re.sub(r"\{(\w+)[^}]*\}", lambda part: PARTS.get(part[1], UUID), path)
        answer = server.get(real, stattion="m1")
        problem = answer.json() if answer.status_code == 422 else {}
        said = problem.get("type"), [error["where"] for error in problem.get("errors", [])]
        if said[0] != "urn:shian:problem:invalid-request" or "query.stattion" not in said[1]:
            answered[path] = answer.status_code
    assert answered == {}


def test_every_list_answers_without_parameters(server: Served) -> None:
    paths = server.get("/api/v1/openapi.json").json()["paths"]
    asks = {path: methods["get"].get("parameters", []) for path, methods in paths.items() if "get" in methods}
    lists = [
        path
        for path, parameters in asks.items()
        if parameters and "{" not in path and not any(one.get("required") for one in parameters)
    ]
    assert len(lists) > 25
    assert {path: server.get(path).status_code for path in lists} == dict.fromkeys(lists, 200)


def test_every_list_names_the_parameter_that_it_cannot_use(server: Served) -> None:
    """Ask each list for a place of no page, and for an area that is not there: a program finds the parameter's name in
    `errors`, as with a parameter that the list does not have."""
    wrong, refused = {}, 0
    for path, methods in server.get("/api/v1/openapi.json").json()["paths"].items():
        names = {one["name"] for one in methods.get("get", {}).get("parameters", []) if one["in"] == "query"}
        if "{" in path:
            continue
        for name, value in (("cursor", "none"), ("after", "a/b/c/d/e/f"), ("area", "typing-error")):
            if name not in names:
                continue
            needed = {"step": "hour"} if path.endswith("/series") else {}
            answer = server.get(path, **needed, **{name: value})
            if answer.status_code == 200 and (name, answer.json().get("items")) == ("after", []):
                continue  # any name is a place in a list by names
            places = [error["where"] for error in answer.json().get("errors", [])]
            refused += 1
            if (answer.status_code, places) != (422, [f"query.{name}"]):
                wrong[f"{path}?{name}"] = answer.status_code, places
    assert wrong == {}
    assert refused > 40


def test_a_body_that_names_what_is_not_there_is_told_the_place(server: Served) -> None:
    filters = {"areas": ["no-area"], "stations": ["m1", "no-station"]}
    rule = {"on": "result", "when": "value > 1", "severity": "warning", "title": {"en": "t", "zh": "t"}}
    cases: dict[str, dict[str, Any]] = {
        "subscriptions": {"name": "n", "address": "https://example.com/h", **filters},
        "silences": {"reason": "x", "ends_at": "2099-01-01T00:00:00Z", **filters},
    }
    for path, body in cases.items():
        answer = server.client.post(f"/api/v1/{path}", json=body)
        places = sorted(error["where"] for error in answer.json()["errors"])
        assert (answer.status_code, places) == (422, ["body.areas.0", "body.stations.1"]), path
    answer = server.client.put("/api/v1/rules/own", json={"rule": rule | filters})
    places = sorted(error["where"] for error in answer.json()["errors"])
    assert (answer.status_code, places) == (422, ["body.rule.areas.0", "body.rule.stations.1"])
    others: list[tuple[str, dict[str, Any], str]] = [
        ("drills", {"title": "t", "station": "no-station"}, "body.station"),
        ("duty/rotas", {"title": "t", "area": "no-area", "after_minutes": 10}, "body.area"),
    ]
    for path, body, place in others:
        answer = server.client.post(f"/api/v1/{path}", json=body)
        assert (answer.status_code, [error["where"] for error in answer.json()["errors"]]) == (422, [place]), path
