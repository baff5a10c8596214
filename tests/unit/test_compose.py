"""docker-compose.yml cannot be run where this is built: hold what it names against what there is."""

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from authority.ca import Authority
from edge.settings import EdgeSettings
from ingest.settings import Ingest
from process.private_files import openness
from process.settings import Settings, load
from server.settings import ServerSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


ENROLMENT: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "enrolment" / "compose.yml").read_text())


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


def test_every_service_has_its_bounds_and_a_user_of_its_own() -> None:
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        user, _, group = service["user"].partition(":")
        assert user not in ("", "0", "root"), name
        assert group == "${SHIAN_GID:-10001}", "the group that may read the secrets"
        assert name == "migrate" or service["healthcheck"], name


def test_each_process_has_a_role_of_its_own_in_the_database() -> None:
    used = {
        name: [each for each in service.get("secrets", ()) if each.endswith("-dsn")]
        for name, service in SERVICES.items()
    }
    assert {name: dsn for name, dsn in used.items() if dsn} == {
        "migrate": ["owner-dsn"],
        "ingest": ["ingest-dsn"],
        "server": ["server-dsn"],
    }


def test_stations_may_come_in_by_the_file_for_enrolment(tmp_path: Path) -> None:
    """Hold what the second file adds: settings, the authority's secrets, and one list for server and broker."""
    server, broker = ENROLMENT["services"]["server"], ENROLMENT["services"]["broker"]
    environ = {
        name: value.replace("${SHIAN_HOST:-", "").replace("}", "") for name, value in server["environment"].items()
    }
    settings = load(ServerSettings, None, "SHIAN_SERVER", SERVICES["server"]["environment"] | environ).enrolment
    assert settings is not None
    assert settings.url == "https://food.example.gov.cn"
    assert {"ca.crt", "ca.key"} <= set(server["secrets"])
    assert str(settings.authority) == "/run/secrets"
    assert (ROOT / "deploy" / "prepare").read_text().count("$OUT/ca.key") > 0
    listed = settings.crl_file
    assert listed is not None
    assert f"revoked:{listed.parent}" in server["volumes"]
    assert f"{listed.parent}" in (ROOT / "Dockerfile").read_text()
    configuration = (ROOT / "deploy" / "enrolment" / "mosquitto.conf").read_text()
    (read,) = [line.split()[1] for line in configuration.splitlines() if line.startswith("crlfile")]
    assert f"revoked:{Path(read).parent}:ro" in broker["volumes"]
    assert Path(read).name == listed.name
    assert broker["depends_on"] == {"server": {"condition": "service_healthy"}}

    # What `deploy/prepare` makes is an authority of ours.
    environ = {**os.environ, "SHIAN_SECRETS": str(tmp_path), "SHIAN_GID": str(os.getgid())}
    subprocess.run([str(ROOT / "deploy" / "prepare"), "food.example.org"], env=environ, check=True, capture_output=True)
    assert Authority.open(tmp_path).certificate.name == "Shian CA"


def test_every_image_can_be_pinned_by_its_digest() -> None:
    for name, service in SERVICES.items():
        assert service["image"].startswith("${SHIAN_") or "build" in service, name
    assert "FROM python" not in (ROOT / "Dockerfile").read_text()


def test_prepare_leaves_no_secret_open(tmp_path: Path) -> None:
    environ = {**os.environ, "SHIAN_SECRETS": str(tmp_path / "secrets"), "SHIAN_GID": str(os.getgid())}
    for arguments in (["food.example.org"], ["station", "market-1"], ["food.example.org"]):
        subprocess.run([str(ROOT / "deploy" / "prepare"), *arguments], env=environ, check=True, capture_output=True)
    made = [
        path for path in (tmp_path / "secrets").rglob("*") if path.is_file() and path.suffix not in (".crt", ".srl")
    ]
    assert len(made) >= 11
    assert [openness(path) for path in made if openness(path)] == []


def test_nothing_but_the_broker_listens_beyond_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"broker": ["8883:8883"], "server": ["127.0.0.1:8000:8000"]}


def test_the_station_file_of_the_handbook_is_right() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0]
    EdgeSettings.model_validate(tomllib.loads(example))


def _words(service: dict[str, Any]) -> list[str]:
    return [*service.get("command", ()), *service.get("environment", {}).values()]
