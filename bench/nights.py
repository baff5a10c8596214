"""Nights before an infrared camera, drawn cheaply for bench.rodents: 320 pixels wide, as wide as the rule looks, 5
pictures a second. The room, the sensor's noise, what moves in it and the animal come from a seed."""

from collections.abc import Callable, Iterator
from math import cos, pi, sin
from random import Random

import cv2
import numpy as np

from edge.camera.view import Gray
from shian.demo.scenes.kitchen import draw_kitchen

RATE = 5.0
WIDTH, HEIGHT = 320, 180
_FIELD = 96  # the field of noise is larger than the picture by this, and is put elsewhere each time

Draw = Callable[[Gray, float], None]  # draws onto the picture what is there at that second
Animal = Callable[[Random, float], Draw]  # of a seed, that comes at that second
Range = tuple[float, float]


def night(kind: str, seconds: float, seed: int, animal: Draw | None = None) -> Iterator[tuple[float, Gray]]:
    """Yield the pictures of a night of one kind, with their times. `animal`: drawn before lights and weather."""
    rng = Random(f"{kind} {seed}")
    sensor, draws = _Sensor(rng), [make(rng) for make in NIGHTS[kind](rng)]
    for number in range(round(seconds * RATE)):
        at_s = number / RATE
        image = sensor.room.copy()
        if animal:
            animal(image, at_s)
        for draw in draws:
            draw(image, at_s)
        yield at_s, sensor.shown(image)


