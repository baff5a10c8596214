"""Somebody before a scene like himself is no reflection, and whoever stands still is no part of the scene. Drawn."""

import numpy as np
from numpy.typing import NDArray

from edge.camera.detect.life import WIDTH, Being, Life
from edge.camera.frames import ArrayFrame
from edge.camera.scaled import scaled
from edge.camera.view import Bgr, Box

STEP_S = 0.2
TOP, HEIGHT, ACROSS = 100, 200, 80


def scene() -> NDArray[np.float64]:
    """Draw a light wall with tiles and a dark floor with boards."""
    rows, columns = np.indices((360, 640))
    wall = 190 + 25.0 * ((rows // 24 + columns // 24) % 2)
    return np.where(rows < 220, wall, 50 + 25.0 * (columns // 30 % 2))


def somebody() -> NDArray[np.float64]:
    """Draw somebody in a light shirt and dark trousers, with folds."""
    rows, columns = np.indices((HEIGHT, ACROSS))
    return np.where(rows < 90, 205 + 20 * np.sin(columns / 4), 60 + 20 * np.sin(columns / 3 + 1))


class Watched:
    """Life that is shown pictures in which somebody may be, whole or as a reflection of this strength."""

    def __init__(self) -> None:
        self.life = Life()
        self.at_s = 0.0
        self._rng = np.random.default_rng(1)

    def show(self, left: int | None, strength: float = 1.0) -> Being | None:
        image = scene()
        if left is not None:
            place = np.s_[TOP : TOP + HEIGHT, left : left + ACROSS]
            image[place] = image[place] * (1 - strength) + somebody() * strength
        noise = self._rng.normal(0, 2, image.shape)
        shown: Bgr = np.repeat(np.clip(image + noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        self.life.see(scaled(ArrayFrame(shown)).gray(WIDTH), self.at_s)
        self.at_s += STEP_S
        if left is None:
            return None
        return self.life.judge([Box("person", 0.9, left, TOP, ACROSS, HEIGHT)], 640, 360)[0]

    def empty(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.show(None)

    def walk(self, strength: float = 1.0) -> list[Being | None]:
        return [self.show(20 * step, strength) for step in range(20)]


def test_who_is_light_and_dark_where_the_scene_is_is_somebody() -> None:
    watched = Watched()
    watched.empty(10)
    assert watched.walk()[2:] == [Being.SOMEBODY] * 18


def test_a_reflection_is_nobody() -> None:
    for strength in (0.1, 0.2):
        watched = Watched()
        watched.empty(10)
        assert Being.SOMEBODY not in watched.walk(strength)


def test_who_stood_still_leaves_nothing_behind_that_hides_the_next_one() -> None:
    watched = Watched()
    watched.empty(10)
    watched.walk()
    for _ in range(round(35 / STEP_S)):
        watched.show(380)
    watched.empty(4)
    assert watched.show(380) is Being.SOMEBODY
