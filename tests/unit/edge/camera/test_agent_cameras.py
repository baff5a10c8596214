"""Cameras in the agent's settings, its command line and its status."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.camera import extra
from edge.camera.errors import VisionMissingError
from edge.cli import app
from edge.commands import status as status_view
from edge.settings import EdgeSettings
from edge.status_file import AgentState, CameraState, StatusFile
from process.settings import SettingsError, load

HEAD = 'station = "m1"\n[[device]]\nname = "reader"\nport = "/dev/ttyS0"\nadapter = "astm"\n'
CAMERA = '[[camera]]\nname = "{name}"\nurl = "{url}"\n'
VISION = ("av", "cv2", "numpy", "edge.camera.worker")


def write(folder: Path, name: str = "kitchen", url: str = "rtsp://10.0.0.2/sub", more: str = "") -> Path:
    path = folder / "edge.toml"
    path.write_text(HEAD + CAMERA.format(name=name, url=url) + more)
    return path


def check(path: Path) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["config", "check", "--offline", "--config", str(path)])
    return found.exit_code, found.output


def test_a_camera_is_counted(tmp_path: Path) -> None:
    code, output = check(write(tmp_path))
    assert code == 0
    assert output.endswith("\nok: station m1, 1 devices, 1 cameras\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "rstp://10.0.0.2/sub"}, "edge.toml:8: camera.0.url: Value error, rstp:// is not read"),
        ({"url": "rtsp:///sub"}, "edge.toml:8: camera.0.url: Value error, there is no host"),
        ({"url": "rtsp://10.0.0.2:99999/sub"}, "edge.toml:8: camera.0.url: Value error, Port out of range"),
        ({"url": "rtsp://admin:x@10.0.0.2/sub"}, "a url with a user or a password"),
        ({"more": 'hours = ["8-12"]\n'}, "edge.toml:9: camera.0.hours: Value error, '8-12': write it as"),
        ({"more": "rate = 99\n"}, "edge.toml:9: camera.0.rate"),
        ({"more": 'password_file = "/nowhere/at/all"\n'}, "edge.toml:9: camera.0.password_file: /nowhere"),
        (
            {"more": '[[camera.zone]]\nname = "door"\npolygon = [[0, 0], [1, 2], [1, 1]]\n'},
            "edge.toml:11: camera.0.zone.0.polygon.1.1",
        ),
        ({"name": "reader"}, "the name 'reader' is given to two cameras, or to a device and a camera"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, change: dict[str, str], message: str) -> None:
    code, output = check(write(tmp_path, **change))
    assert code == 2
    assert message in output


def test_two_cameras_need_two_names(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two cameras"):
        load(EdgeSettings, write(tmp_path, more=CAMERA.format(name="kitchen", url="/dev/video0")), "SHIAN_EDGE", {})


def test_without_the_extra_a_camera_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "_NEEDED", ("no_such_module_of_vision",))
    with pytest.raises(VisionMissingError, match="pip install"):
        extra.check_vision()
    code, output = check(write(tmp_path))
    assert code == 2
    assert "edge.toml:6: camera.0: cameras need the extra vision" in output


def test_a_station_without_cameras_loads_nothing_of_vision() -> None:
    script = (
        "import sys; from edge.agent import Agent; from edge.settings import EdgeSettings;"
        "Agent(EdgeSettings(station='m1'));"
        f"print([name for name in {VISION!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "[]\n"


def test_status_shows_cameras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = CameraState(
        name="kitchen",
        url="rtsp://10.0.0.2/sub",
        is_online=False,
        trouble="stalled: silent for 4 s",
        codec="h264",
        width=640,
        height=360,
        fps=15,
        last_frame_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    state = AgentState(
        station="m1",
        version="0",
        pid=1,
        started_at=datetime(2026, 3, 1, tzinfo=UTC),
        stream="s",
        is_connected=True,
        cameras=(camera,),
    )
    StatusFile(tmp_path).write(state)
    document = json.loads(json.dumps(status_view.as_document(tmp_path)))
    assert document["agent"]["cameras"][0]["trouble"] == "stalled: silent for 4 s"
    status_view.show(tmp_path)
    assert "kitchen" in capsys.readouterr().out
