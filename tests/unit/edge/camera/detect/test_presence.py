"""Presence against a truth, counted by hand."""

import numpy as np

from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.presence import PresenceScore, score_presence
from edge.camera.view import Bgr
from tests.support.fake_detector import ColourDetector

PERSON = (0, 255, 0)


def picture(height: int) -> Bgr:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:height, :20] = PERSON
    return image


def test_frames_are_counted() -> None:
    heights = [0, 50, 0, 50, 50, 5, 0, 0]  # found falsely at 1; missed at 6; small at 5; edges at 2 and 7
    frames = [(float(at), picture(height)) for at, height in enumerate(heights)]
    finder = PeopleFinder(ColourDetector({"person": PERSON}), 0.3)
    score = score_presence(frames, finder, [(2.0, 7.0)])
    assert score == PresenceScore(there=4, found=2, empty=2, false=1, unsure=1)
    assert (score.recall, score.false_share) == (0.5, 0.5)
    nothing = score_presence([], finder, [])
    assert (nothing.recall, nothing.false_share) == (None, None)
