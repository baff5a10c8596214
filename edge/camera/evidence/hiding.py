"""Makes what must not be seen unrecognisable, in the pixels: of a picture, or of the planes of a decoded one, which
spares a clip the way to BGR and back. Every function writes into its argument.

With a face detector, two things are hidden: each face that it finds, with a margin, and the upper part of each person
that a rule's detector found. (A face that looks away or is half covered escapes a face detector more easily than a
person does.) Without a face detector nobody can say where faces are, so the whole picture is made coarse: 96 pixels
wide, in which a face that takes a tenth of the picture's width is ten pixels across."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.detect.contract import Detector
from edge.camera.settings import Polygon
from edge.camera.view import Bgr, Box

Pixels = NDArray[np.uint8]
# Y, U and V of a picture with even sides, U and V half as wide and tall; limited range (black is 16, 128, 128).
Planes = tuple[Pixels, Pixels, Pixels]
Region = tuple[int, int, int, int]  # left, top, right, bottom: pixels, the last two outside

COARSE_WIDTH = 96
_BLACK = (16, 128, 128)
_CELLS = 6  # a face is shown as 6 x 6 cells
_MARGIN = 0.3
# How much of a box, from its top, shows a head.
_HEAD = {"person": 0.4, "face": 1.0, "mask": 1.0, "no_mask": 1.0}


@dataclass(frozen=True, slots=True)
class Hiding:
    """The rules of one camera for hiding. `hides_faces` without `faces`: the whole picture becomes coarse."""

    masks: tuple[Polygon, ...] = ()
    hides_faces: bool = False
    faces: Detector | None = None

    @property
    def is_needed(self) -> bool:
        return bool(self.masks) or self.hides_faces

    @property
    def looks(self) -> bool:
        """Tell whether `find` looks for anything."""
        return self.hides_faces and self.faces is not None

    def find(self, image: Bgr) -> list[Box]:
        """Return the faces in `image`, in its pixels."""
        return list(self.faces.detect(image)) if self.hides_faces and self.faces else []

    def apply(self, image: Bgr, boxes: Iterable[Box]) -> None:
        """Hide the masks and `boxes` in `image`. `boxes`: faces and persons, in pixels of `image`."""
        self._apply((image,), (0,), boxes)

    def apply_to_planes(self, planes: Planes, boxes: Iterable[Box]) -> None:
        """Hide the masks and `boxes` in the planes of a picture. `boxes` are in pixels of the first plane."""
        self._apply(planes, _BLACK, boxes)

    def _apply(self, parts: Sequence[Pixels], black: Sequence[int], boxes: Iterable[Box]) -> None:
        height, width = parts[0].shape[:2]
        if self.hides_faces and self.faces is None:
            for part in parts:
                _make_coarse(part, COARSE_WIDTH * part.shape[1] // width)
        elif self.hides_faces:
            for region in filter(None, (_region(box, width, height) for box in boxes)):
                for part in parts:
                    _blur(part, region, width // part.shape[1])
        if self.masks:
            for part, value in zip(parts, black, strict=True):
                part[_masked(self.masks, width, height, width // part.shape[1])] = value


def scaled(boxes: Sequence[Box], factor: float) -> list[Box]:
    return [
        Box(box.label, box.score, box.left * factor, box.top * factor, box.width * factor, box.height * factor)
        for box in boxes
    ]


def _make_coarse(part: Pixels, few_wide: int) -> None:
    height, width = part.shape[:2]
    small = (min(width, few_wide), max(1, min(height, round(height * few_wide / width))))
    few = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    part[:] = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)


def _region(box: Box, width: int, height: int) -> Region | None:
    """Return the region to blur for `box`, with its margin; None: it shows no head, or lies outside."""
    share = _HEAD.get(box.label)
    if share is None:
        return None
    wide, tall = box.width * _MARGIN, box.height * share * _MARGIN
    left, right = (_within(side, width) for side in (box.left - wide, box.left + box.width + wide))
    top, bottom = (_within(side, height) for side in (box.top - tall, box.top + box.height * share + tall))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _blur(part: Pixels, region: Region, step: int) -> None:
    """Blur a region in `part`, including every pixel that it touches.

    `step`: the number of pixels of the picture that one pixel of `part` stands for, each way."""
    left, top = region[0] // step, region[1] // step
    right, bottom = -(-region[2] // step), -(-region[3] // step)
    seen = part[top:bottom, left:right]
    few = cv2.resize(seen, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    seen[:] = cv2.resize(few, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)


def _within(value: float, most: int) -> int:
    return min(max(round(value), 0), most)


@lru_cache(maxsize=64)
def _masked(masks: tuple[Polygon, ...], width: int, height: int, step: int) -> NDArray[np.bool_]:
    """Return, for each pixel of a part, whether it touches one of the polygons."""
    inside = np.zeros((height, width), np.uint8)
    for polygon in masks:
        cv2.fillPoly(inside, [np.array([[round(x * width), round(y * height)] for x, y in polygon], np.int32)], (1,))
    return np.asarray(inside.reshape(height // step, step, width // step, step).any(axis=(1, 3)), np.bool_)
