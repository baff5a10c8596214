"""A preparation area drawn in a few lines, with the noise of a sensor, for tests that must run in a plain clone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import cv2
import numpy as np

from edge.camera.frames import ArrayFrame
from edge.camera.view import Gray, View
from tests.support.tampers import Change, grain

NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001  a local time
RATE = 5.0


def scene(width: int = 640) -> Gray:
    """Draw tables, shelves, tiles, a door."""
    height = width * 9 // 16
    picture = np.full((height, width), 150, np.uint8)
    picture[height * 5 // 9 :] = 95
    rng = np.random.default_rng(11)
    for x in range(0, width, width // 20):
        cv2.line(picture, (x, 0), (x, height * 5 // 9), 140, 1)
    for _ in range(26):
        x, y = int(rng.integers(0, width * 9 // 10)), int(rng.integers(0, height * 9 // 10))
        size = (int(rng.integers(width // 30, width // 7)), int(rng.integers(height // 30, height // 6)))
        cv2.rectangle(picture, (x, y), (x + size[0], y + size[1]), int(rng.integers(20, 235)), -1)
    return picture


def soft_scene() -> Gray:
    """Draw the same scene through a cheap lens."""
    return np.asarray(cv2.GaussianBlur(scene(), (0, 0), 2.0), np.uint8)


def plain_scene() -> Gray:
    """Draw a bare wall, and some things of little contrast."""
    return np.asarray(cv2.addWeighted(scene(), 0.16, np.full_like(scene(), 150), 0.84, 0), np.uint8)


def views(
    changes: Mapping[tuple[float, float], Change], seconds: float, begins: datetime = NOON, usual: Gray | None = None
) -> Iterator[View]:
    """Yield the views of a scene. `changes`: each change by the seconds from and to which it lasts. `usual`: the scene,
    else `scene()`."""
    usual, rng = scene() if usual is None else usual, np.random.default_rng(2)
    for number in range(round(seconds * RATE)):
        at_s = number / RATE
        picture = np.clip(usual + 2 * grain(usual.shape, rng), 0, 255).astype(np.uint8)
        for (begin, end), change in changes.items():
            if begin <= at_s < end:
                picture = change(picture, at_s - begin, rng)
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
        yield View(at_s, begins + timedelta(seconds=at_s), ArrayFrame(image))
