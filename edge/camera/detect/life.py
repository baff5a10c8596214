"""Remembers where something has moved, to tell people from things that look like them. Pure.

A detector takes a bottle, a coat or a poster for a person, as surely as a person. A person came by himself and never
stands quite still; a thing does neither."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.detect.regions import overlap
from edge.camera.detect.tiles import Part, Tiles
from edge.camera.view import Box, Gray

WIDTH = 160  # of the picture that is compared
_STEP = 7  # levels, after smoothing: noise and mending stay below
_RECENT_S = 1.0  # the age of the picture that is compared with
_LIGHT = 0.5  # of the picture: more than people change at once
_LATELY_S = 8.0
_ALIVE = 0.06  # of a box that moved lately: somebody
_STIRS = 0.004  # of the box of somebody who was alive: still somebody
_SHOWS_THROUGH = 0.55
_DOUBTED = 0.45  # a newcomer through whom so much shows must be found twice
_USUAL_S = 30.0
_KEPT_S = 45.0  # without a stir
_SAME = 0.4  # overlap
_LIKE = 0.85  # a thing that looks as it did has only been passed
_LOOK = (10, 20)
_RIM = 0.15  # of its size: a plain coat has no other edge
_FORGOTTEN_S, _MOST_THINGS = 3600.0, 64
_UNSEEN_S = 35.0  # longer than a detector that has nothing to do waits between two looks
_CROP_S = 0.5
_HELD_S = 3.0  # after the detector found somebody, who is followed meanwhile
_STRIDE = 0.35  # of the height, from look to look
_FOUND_AGAIN = 0.5  # likeness
_PACE = 1.2  # heights a second


class Being(StrEnum):
    """The nature of what looks like a person. `unknown`: it has not moved, and was not there for long."""

    SOMEBODY = "somebody"
    THING = "thing"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class _Somebody:
    """A person who was alive: the place, as shares, when the detector found him and when something there last moved.
    `look`: the picture of him, by which he is followed; None: he was lost. `doubted`: he may be a reflection."""

    box: Box
    seen_s: float
    stirred_s: float
    look: NDArray[np.float32] | None = None
    doubted: bool = False


@dataclass(slots=True)
class Thing:
    """A thing that looks like a person and has never moved by itself: its place, as shares, its look (small, of one
    size), when it was last seen."""

    box: Box
    look: NDArray[np.float32]
    seen_s: float


class Life:
    """The movement before one camera, and the people whom it has shown to be alive. Shown every look. `things`: those
    that are known before, from a calibration."""

    def __init__(self, things: Sequence[Thing] = ()) -> None:
        self._recent: NDArray[np.float32] | None = None
        self._usual: NDArray[np.float32] | None = None
        self._moved_s: NDArray[np.float64] = np.zeros((1, 1))
        self._at_s = float("-inf")
        self._begun_s = 0.0
        self._picture: NDArray[np.float32] | None = None
        self._alive: list[_Somebody] = []
        self._known = tuple(things)
        self._things: list[Thing] = []
        self._just: NDArray[np.bool_] = np.zeros((1, 1), bool)
        self._tiles = Tiles()

    def see(self, gray: Gray, at_s: float) -> None:
        """Take the picture of a look, WIDTH wide."""
        picture = cv2.GaussianBlur(gray, (3, 3), 0).astype(np.float32)
        elapsed_s, before = at_s - self._at_s, self._picture
        self._at_s, self._picture = at_s, picture
        if self._recent is None or self._recent.shape != picture.shape or not 0 < elapsed_s < 30:
            self._recent, self._usual, self._moved_s = picture, picture.copy(), np.full(picture.shape, -np.inf)
            self._just = np.zeros(picture.shape, bool)
            self._alive.clear()
            self._begun_s = at_s
            return
        # What the light has done to all of the picture is nobody's doing.
        moved = _differs(picture, self._recent)
        assert before is not None
        self._just = _differs(picture, before)
        if moved.mean() < _LIGHT:
            self._moved_s[moved] = at_s
        assert self._usual is not None
        calm = (self._moved_s < at_s - _LATELY_S).view(np.uint8)
        for one in self._alive:  # who stands still does not become a part of the usual scene
            y1, y2, x1, x2 = self._pixels(one.box)
            calm[y1:y2, x1:x2] = 0
        cv2.accumulateWeighted(picture, self._usual, min(1.0, elapsed_s / _USUAL_S), calm)
        cv2.accumulateWeighted(picture, self._recent, min(1.0, elapsed_s / _RECENT_S))
        self._follow()

    def judge(self, people: Sequence[Box], width: int, height: int) -> list[Being]:
        """Tell of each box, in pixels of a picture of that size, what it is."""
        if self._picture is None:
            return [Being.UNKNOWN] * len(people)
        told = [self._judge(_shares(person, width, height)) for person in people]
        for one in [one for one in self._alive if self._at_s - one.stirred_s > _KEPT_S]:
            self._alive.remove(one)
            self._keep_as_thing(one.box)
        self._alive = [one for one in self._alive if self._at_s - one.seen_s <= _UNSEEN_S]
        self._things = [thing for thing in self._things if self._at_s - thing.seen_s <= _FORGOTTEN_S][-_MOST_THINGS:]
        return told

    def _judge(self, place: Box) -> Being:
        thing = next((one for one in (*self._known, *self._things) if overlap(one.box, place) >= _SAME), None)
        if thing is not None and _likeness(thing.look, self._look(thing.box)) >= _LIKE:
            # Whoever passed it has not changed it.
            thing.seen_s = self._at_s
            return Being.THING
        known = next((one for one in self._alive if overlap(one.box, place) >= _SAME), None)
        moved = self._moved_share(place, _LATELY_S)
        if known is None and moved >= _ALIVE:
            known = self._newcomer(place)
        elif known is not None and known.doubted and self._shown(place) < _SHOWS_THROUGH:
            known.doubted = False
        if known is None:
            if thing is None and moved < _STIRS and self._at_s - self._begun_s >= _LATELY_S:
                self._keep_as_thing(place)
                return Being.THING
            return Being.UNKNOWN
        known.box, known.seen_s, known.look = place, self._at_s, self._cut(place)
        if self._moved_share(place, 1.0) >= _STIRS:
            known.stirred_s = self._at_s
        if known.doubted:
            return Being.UNKNOWN
        return Being.SOMEBODY if self._at_s - known.stirred_s <= _KEPT_S else Being.THING

    def _newcomer(self, place: Box) -> _Somebody | None:
        """Return who has come to that place; None: the usual scene shows through."""
        shown = self._shown(place)
        if shown >= _SHOWS_THROUGH:
            return None
        one = self._who_walked_to(place)
        if one is None:
            one = _Somebody(place, self._at_s, self._at_s, doubted=shown >= _DOUBTED)
            self._alive.append(one)
        else:
            one.doubted = False
        return one

    def _who_walked_to(self, place: Box) -> _Somebody | None:
        """Return who was near a moment ago, of that height, and is not found elsewhere."""
        near = []
        for one in self._alive:
            away_s = self._at_s - one.seen_s
            alike = max(one.box.height, place.height) <= 1.6 * min(one.box.height, place.height)
            # A share of the width is longer than one of the height.
            x, y = (_middle(one.box)[at] - _middle(place)[at] for at in (0, 1))
            way = float(np.hypot(x * self._moved_s.shape[1] / self._moved_s.shape[0], y))
            if 0 < away_s <= _HELD_S and alike and way <= (0.4 + _PACE * away_s) * place.height:
                near.append((way, one))
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def _shown(self, place: Box) -> float:
        """Return how much of the usual scene shows through: much through a reflection or a shadow."""
        assert self._usual is not None
        assert self._picture is not None
        y1, y2, x1, x2 = self._pixels(place)
        picture, usual = self._picture[y1:y2, x1:x2], self._usual[y1:y2, x1:x2]
        return min(_likeness(picture, usual), _likeness(_edges(picture), _edges(usual)))

    def _keep_as_thing(self, place: Box) -> None:
        self._things.append(Thing(place, self._look(place), self._at_s))

    def things(self) -> list[Thing]:
        """Return the things that were found to look like people."""
        return list(self._things)

    def _look(self, place: Box) -> NDArray[np.float32]:
        """Return what is at that place now with its rim, small and of one size."""
        assert self._picture is not None
        across, down = _RIM * place.width, _RIM * place.height
        wide = replace(
            place,
            left=place.left - across,
            top=place.top - down,
            width=place.width + 2 * across,
            height=place.height + 2 * down,
        )
        y1, y2, x1, x2 = self._pixels(wide)
        return np.asarray(cv2.resize(self._picture[y1:y2, x1:x2], _LOOK, interpolation=cv2.INTER_AREA), np.float32)

    def _pixels(self, place: Box) -> tuple[int, int, int, int]:
        height, width = self._moved_s.shape
        x1, y1 = min(width - 1, max(0, int(place.left * width))), min(height - 1, max(0, int(place.top * height)))
        x2, y2 = int(np.ceil((place.left + place.width) * width)), int(np.ceil((place.top + place.height) * height))
        return y1, max(y2, y1 + 1), x1, max(x2, x1 + 1)

    def crops(self) -> list[Part]:
        """Return the parts of the picture in which the detector must look closer."""
        if self._recent is None:
            return []
        fresh = (self._moved_s >= self._at_s - _CROP_S).view(np.uint8)
        followed = [one.box for one in self._alive if self._is_followed(one)]
        return self._tiles.choose(fresh, self._just.view(np.uint8), followed)

    def knows(self, place: Box, width: int, height: int) -> bool:
        """Tell whether a box, in pixels of a picture of that size, is where somebody is known to be."""
        shares = _shares(place, width, height)
        return any(self._is_followed(one) and overlap(one.box, shares) >= _SAME for one in self._alive)

    def held(self, width: int, height: int) -> list[Box]:
        """Return those whom the detector found a moment ago and does not find now, but who are still seen to be
        there, in pixels of a picture of that size."""
        return [
            Box(
                one.box.label,
                one.box.score,
                one.box.left * width,
                one.box.top * height,
                one.box.width * width,
                one.box.height * height,
            )
            for one in self._alive
            if one.seen_s < self._at_s
            and not one.doubted
            and self._is_followed(one)
            and self._at_s - one.stirred_s <= _KEPT_S
        ]

    def _is_followed(self, one: _Somebody) -> bool:
        return one.look is not None and self._at_s - one.seen_s <= _HELD_S

    def _follow(self) -> None:
        """Look for those who were found a moment ago, near where they were."""
        for one in self._alive:
            if self._is_followed(one):
                self._find_again(one)

    def _find_again(self, one: _Somebody) -> None:
        assert self._picture is not None
        assert one.look is not None
        down, across = one.look.shape
        far = max(2, round(_STRIDE * down))
        y1, _, x1, _ = self._pixels(one.box)
        top, left = max(0, y1 - far // 2), max(0, x1 - far)
        near = self._picture[top : y1 + far // 2 + down, left : x1 + far + across]
        if near.shape[0] < down or near.shape[1] < across:
            one.look = None
            return
        _, likeness, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(near, one.look, cv2.TM_CCOEFF_NORMED))
        height, width = self._picture.shape
        dx, dy = left + x - x1, top + y - y1
        place = replace(one.box, left=one.box.left + dx / width, top=one.box.top + dy / height)
        if likeness < _FOUND_AGAIN or self._shown(place) >= _SHOWS_THROUGH:
            one.look = None
            return
        one.box = place
        if likeness >= _LIKE:
            one.look = self._cut(place)

    def _cut(self, place: Box) -> NDArray[np.float32]:
        assert self._picture is not None
        y1, y2, x1, x2 = self._pixels(place)
        return self._picture[y1:y2, x1:x2].copy()

    def _moved_share(self, place: Box, within_s: float) -> float:
        y1, y2, x1, x2 = self._pixels(place)
        return float((self._moved_s[y1:y2, x1:x2] >= self._at_s - within_s).mean())


def _shares(box: Box, width: int, height: int) -> Box:
    return Box(box.label, box.score, box.left / width, box.top / height, box.width / width, box.height / height)


def _middle(box: Box) -> tuple[float, float]:
    return box.left + box.width / 2, box.top + box.height / 2


def _differs(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where two pictures differ, but for what the light has done to all of them."""
    difference = cv2.absdiff(one - float(np.median(one[::4, ::4] - other[::4, ::4])), other)
    return np.asarray(np.asarray(difference, np.float32) > _STEP, np.bool_)


def _edges(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the edges of a picture without its broad lights and darks: somebody before a light wall and a dark floor
    is light and dark himself."""
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), 1.5), np.float32)


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation of two looks, which the light does not change."""
    first, second = one - one.mean(), other - other.mean()
    energy = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / energy if energy > 1 else 0.0
