"""People and things that look like them, by what moves. Drawn; the detector finds colours."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge.camera.detect.calibration import calibrate, calibration_path, read_calibration, write_calibration
from edge.camera.detect.errors import ModelError
from edge.camera.detect.life import WIDTH, Life
from edge.camera.detect.people import People, PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.frames import ArrayFrame
from edge.camera.scaled import scaled
from edge.camera.view import Bgr
from tests.support.fake_detector import ColourDetector

PERSON = (0, 200, 0)
HEIGHT = 360
STEP_S = 0.2


def picture(
    left: int | None, at_s: float, *, top: int = 120, sway: int = 0, height: int = 180, light: float = 1
) -> Bgr:
    """Draw a room with tiles and a sensor's noise, and what the detector takes for a person."""
    rng = np.random.default_rng(round(10 * at_s))
    checks = (np.indices((HEIGHT, 640)).sum(axis=0) % 80 < 40) * 50 + 90
    image = checks[..., None] + np.zeros(3)
    if left is not None:
        image[top + sway : top + height + sway, left : left + 70] = (60, 160, 60)
    shown = np.asarray(np.clip(light * image + rng.normal(0, 2, (HEIGHT, 640, 1)), 0, 255), np.uint8)
    if left is not None:
        # The detector knows one colour; the mark is too small to matter.
        for row, column in ((top + sway, left), (top + height + sway - 1, left + 69)):
            shown[row, column] = PERSON
    return shown


class Watched:
    """A finder that is shown pictures."""

    def __init__(self, life: Life | None = None) -> None:
        self.detector = ColourDetector({"person": PERSON})
        self.life = life or Life()
        self.finder = PeopleFinder(self.detector, 0.3, self.life)
        self.at_s = 0.0

    def show(self, image: Bgr) -> People:
        self.finder.see(scaled(ArrayFrame(image)).gray(WIDTH), self.at_s)
        self.at_s += STEP_S
        return self.finder.find(image, [Region("")])[""]

    def stay(self, seconds: float, left: int | None, **more: int) -> list[bool]:
        return [bool(self.show(picture(left, self.at_s, **more)).sure) for _ in range(round(seconds / STEP_S))]


def test_what_never_moves_is_nobody() -> None:
    watched = Watched()
    assert not any(watched.stay(60, 200))
    assert watched.show(picture(200, 61.0)).small == (), "after a while it is not even doubtful"


def test_who_comes_in_is_somebody_and_stays_somebody_while_he_stirs() -> None:
    watched = Watched()
    watched.stay(10, None)
    for step in range(20):
        found = watched.show(picture(20 * step, watched.at_s))
    assert found.sure
    assert all(watched.show(picture(380, watched.at_s, sway=2 * (step % 10 == 0))).sure for step in range(300))


def test_what_somebody_put_down_is_nobody_after_a_while() -> None:
    watched = Watched()
    watched.stay(10, None)
    for step in range(20):
        watched.show(picture(20 * step, watched.at_s))
    seen = watched.stay(80, 380)
    assert seen[0]
    assert not any(seen[-100:])


def test_a_light_step_makes_nobody_alive() -> None:
    watched = Watched()
    watched.stay(20, 200)
    assert not any(watched.show(picture(200, watched.at_s, light=1.3)).sure for _ in range(50))


def test_what_is_passed_by_stays_a_thing() -> None:
    watched = Watched()
    watched.stay(20, 200)
    for step in range(30):
        image = picture(200, watched.at_s)
        image[60:350, 22 * step : 22 * step + 60] = 40
        watched.show(image)
    assert not any(watched.stay(20, 200))


def test_who_is_small_and_moves_is_looked_at_closely() -> None:
    watched = Watched()
    watched.stay(10, None)
    for step in range(30):
        found = watched.show(picture(100 + 8 * step, watched.at_s, top=250, height=40))
    assert found.sure
    assert max(height for height, _ in watched.detector.sizes[-3:]) == HEIGHT
    assert min(height for height, _ in watched.detector.sizes[-3:]) < 0.75 * HEIGHT


def walk_in(watched: Watched) -> None:
    watched.stay(10, None)
    for step in range(20):
        watched.show(picture(20 * step, watched.at_s))


def test_who_is_missed_for_a_look_is_held_while_he_is_seen() -> None:
    watched = Watched()
    walk_in(watched)
    watched.detector.blind = True
    found = [watched.show(picture(380 + 4 * step, watched.at_s)) for step in range(10)]
    assert not any(people.sure for people in found)
    assert all(len(people.held) == 1 for people in found)
    assert found[-1].held[0].left == pytest.approx(380 + 4 * 9, abs=12), "he is followed"


def test_nobody_is_held_for_long_nor_when_he_has_gone() -> None:
    for seconds, left in ((6.0, 380), (1.0, None)):
        watched = Watched()
        walk_in(watched)
        watched.detector.blind = True
        for _ in range(round(seconds / STEP_S)):
            found = watched.show(picture(left, watched.at_s))
        assert found.there == ()


def test_whoever_walks_is_one_and_not_held_where_he_was() -> None:
    watched = Watched()
    watched.stay(10, None)
    for step in range(30):
        found = watched.show(picture(18 * step, watched.at_s, top=250, height=40))
        assert len(found.there) <= 1
    assert found.sure


def test_a_calibration_keeps_what_stands_there(tmp_path: Path) -> None:
    models, taught = tmp_path / "models", Watched()
    frames = ((float(at_s), picture(200, at_s)) for at_s in range(60))
    made = calibrate(frames, taught.finder, taught.life, datetime(2026, 3, 1, tzinfo=UTC), "fastestdet")
    assert (made.pictures, made.moving, len(made.things)) == (60, 0, 1)
    path = write_calibration(made, models, "kitchen")
    assert path == tmp_path / "cameras" / "kitchen.json"
    watched = Watched(Life(read_calibration(models, "kitchen")))
    watched.stay(1, 200)
    for step in range(10):
        image = picture(200, watched.at_s)
        image[60:350, 60 * step : 60 * step + 60] = 40
        watched.show(image)
    assert not any(watched.stay(8, 200)), "without the calibration the passer would have made it alive"
    assert read_calibration(models, "another") == ()


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    path = calibration_path(tmp_path / "models", "kitchen")
    path.parent.mkdir()
    for text in ("{", json.dumps({"things": 3})):
        path.write_text(text)
        with pytest.raises(ModelError, match=r"kitchen\.json"):
            read_calibration(tmp_path / "models", "kitchen")
