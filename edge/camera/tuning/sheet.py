"""Draws the pictures of a trial on one sheet: the time of each, zones, masks, and the events under way.

Its words are kinds and the names of zones, which are ASCII: OpenCV has no other letters."""

from collections.abc import Sequence

import cv2
import numpy as np

from edge.camera.areas import area
from edge.camera.settings import CameraSettings
from edge.camera.tuning.album import WIDTH, Shown
from edge.camera.tuning.colours import Colour, colour_of
from edge.camera.tuning.wording import named
from edge.camera.view import Bgr

_COLUMNS = 3
_BAR = 24  # above each picture
_GAP = 6
_HEAD = 34
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_GROUND = 28
_WHITE: Colour = (235, 235, 235)
_ZONE: Colour = (70, 150, 255)


def make_sheet(pictures: Sequence[Shown], camera: CameraSettings, title: str) -> Bgr:
    """Return the sheet of at least one picture: height x 3 columns of WIDTH. Masks are black, hatched at their
    edges."""
    cell = max(shown.image.shape[0] for shown in pictures)
    # Rounded up by floor division of the negative.
    rows = -(-len(pictures) // _COLUMNS)
    step = _BAR + cell + _GAP
    sheet = np.full((_HEAD + rows * step, _COLUMNS * (WIDTH + _GAP) + _GAP, 3), _GROUND, np.uint8)
    _write(sheet, title, (_GAP, 23), _WHITE, 0.55)
    for number, shown in enumerate(pictures):
        top, left = _HEAD + number // _COLUMNS * step, _GAP + number % _COLUMNS * (WIDTH + _GAP)
        image = _drawn(shown, camera)
        height, width = image.shape[:2]
        sheet[top + _BAR : top + _BAR + height, left : left + width] = image
        _label(sheet[top : top + _BAR, left : left + WIDTH], shown)
        if shown.events:
            corner = (left + width - 1, top + _BAR + height - 1)
            cv2.rectangle(sheet, (left, top + _BAR), corner, _bgr(colour_of(shown.events[0][0])), 3)
    return sheet


def _label(bar: Bgr, shown: Shown) -> None:
    _write(bar, f"{shown.at_s:.1f} s", (2, 17), _WHITE, 0.5)
    left = 96
    for kind, zone in shown.events:
        left += _write(bar, named(kind, zone), (left, 17), colour_of(kind), 0.5) + 12


def _drawn(shown: Shown, camera: CameraSettings) -> Bgr:
    image: Bgr = shown.image.copy()
    height, width = image.shape[:2]
    masked = area(camera.mask, height, width) > 0
    image[masked] = 0
    stripes = np.indices((height, width)).sum(axis=0) % 16 < 2
    image[masked & stripes] = 70
    for zone in camera.zone:
        kinds = [kind for kind, name in shown.events if name == zone.name]
        colour = colour_of(kinds[0]) if kinds else _ZONE
        corners = np.array([(x * (width - 1), y * (height - 1)) for x, y in zone.polygon]).round().astype(np.int32)
        cv2.polylines(image, [corners], True, _bgr(colour), 2, cv2.LINE_AA)
        left, top = corners.min(axis=0)
        _write(image, zone.name, (int(left) + 4, min(int(top) + 16, height - 4)), colour, 0.45)
    return image


def _write(image: Bgr, text: str, at: tuple[int, int], colour: Colour, scale: float) -> int:
    """Write `text` on a dark ground, so that it can be read on any picture. Returns its width."""
    left, bottom = at
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    cv2.rectangle(image, (left - 2, bottom - height - 2), (left + width + 2, bottom + below), (_GROUND,) * 3, -1)
    cv2.putText(image, text, at, _FONT, scale, _bgr(colour), 1, cv2.LINE_AA)
    return width


def _bgr(colour: Colour) -> Colour:
    return colour[2], colour[1], colour[0]
