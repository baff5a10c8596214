"""docker-compose.yml cannot be run where this is built: hold what it names against what there is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.settings import EdgeSettings
from ingest.settings import Ingest
from process.settings import Settings, load
from server.settings import ServerSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize(
    ("service", "model", "prefix"),
    [("ingest", Ingest, "SHIAN_INGEST"), ("server", ServerSettings, "SHIAN_SERVER")],
)
def test_every_setting_in_the_environment_is_known(service: str, model: type[Settings], prefix: str) -> None:
    environ = SERVICES[service]["environment"]
    assert all(name.startswith(prefix + "__") for name in environ)
    load(model, None, prefix, environ)


def test_every_secret_is_declared_made_by_prepare_and_mounted_where_it_is_used() -> None:
    prepare = (ROOT / "deploy" / "prepare").read_text()
    declared = COMPOSE["secrets"]
    for name, service in SERVICES.items():
        used = set(service.get("secrets", ()))
        assert used <= set(declared)
        named = {word.rsplit("/", 1)[1] for word in _words(service) if word.startswith("/run/secrets/")}
        assert named <= used, name
    for secret in declared.values():
        stem = Path(secret["file"]).name.split(".")[0]
        assert f"$OUT/{stem}" in prepare


def test_every_mounted_file_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (ROOT / source).is_file()
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / source).exists() for source in line.split()[1:-1])


def test_nothing_but_the_broker_listens_beyond_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"broker": ["8883:8883"], "server": ["127.0.0.1:8000:8000"]}


def test_the_station_file_of_the_handbook_is_right() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0]
    EdgeSettings.model_validate(tomllib.loads(example))


def _words(service: dict[str, Any]) -> list[str]:
    return [*service.get("command", ()), *service.get("environment", {}).values()]
