"""A detector without a model: it finds what has a colour of its own."""

from collections.abc import Mapping, Sequence

import cv2

from edge.camera.view import Bgr, Box

Colour = tuple[int, int, int]  # blue, green, red


class ColourDetector:
    """A box about all pixels of exactly that colour, a label a colour. `scores`: 0.9 where none is given."""

    def __init__(self, colours: Mapping[str, Colour], scores: Mapping[str, float] | None = None) -> None:
        self._colours = dict(colours)
        self._scores = dict(scores or {})
        self.sizes: list[tuple[int, int]] = []  # of what it was given
        self.blind = False  # it finds nothing

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._colours)

    def detect(self, image: Bgr) -> Sequence[Box]:
        if image.ndim != 3 or min(image.shape[:2]) < 2:
            return []
        self.sizes.append((image.shape[0], image.shape[1]))
        if self.blind:
            return []
        found = [box for label, colour in self._colours.items() if (box := self._find(image, label, colour))]
        return sorted(found, key=lambda detection: -detection.score)

    def _find(self, image: Bgr, label: str, colour: Colour) -> Box | None:
        left, top, width, height = cv2.boundingRect(cv2.inRange(image, colour, colour))
        if not width:
            return None
        return Box(label, self._scores.get(label, 0.9), left, top, width, height)
