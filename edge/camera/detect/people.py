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
    """`sure`: large enough to be counted on; `small`: there may be somebody, and as well others that were missed."""

    sure: tuple[Box, ...]
    small: tuple[Box, ...]


class PeopleFinder:
    """Looks once at each part of a picture, however many rules ask."""

    def __init__(self, detector: Detector, score: float) -> None:
        self._detector = detector
        self._score = score

    def find(self, image: Bgr, regions: Sequence[Region]) -> dict[str, People]:
        """By the region's name."""
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
        """The boxes in pixels of `image`, and the height of what the detector saw."""
        height, width = image.shape[:2]
        left, top, right, bottom = crop or (0.0, 0.0, 1.0, 1.0)
        part, across, down = cut(image, left * width, top * height, right * width, bottom * height)
        people = [it for it in self._detector.detect(part) if it.label == PERSON and it.score >= self._score]
        return moved(people, across, down), part.shape[0]


def head_of(person: Box) -> Box:
    """A square about the head, larger than it: the upper third of somebody who stands, the whole width of a bust.

    What is taught and what is judged are cut by this same rule."""
    side = min(max(person.width, person.height / 3), person.height) * 1.1
    left = person.left + person.width / 2 - side / 2
    return Box("head", person.score, left, person.top - side * 0.08, side, side)


def head_crop(image: Bgr, person: Box) -> tuple[Bgr, int, int]:
    """The picture of the head, and where it begins in `image`."""
    head = head_of(person)
    return cut(image, head.left, head.top, head.left + head.width, head.top + head.height)
