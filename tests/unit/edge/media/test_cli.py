"""`shian edge media`, on a station's own folder."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.media.building import make_store
from edge.media.settings import MediaSettings
from edge.media.store import MediaStore
from edge.station_clock import ClockVerdict, Trouble
from edge.status_file import AgentState, StatusFile


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    settings = MediaSettings(min_free_mib=1)
    return make_store(settings, tmp_path / "data", clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "edge.toml"
    path.write_text(f'station = "m1"\ndata = "{tmp_path / "data"}"\n[media]\nmin_free_mib = 1\n')
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["media", *arguments])
    return found.exit_code, found.output


def test_a_kept_event_outlives_the_years(store: MediaStore, config: str) -> None:
    key = uuid4()
    kept, old = store.put(b"a case", "image/jpeg", key), store.put(b"nothing", "video/mp4", uuid4())
    assert run("keep", str(key), "-c", config) == (0, f"{key}: 1 files kept\n")
    assert run("prune", "-c", config) == (0, "1 files deleted\n")
    assert store.path(kept, "image/jpeg").exists()
    assert not store.path(old, "video/mp4").exists()
    assert run("keep", str(key), "--release", "-c", config)[0] == 0
    assert run("keep", str(key), "--release", "-c", config) == (2, f"{key} was not kept\n")


def test_a_clock_that_is_wrong_makes_nothing_old(store: MediaStore, config: str, tmp_path: Path) -> None:
    sha256 = store.put(b"old by this clock", "image/jpeg", uuid4())
    state = AgentState(
        station="m1", version="", pid=1, started_at=datetime(2039, 1, 1, tzinfo=UTC), stream="", is_connected=True,
        clock=ClockVerdict(Trouble.OFF, 4e8),
    )  # fmt: skip
    StatusFile(tmp_path / "data").write(state)
    code, output = run("prune", "-c", config)
    assert code == 0
    assert "the clock is wrong" in output
    assert "0 files deleted" in output
    assert store.path(sha256, "image/jpeg").exists()


def test_the_list_names_files_and_events(store: MediaStore, config: str) -> None:
    key = uuid4()
    sha256 = store.put(b"stays", "video/mp4", key, stays=True)
    code, output = run("list", "--json", "-c", config)
    (row,) = json.loads(output)
    assert code == 0
    assert Path(row["file"]).read_bytes() == b"stays"
    assert (row["sha256"], row["events"], row["stays"]) == (sha256, [str(key)], True)
    assert "stays here" in run("list", "-c", config)[1]


def test_a_station_that_never_worked_is_said(config: str) -> None:
    code, output = run("list", "-c", config)
    assert code == 2
    assert "no agent has worked" in output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('url = "http://centre.example"', "https://"),
        ('url = "ftp://127.0.0.1"', "https://"),
        ("keep_days = 0", "media.keep_days"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(f'station = "m1"\n[media]\n{line}\n')
    code, output = run("list", "-c", str(path))
    assert code == 2
    assert message in output
    assert "edge.toml:" in output


def test_the_commands_load_nothing_heavy() -> None:
    code = "import sys, edge.cli; print({'structlog', 'httpx', 'joserfc', 'sqlite3', 'cv2', 'av'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
