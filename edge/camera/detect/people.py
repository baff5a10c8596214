"""People in a region of a picture, and their heads."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.camera.detect.contract import Detector
from edge.camera.detect.regions import Region, cut, moved
from edge.camera.view import Bgr, Box

PERSON = "person"
# Measured: FastestDet finds people of 100 px in a picture of 720 px reliably, smaller ones not.
_LEAST_SHARE = 100 / 720


@dataclass(frozen=True, slots=True)
class People:
    """The people found in a region. `sure`: large enough to rely on; `small`: there may be somebody, and others may
    have been missed."""

    sure: tuple[Box, ...]
    small: tuple[Box, ...]


class PeopleFinder:
    """A finder of people. It looks only once at each part of a picture, however many rules ask."""

    def __init__(self, detector: Detector, score: float) -> None:
        self._detector = detector
        self._score = score

    def find(self, image: Bgr, regions: Sequence[Region]) -> dict[str, People]:
        """Return the people of each region, by the region's name."""
        looks: dict[tuple[float, float, float, float] | None, tuple[list[Box], int]] = {}
        found = {}
        height, width = image.shape[:2]
        for region in regions:
            crop = region.crop
            if crop not in looks:
                looks[crop] = self._look(image, crop)
            boxes, seen_height = looks[crop]
            here = [box for box in boxes if region.has(box, width, height)]
            floor = _LEAST_SHARE * seen_height
            found[region.name] = People(
                tuple(box for box in here if box.height >= floor), tuple(box for box in here if box.height < floor)
            )
        return found

    def _look(self, image: Bgr, crop: tuple[float, float, float, float] | None) -> tuple[list[Box], int]:
        """Return the boxes in pixels of `image`, and the height of the part that the detector saw."""
        height, width = image.shape[:2]
        left, top, right, bottom = crop or (0.0, 0.0, 1.0, 1.0)
        part, across, down = cut(image, left * width, top * height, right * width, bottom * height)
        people = [box for box in self._detector.detect(part) if box.label == PERSON and box.score >= self._score]
        return moved(people, across, down), part.shape[0]


def head_of(person: Box) -> Box:
    """Return a square around the head, larger than it: the upper third of a standing person, the whole width of a bust.

    The crops for teaching and those for judging are cut by this same rule."""
    side = min(max(person.width, person.height / 3), person.height) * 1.1
    left = person.left + person.width / 2 - side / 2
    return Box("head", person.score, left, person.top - side * 0.08, side, side)


def head_crop(image: Bgr, person: Box) -> tuple[Bgr, int, int]:
    """Return the picture of the head, and its place in `image`."""
    head = head_of(person)
    return cut(image, head.left, head.top, head.left + head.width, head.top + head.height)
