"""The OpenAPI document is whole: every answer has a schema, every error is a problem."""

import re
from typing import Any

import hatch_build
from server.app import create_app
from server.settings import DatabaseSettings, ServerSettings
from wire.cameras import FINDINGS, UNTRUSTED


def document() -> dict[str, Any]:
    settings = ServerSettings(database=DatabaseSettings(dsn="postgresql://127.0.0.1/none"))
    return create_app(settings).openapi()


def test_every_operation_is_described_and_fails_with_a_problem() -> None:
    paths = document()["paths"]
    assert "/api/v1/results.csv" in paths
    assert "/api/v1/live" in paths
    for path, operations in paths.items():
        for operation in operations.values():
            assert operation["description"], path
            if path != "/api/v1/live":
                assert "application/problem+json" in operation["responses"]["default"]["content"], path
                assert "422" not in operation["responses"], path


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    known = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}

    def references(node: Any) -> set[str]:
        match node:
            case {"$ref": str(reference)}:
                return {reference}
            case dict():
                return set().union(*map(references, node.values()), set())
            case list():
                return set().union(*map(references, node), set())
        return set()

    assert references(whole) <= known


def test_the_console_takes_the_kinds_of_camera_events_for_what_they_are() -> None:
    source = (hatch_build.CONSOLE / "src" / "live" / "kinds.ts").read_text("utf-8")
    for name, known in (("TROUBLES", UNTRUSTED), ("FINDINGS", FINDINGS)):
        found = re.search(rf"const {name} = new Set\(\[(.*?)\]\)", source)
        assert found
        assert set(re.findall(r'"(\w+)"', found[1])) == set(known)


def test_the_console_asks_for_an_area_wherever_one_can_be_asked_for() -> None:
    source = (hatch_build.CONSOLE / "src" / "live" / "area.ts").read_text("utf-8")
    named = re.findall(r'"(/api/v1/[^"]*)"', source)
    known = [
        path
        for path, routes in document()["paths"].items()
        if "." not in path and any(one["name"] == "area" for one in routes.get("get", {}).get("parameters", ()))
    ]
    assert named == sorted(known)