class _Sensor:
    """A room in infrared, and the noise of a sensor at high gain, partly smeared by the camera's own mending."""

    def __init__(self, rng: Random) -> None:
        kitchen = draw_kitchen(2 * WIDTH, rng.randrange(1 << 30))
        room = kitchen.room.copy()
        cv2.copyTo(kitchen.counter, kitchen.mask, room)
        gray = cv2.resize(cv2.cvtColor(room, cv2.COLOR_BGR2GRAY), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        self.room = np.asarray(np.clip(gray * rng.uniform(0.35, 0.6) + rng.uniform(10, 35), 0, 255), np.uint8)
        numbers = np.random.default_rng(rng.randrange(1 << 30))
        fine = numbers.standard_normal((HEIGHT + _FIELD, WIDTH + _FIELD), np.float32)
        coarse = cv2.GaussianBlur(numbers.standard_normal(fine.shape, np.float32), (0, 0), 1.5) * 5
        noise = rng.uniform(1.0, 5.0) * (0.7 * fine + 0.3 * coarse)
        self._noise = np.asarray(np.rint(noise), np.int16)
        self._rng = rng

    def shown(self, image: Gray) -> Gray:
        x, y = self._rng.randrange(_FIELD), self._rng.randrange(_FIELD)
        return np.asarray(cv2.add(image, self._noise[y : y + HEIGHT, x : x + WIDTH], dtype=cv2.CV_8U), np.uint8)


def _mouse(rng: Random, begins_s: float, speeds: Range, goes: Range, sniffs: Range) -> Draw:
    """Return a mouse that goes along a wall, sniffs, turns at the edges. `speeds`: widths a second. Its body is 2.2 to
    4.5 % of the width, darker or lighter than the room."""
    body, speed = rng.uniform(0.022, 0.045) * WIDTH / 2, rng.uniform(*speeds) * WIDTH
    goes_s, sniffs_s = rng.uniform(*goes), rng.uniform(*sniffs)
    wall = rng.uniform(0.62, 0.93) * HEIGHT
    side, level = rng.choice((-1, 1)), rng.choice((12, 20, 165, 190))
    sways = rng.uniform(0.2, 0.6)

    def draw(image: Gray, at_s: float) -> None:
        since_s = at_s - begins_s
        if since_s < 0:
            return
        rounds, rest_s = divmod(since_s, goes_s + sniffs_s)
        gone_s = rounds * goes_s + min(rest_s, goes_s)
        there = 0.06 * WIDTH + abs((speed * gone_s + 0.88 * WIDTH) % (1.76 * WIDTH) - 0.88 * WIDTH)
        x = WIDTH - there if side < 0 else there
        y = wall + 4 * sin(sways * gone_s) + 0.4 * sin(9 * at_s)
        _ellipse(image, (x, y), (body, 0.5 * body), level)

    return draw


def _hides(rng: Random, begins_s: float) -> Draw:
    """Return a mouse that comes out from under a shelf, turns, goes back, and comes again after some seconds."""
    body, speed = rng.uniform(0.022, 0.045) * WIDTH / 2, rng.choice(((0.03, 0.06), (0.1, 0.5)))
    out_s = rng.uniform(0.15, 0.4) / (pace := rng.uniform(*speed))
    sniffs_s, away_s = rng.uniform(0.4, 2), rng.uniform(2, 8)
    hole, wall = rng.uniform(0.1, 0.5) * WIDTH, rng.uniform(0.62, 0.93) * HEIGHT
    side, level = rng.choice((-1, 1)), rng.choice((12, 20, 165, 190))
    rises = rng.uniform(-0.3, 0.3)

    def draw(image: Gray, at_s: float) -> None:
        since_s = (at_s - begins_s) % (2 * out_s + sniffs_s + away_s)
        gone_s = min(since_s, out_s) - max(0.0, since_s - out_s - sniffs_s)
        if at_s < begins_s or gone_s < 0:
            return
        out = pace * WIDTH * gone_s
        x = hole + out if side > 0 else WIDTH - hole - out
        _ellipse(image, (x, wall - rises * out * HEIGHT / WIDTH), (body, 0.5 * body), level)

    return draw


def _two(rng: Random, begins_s: float) -> Draw:
    """Return two mice, each in its own way; the second comes some seconds later."""
    both = [rng.choice((EXPLORES, RUNS))(rng, begins_s + late_s) for late_s in (0.0, rng.uniform(0, 5))]

    def draw(image: Gray, at_s: float) -> None:
        for one in both:
            one(image, at_s)

    return draw


def _goes(speeds: Range, goes: Range, sniffs: Range) -> Animal:
    return lambda rng, begins_s: _mouse(rng, begins_s, speeds, goes, sniffs)


EXPLORES = _goes((0.022, 0.05), (3, 7), (0.5, 1.5))
RUNS = _goes((0.25, 0.8), (0.8, 2.0), (0.4, 2.0))
ANIMALS: dict[str, Animal] = {
    "explores": EXPLORES,
    "runs": RUNS,
    "waits": _goes((0.022, 0.05), (3, 7), (4, 6)),
    "hides": _hides,
    "two": _two,
}


def _ellipse(image: Gray, at: tuple[float, float], half: tuple[float, float], level: float) -> None:
    # By sixteenths of a pixel: a small thing must not jump.
    middle = round(16 * at[0]), round(16 * at[1])
    axes = max(8, round(16 * half[0])), max(8, round(16 * half[1]))
    cv2.ellipse(image, middle, axes, 0, 0, 360, level, -1, cv2.LINE_AA, 4)


def _rain(rng: Random) -> Draw:
    drops, wind, length, level = rng.randint(3, 30), rng.uniform(-3, 3), rng.uniform(4, 14), rng.randint(120, 230)

    def draw(image: Gray, _: float) -> None:
        for _drop in range(drops):
            x, y = rng.uniform(0, WIDTH), rng.uniform(-8, HEIGHT)
            cv2.line(image, (round(x), round(y)), (round(x + wind), round(y + length)), level, 1, cv2.LINE_AA)

    return draw


def _headlights(rng: Random) -> Draw:
    """Let headlights go over the room, now and then, each car in its own way."""
    cars: list[tuple[float, float, float, float, float]] = []

    def draw(image: Gray, at_s: float) -> None:
        if not cars or at_s > cars[-1][0] + cars[-1][1]:
            begins_s, lasts_s = at_s + rng.expovariate(1 / 20), rng.uniform(1.5, 7)
            cars[:] = [(begins_s, lasts_s, rng.choice((-1, 1)), rng.uniform(0.04, 0.25), rng.uniform(0.5, 2.5))]
        begins_s, lasts_s, side, wide, bright = cars[-1]
        if at_s < begins_s:
            return
        at = (at_s - begins_s) / lasts_s
        middle = (1.4 * at - 0.2) if side > 0 else (1.2 - 1.4 * at)
        gain = 1 + bright * np.exp(-(((np.linspace(0, 1, WIDTH) - middle) / wide) ** 2))
        np.copyto(image, np.clip(image * gain.astype(np.float32), 0, 255).astype(np.uint8))

    return draw


def _spots(rng: Random) -> Draw:
    """Let small spots of light cross the wall: a lamp that is carried past the window, through a blind."""
    ways: list[tuple[float, float, float, float, float, float]] = []

    def draw(image: Gray, at_s: float) -> None:
        if not ways or at_s > ways[-1][0] + ways[-1][1]:
            ways[:] = [
                (
                    at_s + rng.expovariate(1 / 30),
                    rng.uniform(1, 6),
                    rng.random(),
                    rng.random(),
                    rng.random(),
                    rng.random(),
                )
            ]
        begins_s, lasts_s, x1, y1, x2, y2 = ways[-1]
        if at_s < begins_s:
            return
        at = (at_s - begins_s) / lasts_s
        _lighten(image, (x1 + (x2 - x1) * at) * WIDTH, (y1 + (y2 - y1) * at) * HEIGHT, 5, 70)

    return draw


def _lighten(image: Gray, x: float, y: float, radius: float, by: float) -> None:
    spot = np.zeros(image.shape, np.uint8)
    cv2.circle(spot, (round(x), round(y)), max(1, round(radius)), round(by), -1, cv2.LINE_AA)
    cv2.add(image, spot, image)


def _insects(rng: Random) -> Draw:
    """Let one to three insects fly before the lens: near, large and fast, or far and small. Each rests at times."""
    many = rng.randint(1, 3)
    places = [[rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), 0.0, 0.0] for _ in range(many)]
    sizes = [rng.uniform(0.8, 4.5) for _ in range(many)]
    restless = [rng.uniform(3, 16) for _ in range(many)]
    rests = [rng.uniform(0.0, 0.06) for _ in range(many)]
    until = [0.0] * many

    def draw(image: Gray, at_s: float) -> None:
        for number, place in enumerate(places):
            if at_s < until[number]:
                if at_s > until[number] - 4:  # it sits on the wall
                    cv2.circle(
                        image, (round(place[0]), round(place[1])), max(1, round(sizes[number])), 230, -1, cv2.LINE_AA
                    )
                continue
            if rng.random() < rests[number]:
                until[number] = at_s + rng.uniform(1, 20)
            for axis, side in ((0, WIDTH), (1, HEIGHT)):
                place[2 + axis] = 0.75 * place[2 + axis] + rng.gauss(0, restless[number])
                place[axis] = (place[axis] + place[2 + axis]) % side
            size = sizes[number] * rng.uniform(0.6, 1.5)
            _ellipse(image, (place[0], place[1]), (size, size * rng.uniform(0.6, 1)), 230)

    return draw


