"""Truth files: the three forms say the same, and a mistake names its place."""

import json
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.tuning.score import Episode, Nuisance, TrueEvent, score
from edge.camera.tuning.truth import TruthError, read_truth, truth_beside
from shian.demo.scenes.film import write_truth
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.scene import Plan
from wire.cameras import CameraKind

TIMES = [number / 10 for number in range(400)]
TOML = """\
local_time = "02:30"
kinds = ["covered", "rodent"]

[[event]]
kind = "covered"
from_frame = 100
to_frame = 150

[[event]]
kind = "rodent"
zone = "floor"
from_s = 20.0
to_s = 25

[[nuisance]]
what = "light step"
from_frame = 300
to_frame = 310
"""
JSON = {
    "event": [
        {"kind": "covered", "from_frame": 100, "to_frame": 150},
        {"kind": "rodent", "zone": "floor", "from_s": 20.0, "to_s": 25},
    ],
    "nuisance": [{"what": "light step", "from_frame": 300, "to_frame": 310}],
}
CSV = """\
\ufeffkind,zone,from_frame,to_frame,from_s,to_s,what
covered,,100,150,,,
rodent, floor,,,20.0,25,

nuisance,,300,310,,,light step
"""
EVENTS = [TrueEvent(CameraKind.COVERED, 10.0, 15.0), TrueEvent(CameraKind.RODENT, 20.0, 25.0, "floor")]
NUISANCES = [Nuisance("light step", 30.0, 31.0)]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("truth.toml", TOML), ("truth.json", json.dumps(JSON)), ("truth.CSV", CSV)])
def test_the_three_forms_say_the_same(name: str, text: str, tmp_path: Path) -> None:
    assert read_truth(written(tmp_path, name, text)).in_seconds(TIMES) == (EVENTS, NUISANCES)


def test_the_time_of_day_and_the_kinds(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, "truth.toml", TOML))
    assert (truth.local_time, truth.kinds) == (time(2, 30), (CameraKind.COVERED, CameraKind.RODENT))
    assert (truth.events, truth.nuisances) == (2, 1)


def test_frames_have_their_own_times_unless_a_rate_is_named(tmp_path: Path) -> None:
    text = '{"event": [{"kind": "dark", "from_frame": 1, "to_frame": 3}]}'
    truth = read_truth(written(tmp_path, "truth.json", text))
    assert truth.in_seconds([0, 0.5, 0.6, 2.0])[0] == [TrueEvent(CameraKind.DARK, 0.5, 2.0)]
    truth = read_truth(written(tmp_path, "with.json", text.replace("{", '{"fps": 2, ', 1)))
    assert truth.in_seconds([0, 0.5, 0.6, 2.0])[0] == [TrueEvent(CameraKind.DARK, 0.5, 1.5)]


def test_what_lasts_beyond_the_clip_lasts_to_its_end(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, "a.csv", "kind,from_frame,to_frame\ndark,390,9999\n"))
    assert truth.in_seconds(TIMES)[0] == [TrueEvent(CameraKind.DARK, 39.0, 39.9)]
    truth = read_truth(written(tmp_path, "b.csv", "kind,from_s,to_s\ndark,39,9999\n"))
    assert truth.in_seconds(TIMES)[0] == [TrueEvent(CameraKind.DARK, 39.0, 39.9)]


def test_what_begins_after_the_clip_is_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "kind,from_frame,to_frame\ndark,1,2\ndark,400,401\n")
    with pytest.raises(TruthError, match=r"a\.csv:3: from_frame = 400: the clip has 400 frames"):
        read_truth(path).in_seconds(TIMES)
    path = written(tmp_path, "a.toml", "[[nuisance]]\nfrom_s = 40\nto_s = 41\n")
    with pytest.raises(TruthError, match=r"a\.toml:1: from_s = 40: the clip ends at 39\.9 s"):
        read_truth(path).in_seconds(TIMES)


def test_the_truth_of_a_drawn_film_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film.toml"
    write_truth(
        Plan(1, 60.0, (Happening(What.COVERED, 30.0, 35.0), Happening(What.RODENT, 10.5, 12.0))), path, "film.mp4"
    )
    events, _ = read_truth(path).in_seconds([0.0, 60.0])
    assert events == [TrueEvent(CameraKind.RODENT, 10.5, 12.0), TrueEvent(CameraKind.COVERED, 30.0, 35.0)]


