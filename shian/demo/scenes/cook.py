"""Cooks: simple figures that walk between the places where they work. The place of one at a time is a pure function."""

import math
from dataclasses import dataclass
from random import Random

import cv2

from shian.demo.scenes.kitchen import Colour, Picture

AWAY = -70.0
_PACE = 95.0  # units a second


@dataclass(frozen=True, slots=True)
class Stop:
    """A stay at `x` from `since_s` to `until_s`."""

    since_s: float
    until_s: float
    x: float


@dataclass(frozen=True, slots=True)
class Cook:
    """A cook. `feet`: the height at which the cook walks, in units of the sheet; a nearer cook is larger."""

    stops: tuple[Stop, ...]
    feet: float
    size: float
    coat: Colour
    apron: Colour
    phase: float

    def x(self, at_s: float) -> float:
        before = self.stops[0]
        for stop in self.stops:
            if at_s < stop.since_s:
                part = (at_s - before.until_s) / (stop.since_s - before.until_s)
                return before.x + (stop.x - before.x) * part if part > 0 else before.x
            before = stop
        return before.x

    def is_walking(self, at_s: float) -> bool:
        return not any(stop.since_s <= at_s <= stop.until_s for stop in self.stops)


def stops_of(rng: Random, length_s: float, places: tuple[float, ...]) -> tuple[Stop, ...]:
    """Return a round that can follow itself: the cook comes in, works here and there for 4 to 10 s at a time, and
    goes."""
    stops = [Stop(0.0, rng.uniform(0.5, 1.5), AWAY)]
    while True:
        last = stops[-1]
        x = rng.choice([place for place in places if abs(place - last.x) > 40]) + rng.uniform(-8, 8)
        since = last.until_s + _way(last.x, x)
        until = since + rng.uniform(4, 10)
        if until + _way(x, AWAY) > length_s - 1:
            stops[-1] = Stop(last.since_s, length_s - 1 - _way(last.x, AWAY), last.x)
            return (*stops, Stop(length_s - 1, length_s, AWAY))
        stops.append(Stop(since, until, x))


def _way(start: float, end: float) -> float:
    return max(0.4, abs(end - start) / _PACE)


def draw_cook(picture: Picture, cook: Cook, at_s: float, scale: float) -> None:
    x = cook.x(at_s)
    if x <= AWAY:
        return
    walking = cook.is_walking(at_s)
    beat = 2 * math.pi * (at_s * (1.9 if walking else 1.3) + cook.phase)
    sway = math.sin(beat * (0.5 if walking else 0.23)) * (1.5 if walking else 2.5)
    figure = _Figure(picture, scale, cook.size, x + sway, cook.feet - abs(math.sin(beat)) * (2.0 if walking else 0.3))
    swing = math.sin(beat) * (11 if walking else 2)
    skin, dark = (150, 178, 214), (62, 58, 60)
    for side in (-1, 1):
        figure.limb((side * 6, 62), (side * 6 + side * swing, 3), dark, 10)
    figure.body((-17, 62), (17, 128), cook.coat)
    figure.body((-12, 56), (12, 108), cook.apron)
    for side in (-1, 1):
        # At work the hands chop and stir before the body; on the way they swing beside it.
        lift = math.sin(beat * 2 + side) * 7
        hand = (side * 20 - side * swing, 76.0) if walking else (side * 6 + lift * 0.6, 88 + lift)
        elbow = (side * 24, 100.0)
        figure.limb((side * 16, 122), elbow, cook.coat, 9)
        figure.limb(elbow, hand, cook.coat, 8)
        figure.oval(hand, 5, 5, skin)
    figure.oval((sway * 0.5, 143), 11, 13, skin)
    figure.oval((sway * 0.5, 139), 9, 6, (226, 224, 220))  # a mask
    figure.body((-12 + sway * 0.5, 148), (12 + sway * 0.5, 158), (240, 240, 238))
    figure.oval((sway * 0.5, 162), 15, 9, (244, 244, 242))  # a hat


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure drawn from the feet up: (across, up) in units of a figure 170 high."""

    picture: Picture
    scale: float
    size: float
    x: float
    feet: float

    def limb(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, thick: float) -> None:
        width = max(1, round(thick * self.size * self.scale))
        cv2.line(self.picture, self._at(start), self._at(end), colour, width, cv2.LINE_AA)

    def body(self, low: tuple[float, float], high: tuple[float, float], colour: Colour) -> None:
        cv2.rectangle(self.picture, self._at(low), self._at(high), colour, -1, cv2.LINE_AA)

    def oval(self, middle: tuple[float, float], across: float, down: float, colour: Colour) -> None:
        axes = round(across * self.size * self.scale), round(down * self.size * self.scale)
        cv2.ellipse(self.picture, self._at(middle), axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    def _at(self, point: tuple[float, float]) -> tuple[int, int]:
        return (
            round((self.x + point[0] * self.size) * self.scale),
            round((self.feet - point[1] * self.size) * self.scale),
        )
