"""`shian edge camera score` over drawn clips and, where it is there, over real footage."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.camera.cli import app
from edge.camera.tuning.chosen import camera_at, camera_of, with_person_rule
from tests.support.tampers import covered, dark
from tests.support.videos import write_sound
from tests.unit.edge.camera.tuning.clips import first_seconds, write_clip

TRUTHS = Path(__file__).parent / "truth"
COVERED = "kind,from_s,to_s\ncovered,4,12\n"


def shian(*arguments: object) -> tuple[int, str, str]:
    answer = CliRunner().invoke(app, ["score", *map(str, arguments)])
    return answer.exit_code, answer.stdout, answer.stderr


def document(*arguments: object) -> dict[str, Any]:
    code, output, errors = shian(*arguments, "--json")
    assert (code, errors) == (0, "")
    made: dict[str, Any] = json.loads(output)
    return made


def counts(report: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Return counts by kind: true, found, false."""
    return {row["kind"]: (row["events"], row["found"], row["false"]) for row in report["kinds"]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of 16 s, covered from 4 to 12 s."""
    return write_clip(tmp_path_factory.mktemp("clip") / "prep.mp4", {(4.0, 12.0): covered(60)}, 16.0)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text(COVERED, "utf-8")
    return path


def test_what_happens_is_found(clip: Path, truth: Path) -> None:
    code, output, errors = shian(clip, truth, "--strict")
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert lines[0].startswith(f"truth: {truth} (1 events, 0 nuisances); 5 looks a second, 12:00")
    assert lines[2].split()[:7] == ["covered", "1", "1", "0", "0", "1.00", "1.00"]
    assert "ms of CPU a look (80 looks)" in lines[-1]


def test_the_same_for_programs(clip: Path, truth: Path) -> None:
    report = document(clip, truth)
    assert counts(report) == {"covered": (1, 1, 0)}
    (event,) = report["events"]
    assert (event["kind"], event["matched"], event["true_event"]) == ("covered", "truth", 0)
    assert 4 <= event["began_s"] < event["start_s"] <= 7
    assert 12 < event["end_s"] < 16
    assert report["kinds"][0]["late_worst_s"] == round(event["start_s"] - 4, 3)
    assert (report["cost"]["looks"], report["cost"]["pictures"]) == (80, 80)


def test_what_is_missed_and_what_is_false_is_named(clip: Path, truth: Path) -> None:
    truth.write_text("kind,from_s,to_s,what\ndark,1,2,\nnuisance,3,12,a cloth\n", "utf-8")
    code, output, _ = shian(clip, truth)
    assert code == 0
    assert "missed: dark from 1.0 to 2.0 s" in output
    assert "false: covered at " in output
    assert ", from the nuisance: a cloth" in output
    assert shian(clip, truth, "--strict")[0] == 4


def test_the_truth_beside_the_clip_is_taken(clip: Path) -> None:
    beside = clip.with_suffix(".csv")
    beside.write_text(COVERED, "utf-8")
    try:
        code, output, _ = shian(clip)
    finally:
        beside.unlink()
    assert (code, output.splitlines()[0].split(" (")[0]) == (0, f"truth: {beside}")
    assert shian(clip) == (2, "", f"{clip}: no truth beside it (prep.toml, prep.json, prep.csv)\n")


def test_a_camera_of_the_settings_and_the_time_of_day(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "night.mp4", {(4.0, 12.0): dark(0.05)}, 14.0)
    truth = tmp_path / "truth.toml"
    truth.write_text('local_time = "12:30"\n[[event]]\nkind = "dark"\nfrom_frame = 20\nto_frame = 60\n', "utf-8")
    config = tmp_path / "edge.toml"
    config.write_text(
        'station = "m1"\n[[camera]]\nname = "prep"\nurl = "x.mp4"\nhours = ["06:00-14:00"]\nrate = 2.5\n'
        '[[camera]]\nname = "store"\nurl = "x.mp4"\nmask = [[[0, 0], [1, 0], [1, 1], [0, 1]]]\n',
        "utf-8",
    )
    camera = ("--config", config, "--camera", "prep")
    report = document(clip, truth, *camera)
    assert (counts(report), report["rate"], report["local_time"]) == ({"dark": (1, 1, 0)}, 2.5, "12:30")
    report = document(clip, truth, *camera, "--local-time", "02:00", "--rate", 5)
    assert (counts(report), report["rate"], report["local_time"]) == ({"dark": (1, 0, 0)}, 5.0, "02:00")
    assert "which camera? say --camera; there are: prep, store" in shian(clip, truth, "--config", config)[2]
    assert "no camera 'door'" in shian(clip, truth, "--config", config, "--camera", "door")[2]


def test_what_nothing_looks_for_is_said(clip: Path, truth: Path) -> None:
    truth.write_text("kind,from_s,to_s\nphone,4,12\n", "utf-8")
    code, output, _ = shian(clip, truth)
    assert code == 0
    assert "nothing looks for phone by these settings" in output


def test_a_detector_beside_the_rules_of_the_settings(clip: Path, truth: Path, tmp_path: Path) -> None:
    """Check that only written keys are handed on: rules refuse keys that their kind does not use."""
    config = tmp_path / "edge.toml"
    config.write_text(
        'station = "m1"\n[[camera]]\nname = "prep"\nurl = "x.mp4"\n'
        '[[camera.detect.rule]]\nkind = "too_many"\nmost = 2\n',
        "utf-8",
    )
    made = with_person_rule(camera_of(config, None, "y.mp4"), "own")
    assert (made.url, made.detect.person) == ("y.mp4", "own")
    assert [(rule.kind.value, rule.most) for rule in made.detect.rule] == [("too_many", 2), ("person", None)]
    assert with_person_rule(made, "other").detect.rule == made.detect.rule
    assert with_person_rule(camera_at("prep", "x.mp4"), "own").detect.rule == made.detect.rule[1:]


def test_mistakes_are_told(clip: Path, truth: Path, tmp_path: Path) -> None:
    text, sound, speck = tmp_path / "text.mp4", write_sound(tmp_path / "sound.wav"), tmp_path / "speck.png"
    text.write_text("no clip", "utf-8")
    cv2.imwrite(str(speck), np.zeros((18, 1), np.uint8))
    for arguments, message in (
        ((tmp_path / "none.mp4", truth), "No such file"),
        ((tmp_path, truth), "unreadable"),
        ((text, truth), "unreadable"),
        ((sound, truth), "no_video"),
        ((clip, tmp_path / "none.toml"), "none.toml: No such file"),
        ((clip, truth, "--local-time", "25:00"), "--local-time '25:00'"),
        ((clip, truth, "--detector", "nothing"), "no model 'nothing'"),
        ((clip, truth, "--config", tmp_path / "none.toml"), "none.toml"),
    ):
        code, output, errors = shian(*arguments)
        assert (code, output) == (2, ""), arguments
        assert message in errors
        assert "Traceback" not in errors
    truth.write_text("kind,from_s,to_s\ncovered,400,401\n", "utf-8")
    assert shian(clip, truth)[2] == f"{truth}:2: from_s = 400: the clip ends at 15.8 s\n"
    assert shian(speck, truth)[2] == f"no_picture: {speck}: a frame of (18, 1): no picture\n"


def test_the_help_loads_no_picture_library() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from edge.cli import app\n"
        "for command in ([], ['score'], ['test']): CliRunner().invoke(app, ['camera', *command, '--help'])\n"
        "print([it for it in ('cv2', 'av', 'numpy', 'matplotlib') if it in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_five_tampers_of_a_real_room_are_found(shared_footage: Path) -> None:
    report = document(shared_footage / "tamper_room.mp4", TRUTHS / "tamper_room.toml")
    assert counts(report) == dict.fromkeys(("frozen", "dark", "covered", "defocused", "moved"), (1, 1, 0))
    late = {row["kind"]: row["late_worst_s"] for row in report["kinds"]}
    assert late.pop("frozen") <= 7.0
    assert max(late.values()) <= 3.0


def test_people_and_changing_light_in_a_real_room_alarm_nobody(shared_footage: Path) -> None:
    assert document(shared_footage / "room.mp4", TRUTHS / "room.csv")["events"] == []
    assert document(shared_footage / "nuisance_room.mp4", TRUTHS / "nuisance_room.json")["events"] == []


def test_people_in_a_real_room_are_found(shared_footage: Path, shared_models: Path, tmp_path: Path) -> None:
    (tmp_path / "FastestDet.onnx").write_bytes((shared_models / "FastestDet.onnx").read_bytes())
    clip = first_seconds(shared_footage / "room.mp4", 48.0, tmp_path / "room.mp4")
    truth = tmp_path / "room.csv"
    truth.write_text("\n".join((TRUTHS / "room.csv").read_text("utf-8").splitlines()[:3]), "utf-8")
    report = document(clip, "--detector", "fastestdet", "--models", tmp_path)
    assert counts(report) == {"person": (2, 2, 0)}
    assert report["kinds"][0]["held"] == 1, "the gap is shorter than the patience that ends an event"
    assert report["presence"]["recall"] >= 0.97
    assert report["presence"]["false_share"] <= 0.01


def test_whoever_is_in_a_real_room_out_of_hours_is_found_and_light_is_nobody(
    shared_footage: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "edge.toml"
    settings.write_text('station = "m1"\n[[camera]]\nname = "room"\nurl = "x"\nhours = ["06:00-20:00"]\n', "utf-8")
    for clip in ("room.mp4", "nuisance_room.mp4"):
        report = document(shared_footage / clip, TRUTHS / "room_night.toml", "--config", settings, "--camera", "room")
        assert counts(report) == {"intrusion": (6, 6, 0), "rodent": (0, 0, 0)}