EVENT = '[[event]]\nkind = "dark"\n'
MISTAKES = {
    "no such kind": ("a.toml", '[[event]]\nkind = "drak"\nfrom_s = 1\nto_s = 2\n', r"a\.toml:2: event\.kind: "),
    "no end": ("a.toml", EVENT + "from_s = 1\n", r"a\.toml:1: event: .*give from_frame and to_frame"),
    "mixed": ("a.toml", EVENT + "from_s = 1\nto_frame = 2\n", r"a\.toml:1: event: .*give from_frame"),
    "both": ("a.toml", EVENT + "from_s=1\nto_s=2\nfrom_frame=1\nto_frame=2\n", r"a\.toml:1: event: .*give from_frame"),
    "backwards": ("a.toml", EVENT + "from_s = 3\nto_s = 2\n", r"a\.toml:1: event: .*ends \(2\) before"),
    "negative": ("a.toml", EVENT + "from_s = -3\nto_s = 2\n", r"a\.toml:3: event\.from_s: "),
    "for ever": ("a.toml", EVENT + "from_s = 3\nto_s = inf\n", r"a\.toml:4: event\.to_s: "),
    "not a number": ("a.toml", EVENT + "from_s = nan\nto_s = 1\n", r"a\.toml:3: event\.from_s: "),
    "half a frame": ("a.toml", EVENT + "from_frame = 1.5\nto_frame = 2\n", r"a\.toml:3: event\.from_frame: "),
    "unknown key": ("a.toml", EVENT + "from_s=1\nto_s=2\nuntil=3\n", r"a\.toml:5: event\.until: unknown key"),
    "the second": ("a.toml", EVENT + "from_s=1\nto_s=2\n" + EVENT + "from_s=1\n", r"a\.toml:5: event: "),
    "syntax": ("a.toml", "[[event]\n", r"a\.toml: .*line 1"),
    "nesting": ("a.toml", "a = " + "[" * 20_000, r"a\.toml: "),
    "fps": ("a.toml", "fps = 0\n", r"a\.toml:1: fps: "),
    "time": ("a.toml", 'local_time = "25:00"\n', r"a\.toml:1: local_time: "),
    "time with a zone": ("a.toml", 'local_time = "05:00Z"\n', r"a\.toml:1: local_time: .*without a zone"),
    "kinds": ("a.toml", 'kinds = ["rat"]\n', r"a\.toml:1: kinds: "),
    "json syntax": ("a.json", '{"event": [\n}', r"a\.json: .*line 2"),
    "json nesting": ("a.json", "[" * 200_000, r"a\.json: "),
    "json list": ("a.json", "[]", r"a\.json: is no object"),
    "json event": (
        "a.json",
        '{"event": [{"kind": "dark", "from_s": 1, "to_s": 2}, {"kind": "dark", "from_s": "x", "to_s": 2}]}',
        r"a\.json: event 2: event\.from_s: ",
    ),
    "json shape": ("a.json", '{"event": {"kind": "dark"}}', r"a\.json: event: "),
    "csv without names": ("a.csv", "dark,1,2\n", r"a\.csv:1: .*no `kind`"),
    "csv kind": ("a.csv", "kind,from_s,to_s\ndark,1,2\nfog,1,2\n", r"a\.csv:3: event\.kind: "),
    "csv number": ("a.csv", "kind,from_s,to_s\nnuisance,1,2\nnuisance,1,soon\n", r"a\.csv:3: nuisance\.to_s: "),
    "csv cells": ("a.csv", "kind,from_s,to_s\ndark,1,2,3\n", r"a\.csv:2: more cells"),
    "csv column": ("a.csv", "kind,from_s,to_s,mood\ndark,1,2,bad\n", r"a\.csv:2: event\.mood: unknown key"),
    "csv quotes": ("a.csv", 'kind,from_s,to_s\n"dark,1,2\n', r"a\.csv:\d: "),
    "empty csv": ("a.csv", "", r"a\.csv:1: "),
    "another kind of file": ("a.txt", "", r"a\.txt: a truth is"),
    "too large": ("a.toml", "#" * (1 << 20) + "\n", r"a\.toml: larger"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_place(name: str, tmp_path: Path) -> None:
    file, text, message = MISTAKES[name]
    with pytest.raises(TruthError, match=message):
        read_truth(written(tmp_path, file, text))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TruthError, match=r"a\.toml: is not UTF-8"):
        read_truth(tmp_path / "a.toml")
    with pytest.raises(TruthError, match=r"b\.toml: No such file"):
        read_truth(tmp_path / "b.toml")
    with pytest.raises(TruthError, match="directory"):
        read_truth(tmp_path)


def test_the_truth_beside_a_clip(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"clip\.mp4: no truth beside it \(clip\.toml, clip\.json, clip\.csv\)"):
        truth_beside(tmp_path / "clip.mp4")
    path = written(tmp_path, "clip.json", "{}")
    assert truth_beside(tmp_path / "clip.mp4") == path


frames = st.lists(
    st.tuples(st.integers(0, 399), st.integers(0, 399)).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=5
)
steps = st.lists(st.integers(1, 400), min_size=400, max_size=400)


@given(frames, steps, st.lists(st.tuples(st.floats(0, 100), st.floats(0, 20)), max_size=5))
def test_truth_in_frames_scores_as_truth_in_seconds(
    tmp_path_factory: pytest.TempPathFactory,
    spans: list[tuple[int, int]],
    gaps: list[int],
    found: list[tuple[float, float]],
) -> None:
    times = [0.0]
    for gap in gaps[1:]:
        times.append(times[-1] + gap / 1000)
    folder = tmp_path_factory.mktemp("truths")
    in_frames = "".join(f"\ndark,{first},{last}" for first, last in spans)
    in_seconds = "".join(f"\ndark,{times[first]!r},{times[last]!r}" for first, last in spans)
    truths = [
        read_truth(written(folder, "a.csv", "kind,from_frame,to_frame" + in_frames)),
        read_truth(written(folder, "b.csv", "kind,from_s,to_s" + in_seconds)),
    ]
    episodes = [Episode(CameraKind.DARK, "", at_s, at_s, at_s + lasts_s) for at_s, lasts_s in found]
    one, other = (score(*truth.in_seconds(times), episodes, dict.fromkeys(CameraKind, 2.0)) for truth in truths)
    assert one == other
