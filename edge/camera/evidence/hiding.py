"""Makes what must not be seen unrecognisable, in the pixels. Every function writes into the picture that it is given.

With a face detector: each face that it finds, with a margin, and the upper part of each person that a rule's detector
found (a face that looks away or is half covered escapes a face detector more easily than a person does). Without one
nothing can be said about where faces are, so the whole picture is made coarse: 96 pixels wide, in which a face that
takes a tenth of the picture's width is ten pixels across.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from edge.camera.detect.contract import Detector
from edge.camera.settings import Polygon
from edge.camera.view import Bgr, Box

COARSE_WIDTH = 96
_CELLS = 6  # a face is shown as 6 x 6 cells
_MARGIN = 0.3
# How much of a box, from its top, shows a head.
_HEAD = {"person": 0.4, "face": 1.0, "mask": 1.0, "no_mask": 1.0}


@dataclass(frozen=True, slots=True)
class Hiding:
    """What one camera hides. `hides_faces` without `faces`: the whole picture becomes coarse."""

    masks: tuple[Polygon, ...] = ()
    hides_faces: bool = False
    faces: Detector | None = None

    @property
    def is_needed(self) -> bool:
        return bool(self.masks) or self.hides_faces

    def find(self, image: Bgr) -> list[Box]:
        """The faces in `image`, in its pixels."""
        return list(self.faces.detect(image)) if self.hides_faces and self.faces else []

    def apply(self, image: Bgr, boxes: Iterable[Box]) -> None:
        """`boxes`: of faces and persons, in pixels of `image`."""
        if self.hides_faces and self.faces is None:
            _make_coarse(image)
        elif self.hides_faces:
            for box in boxes:
                _blur(image, box)
        for polygon in self.masks:
            _blacken(image, polygon)


def scaled(boxes: Sequence[Box], factor: float) -> list[Box]:
    return [
        Box(it.label, it.score, it.left * factor, it.top * factor, it.width * factor, it.height * factor)
        for it in boxes
    ]


def _make_coarse(image: Bgr) -> None:
    height, width = image.shape[:2]
    small = (min(width, COARSE_WIDTH), max(1, min(height, round(height * COARSE_WIDTH / width))))
    few = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    image[:] = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)


def _blur(image: Bgr, box: Box) -> None:
    share = _HEAD.get(box.label)
    if share is None:
        return
    height, width = image.shape[:2]
    wide, tall = box.width * _MARGIN, box.height * share * _MARGIN
    left, right = (_within(it, width) for it in (box.left - wide, box.left + box.width + wide))
    top, bottom = (_within(it, height) for it in (box.top - tall, box.top + box.height * share + tall))
    part = image[top:bottom, left:right]
    if part.size:
        few = cv2.resize(part, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)


def _within(value: float, most: int) -> int:
    return min(max(round(value), 0), most)


def _blacken(image: Bgr, polygon: Polygon) -> None:
    height, width = image.shape[:2]
    corners = np.array([[round(x * width), round(y * height)] for x, y in polygon], np.int32)
    cv2.fillPoly(image, [corners], (0, 0, 0))
