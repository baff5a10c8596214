"""The faults before a camera, and their looks. Pure: a picture in, a picture out."""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from shian.demo.scenes.kitchen import Picture


class What(StrEnum):
    """The kinds of faults, as in wire.cameras.CameraKind, which names them for the truth file."""

    COVERED = "covered"
    DARK = "dark"
    DEFOCUSED = "defocused"
    MOVED = "moved"
    FROZEN = "frozen"
    UNATTENDED = "unattended"
    RODENT = "rodent"


@dataclass(frozen=True, slots=True)
class Happening:
    what: What
    since_s: float
    until_s: float

    def is_at(self, at_s: float) -> bool:
        return self.since_s <= at_s < self.until_s

    def part(self, at_s: float) -> float:
        return (at_s - self.since_s) / (self.until_s - self.since_s)


def tampered(picture: Picture, happening: Happening, at_s: float) -> Picture:
    """Return `picture` with the effect of `happening` on the camera at that time."""
    onset = min(1.0, (at_s - happening.since_s) / 0.4, (happening.until_s - at_s) / 0.4)
    match happening.what:
        case What.DARK:
            return np.asarray(cv2.convertScaleAbs(picture, alpha=0.07, beta=3), np.uint8)
        case What.DEFOCUSED:
            return _defocused(picture, onset)
        case What.MOVED:
            return _moved(picture, onset)
        case What.COVERED:
            return _covered(picture, onset, at_s)
        case _:
            return picture


def _defocused(picture: Picture, onset: float) -> Picture:
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 0.4 + 2.4 * onset * width / 640)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _moved(picture: Picture, onset: float) -> Picture:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 9 * onset, 1 + 0.12 * onset)
    turn[:, 2] += (0.2 * width * onset, -0.1 * height * onset)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def _covered(picture: Picture, onset: float, at_s: float) -> Picture:
    """Draw a cloth that slides over the lens, too near to be sharp."""
    height, width = picture.shape[:2]
    down = np.linspace(0, 1, 45)[:, None]
    across = np.linspace(0, 1, 80)[None, :]
    folds = 78 + 16 * np.sin(5 * across + 2 * down + 0.15 * at_s) + 22 * down
    cloth = (folds[..., None] * np.array([0.75, 0.86, 1.0])).astype(np.uint8)
    edge = round(height * onset)
    covered = picture.copy()
    covered[:edge] = cv2.resize(cloth, (width, height))[:edge]
    return covered


def rodent(picture: Picture, happening: Happening, at_s: float, scale: float) -> None:
    """Draw a rodent into the picture: it runs along the foot of the counter and across the floor, with pauses."""
    way = 0.5 - 0.5 * math.cos(math.pi * 3 * happening.part(at_s))
    step = math.floor(way * 9) / 9
    way = step + min(1 / 9, (way - step) * 2.2)  # it runs, stops, and runs again
    x, y = 60 + 520 * way, 318 + 16 * math.sin(7 * way)
    at = round(x * scale), round(y * scale)
    cv2.ellipse(picture, at, (round(8 * scale), round(4 * scale)), 0, 0, 360, (34, 36, 40), -1, cv2.LINE_AA)
    cv2.circle(picture, (round((x + 8) * scale), at[1]), round(3 * scale), (38, 40, 44), -1, cv2.LINE_AA)
    tail = round((x - 20) * scale), round((y + 2 + 2 * math.sin(30 * way)) * scale)
    cv2.line(picture, at, tail, (46, 48, 52), max(1, round(scale)), cv2.LINE_AA)
