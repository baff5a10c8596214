"""Chooses the parts of a picture at which a detector looks closely: small people fill them. Pure."""

from collections.abc import Sequence
from itertools import cycle, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.view import Box, Gray

MOST = 2  # parts of one look: each is a run of the detector
_LEAST_PIXELS = 3
_LEAST, _LARGEST = 0.28, 0.7  # of the picture's height
_ROOM_MOVED, _ROOM_PERSON = 1.5, 2.5  # times what is looked at

Part = tuple[float, float, float, float]  # left, top, right, bottom, as shares
_Place = tuple[float, float, float, float]  # the middle and the size, in pixels


class Tiles:
    """The closer looks of one camera. Places and people take turns, so that each gets one soon."""

    def __init__(self) -> None:
        self._turn = 0

    def choose(self, moves: Gray, just_moved: Gray, people: Sequence[Box]) -> list[Part]:
        """Return at most MOST parts.

        `moves`: where something moves now. `just_moved`: where the picture differs from the last one. `people`: those
        who are known and followed, as shares; the first part is for them."""
        height, width = moves.shape
        known = [part for one in people if (part := _part(_place_of(one, width, height), _ROOM_PERSON, width, height))]
        parts = _turned(known, self._turn)[:1]
        others = [
            place for place in _moved_places(moves, just_moved) if not any(_holds(one, place, moves) for one in parts)
        ]
        moved = [part for place in others if (part := _part(place, _ROOM_MOVED, width, height))]
        parts += _turned(moved, self._turn)[: MOST - len(parts)]
        parts += [part for part in _turned(known, self._turn)[1:] if part not in parts][: MOST - len(parts)]
        self._turn += 1
        return parts


def part_about(person: Box, width: int, height: int) -> Part | None:
    """Return the part about a person, in pixels of a picture of that size; None: the whole picture shows him well."""
    place = person.left + person.width / 2, person.top + person.height / 2, person.width, person.height
    return _part(place, _ROOM_PERSON, width, height)


def _moved_places(moves: Gray, just_moved: Gray) -> list[_Place]:
    """Return where something moves, the largest first. Whoever walks leaves a wake: of a long one, only where the
    picture has just changed."""
    joined = cv2.dilate(moves, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    places = []
    for label in sorted(range(1, count), key=lambda at: -int(stats[at, cv2.CC_STAT_AREA])):
        left, top, across, down = (int(stats[label, at]) for at in range(4))
        part = np.s_[top : top + down, left : left + across]
        here = labels[part] == label
        if np.count_nonzero(moves[part][here]) < _LEAST_PIXELS:
            continue
        place = left + across / 2, top + down / 2, float(across), float(down)
        if _ROOM_MOVED * max(across, down) > _LEAST * moves.shape[0]:
            place = _narrowed(just_moved[part].astype(bool) & here, left, top) or place
        places.append(place)
    return places


def _narrowed(just: NDArray[np.bool_], left: int, top: int) -> _Place | None:
    down, across = np.nonzero(just)
    if down.size < _LEAST_PIXELS:
        return None
    # Without what is farthest out: one pixel of noise must not make it large.
    (x1, x2), (y1, y2) = np.percentile(across, (5, 95)), np.percentile(down, (5, 95))
    return left + (x1 + x2 + 1) / 2, top + (y1 + y2 + 1) / 2, x2 - x1 + 1, y2 - y1 + 1


def _place_of(person: Box, width: int, height: int) -> _Place:
    across, down = person.width * width, person.height * height
    return person.left * width + across / 2, person.top * height + down / 2, across, down


def _part(place: _Place, room: float, width: int, height: int) -> Part | None:
    """Return a square about a place; None: it is so large that the whole picture shows it well."""
    x, y, across, down = place
    side = max(_LEAST * height, room * max(across, down))
    if side > _LARGEST * height:
        return None
    x1, y1 = min(max(0.0, x - side / 2), width - side), min(max(0.0, y - side / 2), height - side)
    return x1 / width, y1 / height, (x1 + side) / width, (y1 + side) / height


def _holds(part: Part, place: _Place, like: Gray) -> bool:
    height, width = like.shape
    x, y = float(place[0] / width), float(place[1] / height)
    return part[0] <= x <= part[2] and part[1] <= y <= part[3]


def _turned(parts: Sequence[Part], turn: int) -> list[Part]:
    return list(islice(cycle(parts), turn % len(parts), turn % len(parts) + len(parts))) if parts else []
