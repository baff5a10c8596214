"""The regions in which people are looked for, the whole picture or a zone, and the crop of each for the detector.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge.camera.view import Bgr, Box

_SMALL = 0.5  # a zone whose surroundings fill less of the picture is given to the detector as a crop
_MARGIN = 0.15  # of the zone's size, on each side: a person at its edge is seen whole

Corners = tuple[tuple[float, float], ...]  # shares of the width and the height


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture. `name` "" is the whole picture, without corners."""

    name: str
    corners: Corners = ()

    @property
    def crop(self) -> tuple[float, float, float, float] | None:
        """Return left, top, right, bottom as shares; None: the whole picture."""
        if not self.corners:
            return None
        points = np.asarray(self.corners)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = (high - low) * _MARGIN
        low, high = np.clip(low - margin, 0, 1), np.clip(high + margin, 0, 1)
        if np.prod(high - low) >= _SMALL:
            return None
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def has(self, box: Box, width: int, height: int) -> bool:
        """Tell whether the middle of `box`, in pixels of a picture of that size, lies within (even-odd rule)."""
        if not self.corners:
            return True
        across, down = (box.left + box.width / 2) / width, (box.top + box.height / 2) / height
        is_in = False
        for (x1, y1), (x2, y2) in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            if (y1 > down) != (y2 > down) and across < (x2 - x1) * (down - y1) / (y2 - y1) + x1:
                is_in = not is_in
        return is_in


def cut(image: Bgr, left: float, top: float, right: float, bottom: float) -> tuple[Bgr, int, int]:
    """Return the part of `image` between these pixels, as far as it has them, and its place."""
    height, width = image.shape[:2]
    x1, y1 = max(0, round(left)), max(0, round(top))
    x2, y2 = min(width, round(right)), min(height, round(bottom))
    return image[y1 : max(y1, y2), x1 : max(x1, x2)], x1, y1


def moved(boxes: Sequence[Box], across: float, down: float) -> list[Box]:
    return [replace(box, left=box.left + across, top=box.top + down) for box in boxes]


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (one.width * one.height + other.width * other.height - shared)
