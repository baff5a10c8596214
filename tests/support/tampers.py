"""Tampering with a camera, and harmless events before it: pictures in, pictures out, for tests and the bench.

Each takes the gray picture (height x width, uint8), the seconds since it began and a random generator. Sizes are
shares of the width, so that they mean the same at any resolution.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.view import Gray

Change = Callable[[Gray, float, np.random.Generator], Gray]


def _gray(values: NDArray[np.floating]) -> Gray:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _noisy(image: NDArray[np.floating], sigma: float, rng: np.random.Generator) -> Gray:
    return _gray(image + sigma * grain(image.shape, rng))


def grain(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return normal noise of 1: one field, put elsewhere each time, which is quicker than a new one."""
    field = _field(shape)
    return np.roll(field, (int(rng.integers(0, shape[0])), int(rng.integers(0, shape[1]))), axis=(0, 1))


@cache
def _field(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(4).standard_normal(shape, np.float32)


def _still(image: Gray, level: float, texture: float) -> NDArray[np.float64]:
    """Return the same soft blotches every time: a cloth, a hand."""
    height, width = image.shape
    coarse = np.random.default_rng(7).normal(0, texture, (5, 8))
    return level + np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float64)


def covered(level: float, texture: float = 6.0) -> Change:
    return lambda image, at_s, rng: _noisy(_still(image, level, texture), 2.0, rng)


def covered_partly(share: float) -> Change:
    """Cover a share from the left, with a soft edge."""

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        width = image.shape[1]
        alpha = np.clip((share * width - np.arange(width)) / (0.05 * width) + 0.5, 0, 1)
        return _noisy(alpha * _still(image, 50.0, 6.0) + (1 - alpha) * image, 2.0, rng)

    return apply


def sprayed(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Paint on the glass: the picture that comes through is soft and faint."""
    soft = cv2.GaussianBlur(image, (0, 0), 0.04 * image.shape[1]).astype(np.float64)
    return _noisy(0.15 * soft + 0.85 * _still(image, 110.0, 20.0), 2.0, rng)


def blurred(sigma: float) -> Change:
    """Blur the picture; `sigma` in pixels of a picture 768 wide."""
    return lambda image, at_s, rng: _noisy(
        cv2.GaussianBlur(image, (0, 0), sigma * image.shape[1] / 768).astype(np.float64), 1.0, rng
    )


def haze(share: float, level: float = 160.0) -> Change:
    """Lay a haze over the whole lens: `share` of the light comes from it."""
    return lambda image, at_s, rng: _noisy((1 - share) * image.astype(np.float64) + share * level, 1.0, rng)


def grease(share: float) -> Change:
    """Cover the lens with grease, most in the middle: it scatters the scene's own light."""

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        height, width = image.shape
        x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        there, clear = share * (1 - 0.15 * (x * x + y * y)), image.astype(np.float64)
        glow = 0.7 * cv2.GaussianBlur(clear, (0, 0), width / 16) + 50
        return _noisy((1 - there) * clear + there * glow, 1.0, rng)

    return apply


def dark(gain: float, black: float = 0.0) -> Change:
    return lambda image, at_s, rng: _noisy(image.astype(np.float64) * gain + black, 1.5, rng)


def frozen() -> Change:
    kept: list[Gray] = []

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        if not kept or at_s == 0:
            kept[:] = [image.copy()]
        return kept[0]

    return apply


def moved(right: float = 0.0, down: float = 0.0, degrees: float = 0.0, zoom: float = 1.0) -> Change:
    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
        matrix[:, 2] += (right * width, down * width)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)

    return apply


def light(gain: float, add: float = 0.0) -> Change:
    return lambda image, at_s, rng: _gray(image.astype(np.float64) * gain + add)


