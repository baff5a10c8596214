"""A mouse that explores a store room at night, and what is none: drawn in infrared, with noise."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from uuid import UUID

import cv2
import numpy as np
import pytest

from edge.camera.frames import ArrayFrame
from edge.camera.settings import CameraSettings
from edge.camera.view import Gray, View
from edge.camera.watchers import analysis_of
from tests.support.drawn_scene import NOON
from tests.support.nights import NIGHTS, night
from wire.cameras import CameraKind


def found(pictures: Iterable[tuple[float, Gray]]) -> list[float]:
    """Return the times at which a rodent was told."""
    numbers = count(1)
    camera = CameraSettings.model_validate({"name": "store", "url": "x", "hours": ["06:00-20:00"]})
    analysis = analysis_of(camera, lambda: UUID(int=next(numbers)))
    told = []
    for at_s, picture in pictures:
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
        view = View(at_s, NOON.replace(hour=2) + timedelta(seconds=at_s), ArrayFrame(image))
        told += [change.at_s for change in analysis.look(view) if change.kind is CameraKind.RODENT]
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mouse_that_explores_is_found_within_20_s(seed: int) -> None:
    told = found(night("mouse", 60.0, seed))
    assert told
    assert 10.0 < told[0] <= 30.0, "it comes at 10 s"


@pytest.mark.parametrize("name", [name for name in NIGHTS if name != "mouse"])
def test_what_moves_at_night_and_is_no_animal_is_none(name: str) -> None:
    assert found(night(name, 90.0, 5)) == []


def test_a_moth_that_flies_for_minutes_is_none() -> None:
    """Check a moth whose straight stretches looked like runs: in ten minutes, seven."""
    assert found(night("moth", 240.0, 11)) == []
