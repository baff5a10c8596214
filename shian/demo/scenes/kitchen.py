"""Draws a preparation area without people: tiled wall, shelf, counter with sink and stove, floor. Drawn once for a
scene."""

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # height x width x 3, BGR
Colour = tuple[int, int, int]

# Everything is drawn on a sheet of 640 x 360 units, whatever the size of the picture.
SHEET = (640, 360)
COUNTER_TOP, COUNTER_FRONT, COUNTER_FOOT = 205, 219, 292
_POTS: tuple[Colour, ...] = ((70, 76, 150), (150, 120, 70), (120, 150, 120), (90, 90, 98), (80, 140, 170))


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A preparation area. `room` has nothing before the counter; `counter` where `mask` is not 0 lies before a person
    who stands behind it."""

    room: Picture
    counter: Picture
    mask: NDArray[np.uint8]
    clock: tuple[float, float]
    pots: tuple[float, ...]
    scale: float

    def at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.scale), round(y * self.scale)


def draw_kitchen(width: int, seed: int) -> Kitchen:
    """Draw a kitchen. `width` in pixels; the picture is 16:9. The same seed shows the same kitchen at every width."""
    rng = Random(seed)  # noqa: S311  a drawing
    pen = _Pen(np.zeros((width * 9 // 16, width, 3), np.uint8), width / SHEET[0])
    _wall(pen, rng)
    clock = _shelf_and_clock(pen, rng)
    _floor(pen, rng)
    room = pen.sheet.copy()
    pots = _counter(pen, rng)
    mask = (np.abs(pen.sheet.astype(np.int16) - room).max(axis=2) > 0).astype(np.uint8)
    return Kitchen(room, pen.sheet, mask, clock, pots, pen.scale)


@dataclass(slots=True)
class _Pen:
    sheet: Picture
    scale: float

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        first, last = self._at(x, y), self._at(x + width, y + height)
        cv2.rectangle(self.sheet, first, (last[0] - 1, last[1] - 1), colour, -1)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, thick: float = 1.0) -> None:
        cv2.line(self.sheet, self._at(*start), self._at(*end), colour, max(1, round(thick * self.scale)), cv2.LINE_AA)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        axes = max(1, round(across * self.scale)), max(1, round(down * self.scale))
        cv2.ellipse(self.sheet, self._at(x, y), axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.scale), round(y * self.scale)


def _shade(colour: Colour, by: float) -> Colour:
    blue, green, red = (int(min(255, max(0, part * by))) for part in colour)
    return blue, green, red


def _wall(pen: _Pen, rng: Random) -> None:
    tint = rng.choice([(208, 214, 212), (212, 206, 196), (200, 212, 206), (216, 214, 220)])
    pen.box(0, 0, *SHEET, _shade(tint, 0.72))
    across, down = rng.choice([(32, 24), (40, 20), (28, 28)])
    for row in range(260 // down + 1):
        for column in range(-1, 640 // across + 1):
            x = column * across + (row % 2) * across / 2
            pen.box(x + 1, row * down + 1, across - 1.5, down - 1.5, _shade(tint, rng.uniform(0.9, 1.06)))
    x = rng.choice([24, 520])
    pen.box(x, 28, 92, 200, (96, 108, 118))  # the door
    pen.box(x + 5, 33, 82, 195, (126, 142, 152))
    pen.box(x + 24, 48, 44, 52, (180, 172, 158))
    pen.oval(x + 76, 138, 3, 3, (60, 64, 70))


def _shelf_and_clock(pen: _Pen, rng: Random) -> tuple[float, float]:
    left = rng.uniform(190, 240)
    for y in (70, 118):
        pen.box(left, y, 210, 6, (92, 104, 120))
        x = left + 6.0
        while x < left + 194:
            wide, tall = rng.uniform(9, 18), rng.uniform(16, 34)
            pen.box(x, y - tall, wide, tall, _shade(rng.choice(_POTS), rng.uniform(0.7, 1.5)))
            pen.box(x + 1, y - tall * 0.7, wide - 2, tall * 0.3, (214, 218, 222))
            x += wide + rng.uniform(3, 9)
    for hook in range(4):  # ladles below the lower shelf
        x = left + 20 + hook * 22
        pen.line((x, 124), (x, 146), (100, 104, 108), 1.5)
        pen.oval(x, 149, 5, 4, (118, 122, 128))
    clock = left - 34.0, 52.0
    pen.oval(*clock, 17, 17, (70, 74, 80))
    pen.oval(*clock, 15, 15, (236, 238, 238))
    return clock


def _floor(pen: _Pen, rng: Random) -> None:
    tint: Colour = rng.choice([(112, 118, 126), (122, 112, 104), (106, 118, 112)])
    pen.box(0, 262, 640, 98, tint)
    for index in range(-12, 24):
        pen.line((320 + (index - 6) * 44, 262), (320 + (index - 6) * 96, 360), _shade(tint, 0.72), 1.2)
    for y in (262, 274, 291, 313, 340):
        pen.line((0, y), (640, y), _shade(tint, 0.72), 1.2)


def _counter(pen: _Pen, rng: Random) -> tuple[float, ...]:
    """Draw the counter and return the pots that steam, by the middle of each."""
    left, wide = 70.0, 500.0
    steel: Colour = rng.choice([(178, 176, 170), (168, 172, 174)])
    pen.box(left, COUNTER_TOP, wide, COUNTER_FRONT - COUNTER_TOP, steel)
    pen.box(left, COUNTER_FRONT, wide, COUNTER_FOOT - COUNTER_FRONT, _shade(steel, 0.62))
    for panel in range(5):
        pen.box(left + 6 + panel * 100, COUNTER_FRONT + 7, 88, 58, _shade(steel, rng.uniform(0.7, 0.8)))
        pen.box(left + 40 + panel * 100, COUNTER_FRONT + 13, 20, 4, _shade(steel, 0.45))
    sink = left + rng.uniform(20, 60)
    pen.box(sink, COUNTER_TOP + 3, 84, 9, (104, 100, 96))
    pen.line((sink + 42, COUNTER_TOP + 2), (sink + 42, COUNTER_TOP - 26), (140, 138, 134), 3)
    pen.line((sink + 42, COUNTER_TOP - 26), (sink + 58, COUNTER_TOP - 22), (140, 138, 134), 3)
    board = left + rng.uniform(180, 220)
    pen.box(board, COUNTER_TOP + 2, 66, 8, (110, 160, 196))
    for _ in range(6):
        pen.oval(board + rng.uniform(6, 60), COUNTER_TOP + rng.uniform(3, 6), 4, 2.5, (60, rng.randrange(130, 190), 70))
    pots = tuple(left + 350 + index * 58 + rng.uniform(-6, 6) for index in range(2))
    for x in pots:
        colour = rng.choice(_POTS)
        pen.box(x - 21, COUNTER_TOP - 26, 42, 30, colour)
        pen.oval(x, COUNTER_TOP - 26, 21, 5, _shade(colour, 1.3))
        pen.box(x - 27, COUNTER_TOP - 18, 6, 4, _shade(colour, 0.6))
        pen.box(x + 21, COUNTER_TOP - 18, 6, 4, _shade(colour, 0.6))
    return pots
