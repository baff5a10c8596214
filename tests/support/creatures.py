"""Creatures and lights that move before a camera at night and are nobody: pictures in, pictures out, as in
tests/support/tampers.py."""

import cv2
import numpy as np

from edge.camera.view import Gray
from tests.support.tampers import Change


def rodent(length: float, speed: float, level: int = 25) -> Change:
    """Draw a rodent. `length`: share of the width; `speed`: widths a second while it runs; it stops for a moment every
    1.5 s."""

    def change(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        height, width = image.shape
        run_s = 1.2 * (at_s // 1.5) + min(at_s % 1.5, 1.2)
        x, y = width * speed * run_s, height * (0.8 + 0.02 * np.sin(3 * run_s))
        made = image.copy()
        half = max(1, round(length * width / 2))
        cv2.ellipse(made, (round(x), round(y)), (half, max(1, half // 2)), 0, 0, 360, level, -1, cv2.LINE_AA)
        return made

    return change


def moth() -> Change:
    """Draw a moth that flies to and fro."""
    place = np.array([0.5, 0.5])

    def change(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        height, width = image.shape
        place[:] = (place + rng.normal(0, 0.06, 2)) % 1
        made = image.copy()
        cv2.circle(made, (round(place[0] * width), round(place[1] * height)), width // 120, 230, -1, cv2.LINE_AA)
        return made

    return change


def headlight(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Draw a patch of light that goes over the wall in four seconds."""
    across = np.linspace(0, 1, image.shape[1])
    gain = 1 + 1.2 * np.exp(-(((across - at_s / 4) / 0.16) ** 2))
    return np.asarray(np.clip(image * gain, 0, 255), np.uint8)


def screen(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Draw a small screen that flickers."""
    made = image.copy()
    height, width = image.shape
    part = made[height // 8 : height // 6, width // 2 : width // 2 + width // 16]
    part[:] = rng.integers(0, 255, part.shape)
    return made
