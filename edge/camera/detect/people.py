"""People in a region of a picture, and their heads."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.camera.detect.contract import Detector
from edge.camera.detect.life import Being, Life
from edge.camera.detect.regions import Region, cut, moved
from edge.camera.detect.tiles import MOST, Part, part_about
from edge.camera.view import Bgr, Box, Gray

PERSON = "person"
# Measured: FastestDet finds people of 100 px in a picture of 720 px reliably, smaller ones not.
_LEAST_SHARE = 100 / 720
# Of the whole picture's height: whoever moves is looked at closely, and found down to this size.
_LEAST_ALIVE = 30 / 432
_CLOSE_SCORE = 0.4  # of a close look, which shows less of the surroundings
_WITHIN = 0.7  # of the smaller of two boxes
_MISSED = 3  # looks at the place of somebody who is not found there any more


@dataclass(frozen=True, slots=True)
class People:
    """The people found in a region. `sure`: large enough to rely on; `small`: there may be somebody, and others may
    have been missed. `held`: those who were sure a moment ago, are not found now, and are still seen to be there."""

    sure: tuple[Box, ...]
    small: tuple[Box, ...]
    held: tuple[Box, ...] = ()

    @property
    def there(self) -> tuple[Box, ...]:
        """Return everybody who is surely there; the boxes of the held ones are less exact."""
        return (*self.sure, *self.held)


class PeopleFinder:
    """A finder of people. It looks only once at each part of a picture, however many rules ask.

    With `life` it looks closely at what moves, and leaves out things that look like people
    (edge.camera.detect.life). It must then be shown every look before it is asked."""

    def __init__(self, detector: Detector, score: float, life: Life | None = None) -> None:
        self._detector = detector
        self._score = score
        self._life = life
        self._places: list[tuple[Box, int]] = []  # of those who were sure, and how often they were missed there

    def see(self, gray: Gray, at_s: float) -> None:
        """Take the picture of a look, `life.WIDTH` wide."""
        if self._life is not None:
            self._life.see(gray, at_s)

    def find(self, image: Bgr, regions: Sequence[Region]) -> dict[str, People]:
        """Return the people of each region, by the region's name."""
        looks: dict[tuple[float, float, float, float] | None, tuple[list[Box], int]] = {}
        found = {}
        height, width = image.shape[:2]
        close = self._look_closely(image) if regions else []
        for region in regions:
            crop = region.crop
            if crop not in looks:
                looks[crop] = self._look(image, crop)
            boxes, seen_height = looks[crop]
            here = [box for box in boxes if region.has(box, width, height)]
            floor = _LEAST_SHARE * seen_height
            if self._life is None:
                found[region.name] = People(
                    tuple(box for box in here if box.height >= floor), tuple(box for box in here if box.height < floor)
                )
                continue
            here += [box for box in close if region.has(box, width, height)]
            found[region.name] = _living(self._life, here, min(floor, _LEAST_ALIVE * height), (width, height))
        for region in regions if self._life is not None else ():
            found[region.name] = self._with_held(found[region.name], region, (width, height))
        self._remember([box for people in found.values() for box in people.sure])
        return found

    def _remember(self, sure: Sequence[Box]) -> None:
        missed = [
            (box, times + 1)
            for box, times in self._places
            if times < _MISSED and not any(_share_in(box, one) >= _WITHIN for one in sure)
        ]
        self._places = [*((box, 0) for box in sure), *missed]

    def _with_held(self, people: People, region: Region, size: tuple[int, int]) -> People:
        """Add who was found a moment ago and is followed. After all regions were judged: another may have found him."""
        assert self._life is not None
        held = [box for box in self._life.held(*size) if region.has(box, *size)]
        held = [box for box in held if not any(_share_in(box, one) >= _WITHIN for one in people.sure)]
        small = tuple(box for box in people.small if not any(_share_in(box, one) >= _WITHIN for one in held))
        return People(people.sure, small, tuple(held))

    def _look_closely(self, image: Bgr) -> list[Box]:
        """Return the people where something small moves, and where somebody small was, in pixels of `image`."""
        if self._life is None:
            return []
        height, width = image.shape[:2]
        parts = self._life.crops()
        for place, _ in self._places:
            # Who stands still and turned round is not followed, and nothing moves there.
            part = part_about(place, width, height) if len(parts) < MOST else None
            if part and not any(_share_in(place, _box_of(one, width, height)) >= _WITHIN for one in parts):
                parts = [*parts, part]
        found: list[Box] = []
        for part in parts:
            boxes, seen_height = self._look(image, part)
            found += [
                box
                for box in boxes
                if (box.score >= _CLOSE_SCORE or self._knows(box, image)) and box.height >= _LEAST_SHARE * seen_height
            ]
        return found

    def _knows(self, box: Box, image: Bgr) -> bool:
        return self._life is not None and self._life.knows(box, image.shape[1], image.shape[0])

    def _look(self, image: Bgr, crop: tuple[float, float, float, float] | None) -> tuple[list[Box], int]:
        """Return the boxes in pixels of `image`, and the height of the part that the detector saw."""
        height, width = image.shape[:2]
        left, top, right, bottom = crop or (0.0, 0.0, 1.0, 1.0)
        part, across, down = cut(image, left * width, top * height, right * width, bottom * height)
        people = [box for box in self._detector.detect(part) if box.label == PERSON and box.score >= self._score]
        return moved(people, across, down), part.shape[0]


def _box_of(part: Part, width: int, height: int) -> Box:
    left, top, right, bottom = part
    return Box(PERSON, 1.0, left * width, top * height, (right - left) * width, (bottom - top) * height)


def _share_in(one: Box, other: Box) -> float:
    """Return the share of the smaller of two boxes that lies in the other one."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, across) * max(0.0, down) / smaller if smaller else 0.0


def _living(life: Life, boxes: Sequence[Box], floor: float, size: tuple[int, int]) -> People:
    """Return the boxes that are people, each person once, however many looks show him, whole or in part: the surest
    first. Who may be one, or is too small to be sure of, is small. A thing hides nobody who stands before it."""
    told: list[tuple[Box, Being]] = []
    for box in sorted(boxes, key=lambda one: -one.score):
        if not any(_share_in(box, one) >= _WITHIN for one, being in told if being is not Being.THING):
            told += zip([box], life.judge([box], *size), strict=True)
    sure = [box for box, being in told if being is Being.SOMEBODY and box.height >= floor]
    small = [box for box, being in told if being is not Being.THING and box not in sure]
    return People(tuple(sure), tuple(small))


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
