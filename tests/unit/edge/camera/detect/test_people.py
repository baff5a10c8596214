"""Whoever is before something that the detector takes for a person. Drawn; the detector finds colours."""

from collections.abc import Sequence

import numpy as np

from edge.camera.detect.life import WIDTH, Life
from edge.camera.detect.people import People, PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.frames import ArrayFrame
from edge.camera.scaled import scaled
from edge.camera.view import Bgr, Box
from tests.support.fake_detector import ColourDetector

MANNEQUIN, PERSON = (0, 0, 200), (0, 200, 0)
STEP_S = 0.2


class PeopleByTwoColours:
    """A detector that is surer of the mannequin than of the person before it."""

    def __init__(self) -> None:
        self._both = [ColourDetector({"person": colour}, {"person": score}) for colour, score in _SCORES]

    @property
    def labels(self) -> tuple[str, ...]:
        return ("person",)

    def detect(self, image: Bgr) -> Sequence[Box]:
        return [box for one in self._both for box in one.detect(image)]


_SCORES = ((MANNEQUIN, 0.9), (PERSON, 0.8))


def show(finder: PeopleFinder, at_s: float, person: int | None) -> People:
    """Show a mannequin and, with the left edge at `person`, somebody of 44 px before its feet."""
    rng = np.random.default_rng(round(10 * at_s))
    image = ((np.indices((360, 640)).sum(axis=0) % 80 < 40) * 50 + 90)[..., None] + np.zeros(3)
    image[100:310, 280:370] = (120, 60, 150)
    if person is not None:
        image[260:304, person : person + 18] = (40, 170, 60)
    shown = np.asarray(np.clip(image + rng.normal(0, 2, (360, 640, 1)), 0, 255), np.uint8)
    # Not where the person passes.
    shown[100, 280] = shown[309, 369] = MANNEQUIN
    if person is not None:
        shown[260, person] = shown[303, person + 17] = PERSON
    finder.see(scaled(ArrayFrame(shown)).gray(WIDTH), at_s)
    return finder.find(shown, [Region("")])[""]


def test_a_thing_hides_nobody_who_stands_before_it() -> None:
    finder = PeopleFinder(PeopleByTwoColours(), 0.3, Life())
    for step in range(60):
        assert not show(finder, step * STEP_S, None).there
    for step in range(60, 100):
        left = 200 + 6 * (step - 60)
        found = show(finder, step * STEP_S, left)
        if 290 <= left <= 350:
            assert [round(box.height) for box in found.sure] == [44], left
    # He is followed for three seconds at most, and the mannequin stays a thing.
    gone = [show(finder, step * STEP_S, None).there for step in range(100, 150)]
    assert not any(gone[20:])


class OnlyClosely(ColourDetector):
    """A detector that does not see somebody small in the whole picture."""

    def detect(self, image: Bgr) -> Sequence[Box]:
        return super().detect(image) if image.shape[0] < 360 else []


def turned(left: int, at_s: float, *, back: bool) -> Bgr:
    """Draw somebody of 40 px whose front is light above and dark below; his back is the contrary."""
    rng = np.random.default_rng(round(10 * at_s))
    image = np.full((360, 640, 3), 120.0)
    for top, light in ((260, 150), (280, 90)):
        image[top : top + 20, left : left + 18] = 240 - light if back else light
    shown = np.asarray(np.clip(image + rng.normal(0, 2, (360, 640, 1)), 0, 255), np.uint8)
    shown[260, left] = shown[299, left + 17] = PERSON
    return shown


def test_who_turns_round_between_two_looks_is_found_where_he_was() -> None:
    finder = PeopleFinder(OnlyClosely({"person": PERSON}), 0.3, Life())
    for step in range(200):
        left = min(400, max(20, 20 + 6 * (step - 50)))
        # He turns after each look; by the next one nothing moves any more.
        image = turned(left, step * STEP_S, back=step >= 150 and step // 25 % 2 == 0)
        finder.see(scaled(ArrayFrame(image)).gray(WIDTH), step * STEP_S)
        if step % 25 == 24 or 50 < step < 150:
            found = finder.find(image, [Region("")])[""]
            assert found.sure or step < 140, step
