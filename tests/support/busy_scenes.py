"""Scenes in which something always moves, drawn, for tests and the bench: what moves is not the lens's doing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.frames import ArrayFrame
from edge.camera.view import Gray, View
from tests.support.drawn_scene import NOON, scene
from tests.support.tampers import Change, grain

WIDTH, HEIGHT = 640, 360
RATE = 5.0
Floats = NDArray[np.float32]
Move = Callable[[Floats, float], Floats]  # a picture of the place, and the second


@dataclass(frozen=True)
class Walker:
    """A thing that crosses the picture again and again, `period_s` apart, at the height `y` of its feet."""

    look: Floats
    y: int
    begins_s: float
    period_s: float
    speed: float  # pixels a second; below 0 to the left

    def place(self, at_s: float) -> int:
        """Return the left edge."""
        gone = (at_s - self.begins_s) % self.period_s * abs(self.speed)
        wide = self.look.shape[1]
        return round(gone - wide if self.speed > 0 else WIDTH - gone)


def _asphalt(seed: int) -> Floats:
    """Draw a bare ground with pebbles, some lines, and a kerb: little of it has structure."""
    rng = np.random.default_rng(seed)
    ground = 105 + cv2.GaussianBlur(rng.normal(0, 60, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 25) * 4
    for _ in range(60):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT))
        cv2.circle(ground, (x, y), 1, float(rng.integers(120, 190)), -1)
    for x in range(40, WIDTH, 150):
        cv2.line(ground, (x, 0), (x + 30, 70), 200, 4)
    cv2.line(ground, (0, HEIGHT - 40), (WIDTH, HEIGHT - 70), 60, 6)
    return np.asarray(ground, np.float32)


def _things(seed: int, count: int, size: tuple[int, int], spread: float) -> list[Floats]:
    """Draw things with folds, windows and lids in them, of about that size."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        wide, high = (round(side * rng.uniform(0.7, 1.3)) for side in size)
        coarse = rng.normal(rng.uniform(50, 190), spread, (5, 4)).astype(np.float32)
        made.append(np.asarray(cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_NEAREST), np.float32))
    return made


def _walkers(seed: int, count: int, size: tuple[int, int], speed: tuple[float, float], period_s: float) -> Move:
    rng = np.random.default_rng(seed)
    walkers = [
        Walker(
            look,
            int(rng.integers(HEIGHT // 3, HEIGHT)),
            rng.uniform(0, period_s),
            period_s * rng.uniform(0.8, 1.2),
            float(rng.choice([-1, 1]) * rng.uniform(*speed)),
        )
        for look in _things(seed, count, size, 30)
    ]

    def draw(picture: Floats, at_s: float) -> Floats:
        for one in walkers:
            left, (high, wide) = one.place(at_s), one.look.shape
            begin, end, top = max(0, left), min(WIDTH, left + wide), max(0, one.y - high)
            if begin < end:
                picture[top : one.y, begin:end] = one.look[high - (one.y - top) :, begin - left : end - left]
        return picture

    return draw


def _conveyor(picture: Floats, at_s: float) -> Floats:
    """Carry boxes across the lower half."""
    belt = np.hstack([_fit(thing, (90, 110)) for thing in _things(31, 12, (90, 110), 25)])
    picture[200:310] = np.roll(belt, round(60 * at_s), axis=1)[:, :WIDTH]
    return picture


def _fit(thing: Floats, size: tuple[int, int]) -> Floats:
    framed = np.full((size[1], size[0]), 45, np.float32)
    framed[20:-8, 8:-8] = cv2.resize(thing, (size[0] - 16, size[1] - 28))
    return framed


def _kettle(picture: Floats, at_s: float) -> Floats:
    """Let steam rise over a third of the picture."""
    clouds = np.random.default_rng(8).uniform(0, 1, (30, 6, 5)).astype(np.float32)
    before, after = clouds[int(at_s / 0.8) % 30], clouds[int(at_s / 0.8 + 1) % 30]
    cloud = cv2.resize(before + at_s / 0.8 % 1 * (after - before), (WIDTH // 3, HEIGHT), interpolation=cv2.INTER_CUBIC)
    rim = np.sin(np.linspace(0, np.pi, WIDTH // 3, dtype=np.float32))
    there = np.clip(cloud, 0, 1) * rim * 0.8
    part = picture[:, 250 : 250 + WIDTH // 3]
    part[:] = (1 - there) * part + there * 215
    return picture


def _lamp(picture: Floats, at_s: float) -> Floats:
    """Let an old tube flicker, and a screen show one film after the other."""
    picture *= np.float32(1 + 0.08 * np.sin(7.3 * at_s) * (np.sin(0.4 * at_s) > 0))
    shown = np.random.default_rng(int(at_s / 1.5)).normal(120, 50, (4, 6)).astype(np.float32)
    picture[60:180, 420:600] = cv2.resize(shown, (180, 120), interpolation=cv2.INTER_CUBIC)
    return picture


def _looks(ground: Floats, move: Move, noise: float) -> Callable[[float], Iterator[tuple[float, Gray]]]:
    def drawn(seconds: float) -> Iterator[tuple[float, Gray]]:
        rng = np.random.default_rng(6)
        for number in range(int(seconds * RATE)):
            picture = move(ground.copy(), number / RATE) + noise * grain(ground.shape, rng)
            yield number / RATE, np.asarray(np.clip(picture, 0, 255), np.uint8)

    return drawn


_ROOM = scene(WIDTH).astype(np.float32)
BUSY: Mapping[str, Callable[[float], Iterator[tuple[float, Gray]]]] = MappingProxyType(
    {
        "crowd": _looks(_ROOM, _walkers(21, 12, (45, 130), (30, 90), 16), 2.0),
        "traffic on bare ground": _looks(_asphalt(5), _walkers(22, 5, (190, 90), (120, 300), 14), 2.0),
        "slow carts on bare ground": _looks(_asphalt(9), _walkers(23, 4, (110, 110), (25, 60), 30), 1.5),
        "conveyor": _looks(_ROOM, _conveyor, 2.0),
        "kettle": _looks(_ROOM, _kettle, 1.5),
        "flicker and a screen": _looks(_ROOM, _lamp, 2.0),
    }
)


def busy_views(name: str, changes: Mapping[tuple[float, float], Change], seconds: float) -> Iterator[View]:
    """Yield the views of one of BUSY. `changes`: each change by the seconds from and to which it lasts."""
    rng = np.random.default_rng(2)
    for at_s, usual in BUSY[name](seconds):
        picture = usual
        for (begin, end), change in changes.items():
            if begin <= at_s < end:
                picture = change(picture, at_s - begin, rng)
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
        yield View(at_s, NOON + timedelta(seconds=at_s), ArrayFrame(image))
