"""The units of systemd: what they take away, which secrets they hand over, and the settings that name those."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.settings import EdgeSettings
from ingest.settings import Ingest
from process.settings import Settings, SettingsError, load
from server.settings import ServerSettings

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
# The screen is a second unit over the settings of the agent.
SCREEN = FOLDER / "shian-edge-screen.service"
OF_A_PROCESS = [unit for unit in UNITS if unit != SCREEN]
MODELS: dict[str, type[Settings]] = {"edge": EdgeSettings, "ingest": Ingest, "server": ServerSettings}
MOST_EXPOSED = 2.5
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def name_of(unit: Path) -> str:
    return unit.stem.removeprefix("shian-")


def lines(unit: Path) -> list[str]:
    """Return the lines of a unit and of its drop-ins."""
    files = [unit, *sorted(FOLDER.glob(f"{unit.name}.d/*.conf"))]
    return [line for file in files for line in file.read_text().splitlines()]


def credentials(unit: Path) -> set[str]:
    return {line.split("=", 1)[1].split(":")[0] for line in lines(unit) if line.startswith("LoadCredential=")}


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_a_unit_is_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST_EXPOSED, said


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_a_unit_has_no_line_that_systemd_does_not_know(unit: Path, tmp_path: Path) -> None:
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
    (tmp_path / unit.name).write_text(text)
    for part in FOLDER.glob(f"{unit.name}.d/*.conf"):
        (tmp_path / f"{unit.name}.d").mkdir(exist_ok=True)
        shutil.copy(part, tmp_path / f"{unit.name}.d")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in ran.stderr.splitlines() if unit.name in line and "lib/systemd" not in line]
    assert ours == []


@pytest.mark.parametrize("unit", OF_A_PROCESS, ids=name_of)
def test_the_sample_settings_name_the_credentials_of_the_unit(unit: Path) -> None:
    sample = FOLDER / f"{name_of(unit)}.toml"
    named = set(re.findall(r"\$\{CREDENTIALS_DIRECTORY\}/([^\"]+)", sample.read_text()))
    assert named == credentials(unit)
    # The folder of its state belongs to the user, whoever that is at a start: there it makes files itself.
    handed = sample.read_text().replace('_file = "/var/lib/shian/', "")
    assert '_file = "/' not in handed, "a path that a user of its own for each start cannot read"
    loaded = load(MODELS[name_of(unit)], sample, "SHIAN", {"CREDENTIALS_DIRECTORY": "/run/credentials/x"})
    assert "/run/credentials/x/" in str(loaded)
    with pytest.raises(SettingsError, match="CREDENTIALS_DIRECTORY"):
        load(MODELS[name_of(unit)], sample, "SHIAN", {})


@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_a_unit_has_its_bounds(unit: Path) -> None:
    keys = {line.split("=")[0] for line in lines(unit)}
    assert {"MemoryMax", "LimitNOFILE", "TasksMax", "WatchdogSec", "UMask", "CapabilityBoundingSet"} <= keys


@pytest.mark.parametrize("unit", OF_A_PROCESS, ids=name_of)
def test_a_unit_tells_the_mistakes_of_its_settings_and_starts_all_the_same(unit: Path) -> None:
    name = name_of(unit)
    wanted = f"ExecStartPre=-/opt/shian/bin/shian {name} config check --offline --config /etc/shian/{name}.toml"
    assert wanted in lines(unit)


def test_the_handbook_names_the_samples() -> None:
    text = (FOLDER.parents[1] / "docs" / "deploy.md").read_text()
    assert all(f"deploy/systemd/{name}.toml" in text for name in MODELS)


def values(unit: Path, key: str) -> list[str]:
    return [line.split("=", 1)[1] for line in unit.read_text().splitlines() if line.startswith(f"{key}=")]


def test_the_screen_is_the_agents_user_and_may_no_more_than_the_agent() -> None:
    agent = FOLDER / "shian-edge.service"
    assert values(SCREEN, "User") == [agent.stem], "the user that systemd makes for the agent"
    for key in ("StateDirectory", "StateDirectoryMode", "DynamicUser"):
        assert values(SCREEN, key) == values(agent, key)
    begins, ends = "NoNewPrivileges", "DevicePolicy"
    hardened = [unit.read_text().partition(begins)[2].partition(ends)[0] for unit in (agent, SCREEN)]
    assert hardened[0] == hardened[1]
    assert len(hardened[0].splitlines()) > 20


def test_the_screen_reads_the_agents_settings_without_its_credentials() -> None:
    given = dict(line.split("=", 1) for line in values(SCREEN, "Environment"))
    loaded = load(EdgeSettings, FOLDER / "edge.toml", "SHIAN_EDGE", given)
    assert loaded.station == "dongmen-market"
    drop_in = (FOLDER / f"{SCREEN.name}.d" / "tls.conf").read_text()
    assert "\nEnvironment=\n" in drop_in, "else systemd's own folder would not be named"
    named = set(re.findall(r"\$\{CREDENTIALS_DIRECTORY\}/([a-z.]+)", drop_in))
    assert named == credentials(SCREEN) == {"screen.crt", "screen.key"}