def infrared(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Turn to infrared: another spectrum, a lamp in the middle, less contrast, more noise; dark for a moment as the
    filter swings."""
    height, width = image.shape
    if at_s < 0.4:
        return _noisy(image * 0.2, 2.0, rng)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    lamp = 1.1 - 0.6 * (x * x + y * y)
    return _noisy((image.astype(np.float64) * 0.5 + 40) * lamp, 4.0, rng)


def flicker(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Roll the bars of a 50 Hz lamp."""
    rows = np.arange(image.shape[0])[:, None] / image.shape[0]
    return _gray(image * (1 + 0.12 * np.sin(2 * np.pi * (2 * rows + 0.9 * at_s))))


def exposure(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Let auto-exposure hunt."""
    return _gray(image.astype(np.float64) * (1 + 0.5 * np.sin(at_s)))


def steam(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    height, width = image.shape
    coarse = np.random.default_rng(3).uniform(0, 1, (6, 24))
    drift = np.roll(coarse, round(2 * at_s), axis=1)[:, :10]
    alpha = np.clip(cv2.resize(drift, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1) * 0.75
    return _gray(alpha * 220 + (1 - alpha) * image)


def thick_steam(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Lift the lid of a pot: a cloud over nearly everything, which billows."""
    height, width = image.shape
    clouds = np.random.default_rng(3).uniform(0, 0.5, (40, 5, 9)).astype(np.float32)
    before, after = clouds[int(at_s / 1.2) % 40], clouds[int(at_s / 1.2 + 1) % 40]
    cloud = before + (at_s / 1.2) % 1 * (after - before)
    swell = min(1.0, at_s / 2) * (0.6 + 0.4 * np.sin(0.9 * at_s))
    alpha = np.clip(np.asarray(cv2.resize(cloud, (width, height), interpolation=cv2.INTER_CUBIC)) + 0.15, 0, 1) * swell
    return _gray(alpha * 225 + (1 - alpha) * image)


def dusk(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Let the light go within some seconds: darker, a little lift of the black, more noise."""
    left = max(0.35, 1 - at_s / 12)
    return _noisy(image.astype(np.float64) * left + 8 * (1 - left), 2 + 6 * (1 - left), rng)


def passer(share: float, crossing_s: float) -> Change:
    """Let someone cross close to the lens: clothing with folds, `share` of the width."""

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        height, width = image.shape
        wide = int(share * width)
        left = int((at_s % crossing_s) / crossing_s * (width + wide)) - wide
        folds = np.random.default_rng(5).normal(0, 25, (12, 8))
        body = _gray(70 + np.asarray(cv2.resize(folds, (wide, height), interpolation=cv2.INTER_CUBIC), np.float64))
        picture = image.copy()
        begin, end = max(0, left), min(width, left + wide)
        picture[height // 10 :, begin:end] = body[height // 10 :, begin - left : end - left]
        return picture

    return apply


def standing(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Let somebody near come in, and stand before more than half of the picture; he breathes and sways."""
    height, width = image.shape
    body = np.asarray(cv2.resize(np.random.default_rng(21).normal(95, 25, (14, 12)), (width, height)), np.float32)
    outline = np.zeros((height, width), np.float32)
    cv2.ellipse(outline, (width * 3 // 10, height), (round(0.34 * width), height * 9 // 10), 0, 0, 360, 1, -1)
    away = -width * max(0.0, 1 - at_s / 1.5) + 0.004 * width * np.sin(1.1 * at_s)
    matrix = np.array([[1, 0, away], [0, 1, 0]], np.float32)
    there, shown = (cv2.warpAffine(picture, matrix, (width, height)).astype(np.float64) for picture in (outline, body))
    return _noisy(there * shown + (1 - there) * image, 1.0, rng)


def banding(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Expose shortly under lamps on 50 Hz: a third brighter and darker."""
    rows = np.arange(image.shape[0])[:, None] / image.shape[0]
    return _gray(image * (0.85 + 0.35 * np.abs(np.sin(np.pi * (3 * rows + 1.3 * at_s)))))


def infrared_and_lamp(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    return light(1.4, 25)(infrared(image, at_s, rng), at_s, rng)


def curtain(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    """Hang a cloth in a draught."""
    height, width = image.shape
    folds = np.asarray(cv2.resize(np.random.default_rng(4).normal(150, 25, (3, 9)), (width // 3, height)), np.float32)
    made, left = image.astype(np.float64), width // 5 + round(0.02 * width * np.sin(1.7 * at_s))
    made[:, left : left + width // 3] = folds
    return _noisy(made, 1.0, rng)


def shake(pixels: float) -> Change:
    """Shake the camera to and fro, by `pixels` of a picture 768 wide."""

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        away = pixels / 768
        return moved(away * np.sin(17 * at_s), away * np.cos(23 * at_s))(image, at_s, rng)

    return apply


def rain(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    picture = image.copy()
    height, width = image.shape
    for _ in range(150):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        cv2.line(picture, (x, y), (x + 2, y + height // 20), 220, 1)
    return picture


def noise(sigma: float) -> Change:
    return lambda image, at_s, rng: _noisy(image.astype(np.float64), sigma, rng)


def short_repeats() -> Change:
    """Repeat pictures as a low-noise encoder does: nothing new for 3 s, then a key frame."""
    kept: list[Gray] = []

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        if not kept or at_s == 0 or at_s % 3 < 0.05:
            kept[:] = [image.copy()]
        return kept[0]

    return apply


def wiped(seconds: float) -> Change:
    """Cover the lens by a cloth that wipes it: all is soft, and the cloth goes to and fro."""

    def apply(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        if at_s > seconds:
            return image
        soft = np.asarray(cv2.GaussianBlur(image.astype(np.float64), (0, 0), 10), np.float64)
        width = image.shape[1]
        middle = int(width * (0.5 + 0.4 * np.sin(5 * at_s)))
        columns = np.arange(max(0, middle - width // 3), min(width, middle + width // 3))
        soft[:, columns] = 150 + 20 * np.sin(columns / 9 + 9 * at_s)
        return _noisy(soft, 1.5, rng)

    return apply


def upside_down(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    return np.ascontiguousarray(image[::-1, ::-1])


def mirrored(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    return np.ascontiguousarray(image[:, ::-1])


# kind -> name -> change
TAMPERS: Mapping[str, Mapping[str, Callable[[], Change]]] = MappingProxyType(
    {
        "covered": {
            "gray": lambda: covered(60),
            "bright": lambda: covered(180),
            "dim": lambda: covered(38),
            "folds": lambda: covered(90, 20),
            "90 %": lambda: covered_partly(0.9),
            "spray": lambda: sprayed,
        },
        "defocused": {f"sigma {sigma}": partial(blurred, sigma) for sigma in (3, 4, 6, 9, 14)},
        "dark": {
            "gain 0.15": lambda: dark(0.15),
            "gain 0.08": lambda: dark(0.08, 16),
            "gain 0.03": lambda: dark(0.03, 8),
            "black": lambda: dark(0.0, 4),
        },
        "frozen": {"": frozen},
        "moved": {
            "pan 5 %": lambda: moved(0.05),
            "pan 15 %": lambda: moved(0.15),
            "pan 40 %": lambda: moved(0.4),
            "tilt 8 %": lambda: moved(0, 0.08),
            "turn 6 degrees": lambda: moved(degrees=6),
            "turn 20 degrees": lambda: moved(degrees=20),
            "zoom 1.3": lambda: moved(zoom=1.3),
            "upside down": lambda: upside_down,
            "pan, turn": lambda: moved(-0.2, 0.05, 8),
        },
    }
)
# Those that are told only once they have lasted, for 6 s.
SLOW_TAMPERS: Mapping[str, Mapping[str, Callable[[], Change]]] = MappingProxyType(
    {
        "defocused": {
            "haze 30 %": lambda: haze(0.3),
            "haze 50 %": lambda: haze(0.5),
            "haze 70 %": lambda: haze(0.7),
            "grease": lambda: grease(0.5),
            "sigma 1.5": lambda: blurred(1.5),
            "sigma 2": lambda: blurred(2),
        },
        "moved": {"mirrored": lambda: mirrored},
    }
)
NUISANCES: Mapping[str, Callable[[], Change]] = MappingProxyType(
    {
        "wiping 4 s": lambda: wiped(4.0),
        "wiping 8 s": lambda: wiped(8.0),
        "brighter": lambda: light(1.5),
        "much brighter": lambda: light(1.6, 60),
        "dimmer": lambda: light(0.45),
        "infra-red": lambda: infrared,
        "infra-red, lamp": lambda: infrared_and_lamp,
        "flicker 50 Hz": lambda: flicker,
        "banding": lambda: banding,
        "exposure hunts": lambda: exposure,
        "steam": lambda: steam,
        "thick steam": lambda: thick_steam,
        "dusk": lambda: dusk,
        "passer 45 %": lambda: passer(0.45, 3),
        "passer 70 %": lambda: passer(0.7, 4),
        "passer 60 %, slow": lambda: passer(0.6, 8),
        "somebody stands": lambda: standing,
        "curtain": lambda: curtain,
        "shake 3 px": lambda: shake(3),
        "shake 8 px": lambda: shake(8),
        "rain": lambda: rain,
        "noise": lambda: noise(10),
        "short repeats": short_repeats,
    }
)
