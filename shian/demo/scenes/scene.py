"""A scene through time: the kitchen, its cooks, steam, a clock, and the faults of the camera. Seeded.

People and steam repeat every ROUND_S seconds, so that the time in which nothing happens is drawn and encoded once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from shian.demo.scenes.cook import Cook, draw_cook, stops_of
from shian.demo.scenes.happenings import Happening, What, rodent, tampered
from shian.demo.scenes.kitchen import Kitchen, Picture, draw_kitchen

ROUND_S = 60.0
_NOISES = 16
# What the clock shows in a film that is made once: it begins at twenty past ten.
_ANY_DAY = datetime(2026, 1, 1, 10, 20)  # noqa: DTZ001  a drawing
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_APRONS = ((92, 60, 40), (60, 92, 50), (50, 60, 120))


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of a scene. `length_s` is a number of rounds. Nobody is there at night."""

    seed: int
    length_s: float
    happenings: tuple[Happening, ...]
    cooks: int = 1
    is_night: bool = False

    def at(self, since_s: float, until_s: float | None = None) -> list[Happening]:
        """Return the faults at that time, or at any time until `until_s`."""
        until = since_s + 1e-6 if until_s is None else until_s
        return [happening for happening in self.happenings if happening.since_s < until and happening.until_s > since_s]


class Scene:
    """A drawer of `plan` at a width in pixels. Call `picture(at_s)` in rising order of time: a frozen picture is the
    last one."""

    def __init__(self, plan: Plan, width: int) -> None:
        self._plan = plan
        self._kitchen: Kitchen = draw_kitchen(width, plan.seed)
        rng = Random(plan.seed + 1)  # noqa: S311  a drawing
        self._cooks = () if plan.is_night else _cooks(rng, plan.cooks)
        noise = np.random.default_rng(plan.seed)
        height = width * 9 // 16
        deviation = 3.0 if plan.is_night else 1.6
        self._noises = [noise.normal(0, deviation, (height, width)).round().astype(np.int8) for _ in range(_NOISES)]
        self._puff = _puff(width)
        self._shown = 0
        self._frozen: NDArray[np.uint8] | None = None

    def picture(self, at_s: float, clock: datetime | None = None) -> NDArray[np.uint8]:
        """Return the picture as I420: height * 3/2 x width. With a `clock` it shows that time: on the wall, and in the
        line of date and time that cameras write over what they see."""
        now = self._plan.at(at_s)
        freeze = next((happening for happening in now if happening.what is What.FROZEN), None)
        if freeze is None:
            self._frozen = None
            return self._seen(at_s, now, clock)
        if self._frozen is None:
            self._frozen = self._seen(freeze.since_s, now, clock)
        return self._frozen

    def _seen(self, at_s: float, now: Sequence[Happening], clock: datetime | None) -> NDArray[np.uint8]:
        """Return the picture as the camera sends it: with its faults, and with its noise."""
        picture = self._drawn(at_s, now, clock)
        for happening in now:
            picture = tampered(picture, happening, at_s)
        if clock:
            _write_time(picture, clock, self._kitchen.scale)
        planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)
        luma = planes[: picture.shape[0]]
        cv2.add(luma, self._noises[self._shown % _NOISES], dst=luma, dtype=cv2.CV_8U)
        self._shown += 1
        return np.asarray(planes, np.uint8)

    def _drawn(self, at_s: float, now: Sequence[Happening], clock: datetime | None) -> Picture:
        kitchen, round_s = self._kitchen, at_s % ROUND_S
        cooks = () if any(happening.what is What.UNATTENDED for happening in now) else self._cooks
        picture = kitchen.room.copy()
        _draw_clock(picture, kitchen, clock or _ANY_DAY + timedelta(seconds=round_s))
        for cook in cooks[:1]:
            draw_cook(picture, cook, round_s, kitchen.scale)
        cv2.copyTo(kitchen.counter, kitchen.mask, picture)
        for index, x in enumerate(kitchen.pots if self._cooks else ()):
            self._steam(picture, x, round_s + 1.7 * index)
        for cook in cooks[1:]:
            draw_cook(picture, cook, round_s, kitchen.scale)
        for happening in now:
            if happening.what is What.RODENT:
                rodent(picture, happening, at_s, kitchen.scale)
        return _night(picture) if self._plan.is_night else picture

    def _steam(self, picture: Picture, x: float, at_s: float) -> None:
        """Draw three puffs that rise from a pot and fade."""
        size = self._puff.shape[0]
        for puff in range(3):
            age = (at_s * 0.45 + puff / 3) % 1.0
            left, top = self._kitchen.at(x - 22 + 9 * math.sin(3 * age + puff), 154 - 68 * age)
            if top < 0 or left < 0 or top + size > picture.shape[0] or left + size > picture.shape[1]:
                continue
            part = picture[top : top + size, left : left + size]
            weight = self._puff * (0.5 * math.sin(math.pi * age))
            part[:] = (part * (1 - weight) + 238 * weight).astype(np.uint8)


def _cooks(rng: Random, count: int) -> tuple[Cook, ...]:
    """Return the cooks: the first one behind the counter, the second one before it."""
    stands = (
        ((130.0, 290.0, 450.0), 268.0, 0.92, (228, 228, 224)),
        ((60.0, 250.0, 560.0), 352.0, 1.12, (212, 216, 220)),
    )
    return tuple(
        Cook(stops_of(rng, ROUND_S, places), feet, size, coat, rng.choice(_APRONS), rng.random())
        for places, feet, size, coat in stands[:count]
    )


def _draw_clock(picture: Picture, kitchen: Kitchen, at: datetime) -> None:
    """Draw the hands of the clock on the wall."""
    x, y = kitchen.clock
    minute = at.minute + at.second / 60
    hour = at.hour % 12 + minute / 60
    second = at.second + at.microsecond / 1e6
    for turn, length, thick in ((second / 60, 13.0, 1), (minute / 60, 11.0, 2), (hour / 12, 7.0, 2)):
        angle = 2 * math.pi * turn
        tip = kitchen.at(x + length * math.sin(angle), y - length * math.cos(angle))
        cv2.line(picture, kitchen.at(x, y), tip, (40, 40, 44), max(1, round(thick * kitchen.scale)), cv2.LINE_AA)


def _write_time(picture: Picture, at: datetime, scale: float) -> None:
    """Write date and time at the upper left, white on a dark ground: readable over everything."""
    text, size = f"{at:%Y-%m-%d %H:%M:%S}", 0.5 * scale
    (width, height), below = cv2.getTextSize(text, _FONT, size, 1)
    edge = round(6 * scale)
    picture[: height + below + 2 * edge, : width + 2 * edge] //= 4
    cv2.putText(picture, text, (edge, edge + height), _FONT, size, (244, 244, 244), 1, cv2.LINE_AA)


def _puff(width: int) -> NDArray[np.float32]:
    """Return the weights of a soft round cloud."""
    size = width * 44 // 640
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    distance = axis[:, None] ** 2 + axis[None, :] ** 2
    return np.asarray(np.clip(1 - distance, 0, 1)[..., None] ** 2, np.float32)


def _night(picture: Picture) -> Picture:
    """Return the picture as an infrared camera shows it: grey, bright in the middle."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = gray.shape
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    light = 0.72 - 0.34 * (down**2 + across**2) / 2
    lit = cv2.multiply(gray, light, dtype=cv2.CV_8U)
    return np.asarray(cv2.cvtColor(lit, cv2.COLOR_GRAY2BGR), np.uint8)