def _screen(rng: Random) -> Draw:
    """Let a screen show snow."""
    wide, high = rng.randint(10, 60), rng.randint(8, 40)
    x, y = rng.randrange(WIDTH - wide), rng.randrange(HEIGHT - high)
    least, most = rng.randint(0, 60), rng.randint(120, 255)
    numbers = np.random.default_rng(rng.randrange(1 << 30))

    def draw(image: Gray, _: float) -> None:
        image[y : y + high, x : x + wide] = numbers.integers(least, most, (high, wide), np.uint8)

    return draw


def _flakes(rng: Random) -> Draw:
    """Let flakes fall before the lens, or dust float there: up to ten, each in its own way."""
    fall, drift = rng.choice((rng.uniform(0.15, 0.6), rng.uniform(0.01, 0.06))), rng.uniform(-0.05, 0.05)
    flakes = [[rng.random(), rng.random(), rng.uniform(0.8, 2.5), rng.uniform(0, 7)] for _ in range(rng.randint(1, 10))]
    level = rng.randint(130, 240)

    def draw(image: Gray, at_s: float) -> None:
        for flake in flakes:
            flake[0] += (drift + 0.06 * cos(at_s + flake[3])) / RATE
            flake[1] += fall / RATE
            if flake[1] > 1.03:
                flake[:2] = [rng.random(), -0.03]
            _ellipse(image, (flake[0] % 1 * WIDTH, flake[1] * HEIGHT), (flake[2], flake[2]), level)

    return draw


def _sways(rng: Random) -> Draw:
    """Let a spot of light or a dark strip swing: a cup in a draught, a web before the lens, a strip of plastic."""
    x, y, far, often = rng.uniform(30, 290), rng.uniform(15, 165), rng.uniform(2, 25), rng.uniform(0.5, 6)
    is_web, by = rng.random() < 0.5, rng.uniform(40, 100)

    def draw(image: Gray, at_s: float) -> None:
        at = x + far * sin(often * at_s) * (0.6 + 0.4 * sin(0.13 * at_s))
        if is_web:
            cv2.line(image, (round(at), round(y)), (round(x + 0.3 * far), round(y + 30)), 210, 1, cv2.LINE_AA)
        else:
            _lighten(image, at, y + 0.1 * far * sin(2 * often * at_s), 3, by)

    return draw


def _lamps(rng: Random) -> Draw:
    """Let lamps of devices blink, each at its place, and the exposure step at times."""
    lamps = [
        (rng.randrange(WIDTH), rng.randrange(HEIGHT), rng.uniform(0.3, 4), rng.uniform(0, 6))
        for _ in range(rng.randint(1, 6))
    ]
    every_s = rng.uniform(15, 90)

    def draw(image: Gray, at_s: float) -> None:
        for x, y, period_s, phase in lamps:
            if sin(2 * pi * at_s / period_s + phase) > 0:
                _lighten(image, x, y, 2, 120)
        if (at_s // every_s) % 2:
            np.copyto(image, cv2.convertScaleAbs(image, alpha=1.15))

    return draw


def _one(*makes: Callable[[Random], Draw]) -> Callable[[Random], list[Callable[[Random], Draw]]]:
    return lambda _: list(makes)


_ALL = (_rain, _headlights, _spots, _insects, _screen, _flakes, _sways, _lamps)

NIGHTS: dict[str, Callable[[Random], list[Callable[[Random], Draw]]]] = {
    "noise": _one(),
    "rain": _one(_rain),
    "headlights": _one(_headlights),
    "spots of light": _one(_spots),
    "insects": _one(_insects),
    "snow on a screen": _one(_screen),
    "flakes and dust": _one(_flakes),
    "what sways": _one(_sways),
    "lamps": _one(_lamps),
    "three at once": lambda rng: rng.sample(_ALL, 3),
}
