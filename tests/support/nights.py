"""Nights before an infrared camera, drawn: a mouse that explores, and what moves and is none. Gray, 640 wide, 5
pictures a second, each with a sensor's noise; what happens begins at 10 s."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from edge.camera.view import Gray
from tests.support.drawn_scene import RATE, scene
from tests.support.tampers import grain

BEGINS_S = 10.0
_Draw = Callable[[Gray, float, np.random.Generator], Gray]


def night(name: str, seconds: float, seed: int) -> Iterator[tuple[float, Gray]]:
    """Yield the pictures of a night, with their times."""
    rng, draw = np.random.default_rng(seed), NIGHTS[name](seed)
    usual = np.asarray(scene() * 0.45 + 25, np.float32)
    for number in range(round(seconds * RATE)):
        at_s = number / RATE
        picture = np.clip(usual + 4 * grain(usual.shape, rng), 0, 255).astype(np.uint8)
        yield at_s, draw(picture, at_s - BEGINS_S, rng) if at_s >= BEGINS_S else picture


def _mouse(seed: int) -> _Draw:
    """Let a mouse go along a wall: 12.6 pixels in 3 s at a width of 160, its body 4.8 long; it stops and turns."""
    rng = np.random.default_rng(seed)
    turn, stop = rng.uniform(0.2, 0.5), rng.uniform(3, 5)

    def draw(image: Gray, at_s: float, _: np.random.Generator) -> Gray:
        width = image.shape[1]
        # It goes for `stop` seconds, then sniffs for one.
        goes_s = at_s // (stop + 1) * stop + min(at_s % (stop + 1), stop)
        way = 4.2 / 160 * width * goes_s
        x, y = 0.12 * width + way % (0.8 * width), 300 + 14 * np.sin(turn * goes_s)
        body = round(2.4 / 160 * width), round(1.2 / 160 * width)
        cv2.ellipse(image, (round(x), round(float(y))), body, 0, 0, 360, 30, -1, cv2.LINE_AA)
        return image

    return draw


def _moth(seed: int) -> _Draw:
    place, way = np.array([320.0, 180.0]), np.zeros(2)

    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        way[:] = 0.7 * way + rng.normal(0, 28, 2)
        place[:] = (place + way) % (640, 360)
        cv2.circle(image, (int(place[0]), int(place[1])), int(rng.integers(3, 9)), 240, -1, cv2.LINE_AA)
        return image

    return draw


def _rain(seed: int) -> _Draw:
    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        for _ in range(25):
            x, y = int(rng.integers(0, 640)), int(rng.integers(0, 360))
            cv2.line(image, (x, y), (x + 2, y + 18), 200, 1)
        return image

    return draw


def _headlights(seed: int) -> _Draw:
    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        phase = at_s % 20
        gain = 1 + 1.5 * np.exp(-(((np.linspace(0, 1, 640) - phase / 6) / 0.1) ** 2)) if phase < 7 else np.ones(640)
        return np.asarray(np.clip(image * gain, 0, 255), np.uint8)

    return draw


def _snow(seed: int) -> _Draw:
    """Let a screen show snow."""

    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        image[60:110, 400:480] = rng.integers(0, 255, (50, 80))
        return image

    return draw


def _flakes(seed: int) -> _Draw:
    """Let snow fall before the lens."""
    places = np.random.default_rng(seed).uniform(0, 1, (6, 2))

    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        for flake in places:
            x, y = (flake[0] + 0.03 * np.sin(at_s + 9 * flake[1])) % 1, (flake[1] + 0.35 * at_s) % 1
            cv2.circle(image, (int(640 * x), int(360 * y)), 4, 220, -1, cv2.LINE_AA)
        return image

    return draw


def _noise(seed: int) -> _Draw:
    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        return np.asarray(np.clip(image + 9 * grain(image.shape, rng), 0, 255), np.uint8)

    return draw


def _reflex(seed: int) -> _Draw:
    """Let a spot of light swing to and fro on a wall, as from a cup in a draught."""

    def draw(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        spot = np.zeros(image.shape, np.float32)
        cv2.circle(spot, (round(300 + 25 * float(np.sin(2.1 * at_s))), 120), 6, 90, -1, cv2.LINE_AA)
        return np.asarray(np.clip(image + spot, 0, 255), np.uint8)

    return draw


NIGHTS: dict[str, Callable[[int], _Draw]] = {
    "mouse": _mouse,
    "moth": _moth,
    "rain": _rain,
    "headlights": _headlights,
    "snow on a screen": _snow,
    "flakes": _flakes,
    "noise": _noise,
    "reflex": _reflex,
}
