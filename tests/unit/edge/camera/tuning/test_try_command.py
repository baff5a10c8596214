"""`shian edge camera test`: its output, its files, and its end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from edge.camera.cli import app
from edge.camera.tuning import plot
from edge.camera.tuning.trying import name_of
from process import logs
from tests.support.rtsp import from_file, pattern, rtsp_server
from tests.support.tampers import covered
from tests.support.videos import write_sound, write_video
from tests.unit.edge.camera.tuning.clips import write_clip


def shian(*arguments: object) -> tuple[int, str, str]:
    answer = CliRunner().invoke(app, ["test", *map(str, arguments)])
    return answer.exit_code, answer.stdout, answer.stderr


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of 16 s, covered from 4 to 12 s."""
    return write_clip(tmp_path_factory.mktemp("clip") / "prep.mp4", {(4.0, 12.0): covered(60)}, 16.0)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # The stream that a command prints to is closed after it, and loggers are for the whole process.
    monkeypatch.setattr(logs, "configure", lambda level: None)


def test_a_file_is_told_of_and_its_pictures_are_kept(clip: Path, tmp_path: Path) -> None:
    code, output, errors = shian(clip)
    assert (code, errors) == (0, f"prep: {clip}; nothing is sent\n")
    lines = [line.rstrip() for line in output.splitlines()]
    assert lines[0].startswith("stream: h264 640x360, 5 pictures a second, a key frame every 2 s, ")
    assert lines[1] == "trouble: lost 0; damaged pictures 0; too fast to look at 0"
    assert "looks: 80" in lines
    assert any(line.split()[:2] == ["covered", "no"] for line in lines)
    assert any(line.startswith("gone ") and line.endswith("covered: from 0.75") for line in lines)
    assert lines[-3].startswith("would have been reported: covered at ")
    assert lines[-2:] == ["pictures: camera-test-prep/sheet.png", "plot: camera-test-prep/plot.png"]
    folder = tmp_path / "camera-test-prep"
    assert folder.stat().st_mode & 0o777 == 0o700
    for name, width in (("sheet.png", 1464), ("plot.png", 1100)):
        picture = cv2.imread(str(folder / name))
        assert picture is not None
        assert picture.shape[1] == width


def test_a_camera_of_the_settings_also_at_another_place(clip: Path, tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(
        f'station = "m1"\n[[camera]]\nname = "store"\nurl = "{clip}"\nrate = 2.5\nhours = ["06:00-14:00"]\n'
        '[[camera.zone]]\nname = "sink"\npolygon = [[0, 0], [1, 0], [1, 1]]\n',
        "utf-8",
    )
    code, output, errors = shian("--config", config, "--to", "a/b", "--local-time", "02:00")
    assert (code, errors) == (0, f"store: {clip}; nothing is sent\n")
    assert "looks: 40" in output
    assert (tmp_path / "a" / "b" / "sheet.png").is_file()
    other = write_video(tmp_path / "other.mp4", seconds=2)
    code, output, errors = shian(other, "--config", config, "--camera", "store", "--seconds", 1)
    assert (code, errors) == (0, f"store: {other}; nothing is sent\n")
    assert "nothing would have been reported" in output


def test_a_dry_run_stores_nothing(clip: Path, tmp_path: Path) -> None:
    code, output, errors = shian(clip, "--dry-run", "--local-time", "10:00")
    assert (code, errors) == (0, f"prep: {clip}; nothing is sent or stored; Ctrl-C ends it\n")
    first, second = output.splitlines()[:2]
    assert first.startswith("10:00:0")
    assert "  covered start  first seen 1." in first
    assert "gone=" in first
    assert "  covered end  " in second
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_there_is_a_sheet(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot, "is_there", lambda: False)
    code, output, errors = shian(clip)
    assert (code, output.splitlines()[-1]) == (0, "pictures: camera-test-prep/sheet.png")
    assert "no plot: matplotlib is missing; pip install 'shian[edge,vision]'" in errors
    assert [path.name for path in (tmp_path / "camera-test-prep").iterdir()] == ["sheet.png"]


def test_mistakes_are_told(clip: Path, tmp_path: Path) -> None:
    text, sound = tmp_path / "text.mp4", write_sound(tmp_path / "sound.wav")
    text.write_text("no clip", "utf-8")
    for arguments, message in (
        ((), "a url, or --config and --camera"),
        ((tmp_path / "none.mp4",), "none.mp4: not_found: "),
        ((tmp_path,), f"{tmp_path}: "),
        ((text,), "text.mp4: not_a_stream"),
        ((sound,), "sound.wav: no_video"),
        (("/dev/video99",), "/dev/video99: not_found"),
        (("gopher://kitchen/",), "gopher:// is not read"),
        (("http://u:secret@[::kitchen/",), "IPv6"),
        (("rtsp://cook:secret@kitchen/",), "use username and password_file"),
        (("rtsp://127.0.0.1:9/",), "rtsp://127.0.0.1:9/: connection_refused"),
        ((clip, "--username", "cook", "--password-file", tmp_path / "none"), "password_file: "),
        ((clip, "--local-time", "noon"), "--local-time 'noon'"),
        ((clip, "--to", text), "--to "),
        ((clip, "--to", text / "below"), "--to "),
    ):
        code, output, errors = shian(*arguments)
        assert (code, output) == (2, ""), arguments
        assert message in errors
        assert "secret" not in errors
        assert "Traceback" not in errors
    assert {path.name for path in tmp_path.iterdir()} == {"text.mp4", "sound.wav"}, "no folder for what was not seen"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rtsp://192.168.1.64:554/stream2", "192.168.1.64-554"),
        ("rtsp://u:p@kitchen/x", "kitchen"),
        ("/dev/video0", "video0"),
        ("/clips/厨房.mp4", "camera"),
        ("http://[::1]/", "1"),
        ("..", "camera"),
        ("a b/c d.mp4", "c-d"),
    ],
)
def test_a_camera_without_a_name_gets_one(url: str, name: str) -> None:
    assert name_of(url) == name


def test_a_wrong_password_and_a_wrong_path_are_told(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("p@ss/w:rd", "utf-8")
    wrong.write_text("guess", "utf-8")
    with rtsp_server({"a": pattern()}, user="admin", password="p@ss/w:rd") as server:
        url = server.url("a")
        for address, password, reason in ((url, wrong, "wrong_password"), (server.url("b"), right, "not_found")):
            code, _, errors = shian(address, "--username", "admin", "--password-file", password)
            assert code == 2
            assert errors.startswith(f"{address}: {reason}: ")
        code, output, _ = shian(url, "--username", "admin", "--password-file", right, "--seconds", 3, "--to", "seen")
    assert code == 0
    assert "\nstream: h264 320x180, " in output
    assert (tmp_path / "seen" / "sheet.png").is_file()


def test_ctrl_c_ends_a_dry_run_with_what_was_seen(clip: Path, tmp_path: Path) -> None:
    command = "from edge.camera.cli import app; app()"
    with rtsp_server({"a": from_file(clip)}) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "test", server.url("a"), "--dry-run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            assert process.stdout is not None
            assert "  covered start  " in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert output.startswith("stream: h264 640x360, ")
    assert output.splitlines()[-1].endswith("to the end")
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
