"""Finds something small that explores: slowly, for many looks without a jump, always of about one size, some way across
the picture. Pure.

It is followed within a small reach, so that rain, flakes and insects around it do not lead the track astray; none of
them stays in so small a reach for so long, but dust does: what shines must stop at once and go on at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from math import hypot, sqrt

from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.veil import is_light

_MOST = 40  # small things in one look: more are not followed one by one
_NEAR, _PACE = 2.5, 10.0  # pixels at BLOB_WIDTH, and more a second
_KEPT_S, _YOUNG_S, _YOUNG = 1.5, 0.5, 3
_LASTS_S, _PRESENT, _JUMP = 6.0, 0.7, 3.0
_LEAST_WAY = 0.09 * BLOB_WIDTH
_STRAIGHT, _STEADY, _ALIKE = 0.5, 0.35, 2.5  # the way across, to that gone, by seconds and by looks; the sizes
_STEADY_SHINING, _ALIKE_SHINING = 0.7, 2.0
_WINDOW_S = 14.0
_SMOOTH_S = 1.0
_STOPS_S, _STAYS_S, _STOPS, _STAYS = 0.65, 0.45, 3, 0.7  # three looks within a pixel
_GOES, _AT_ONCE = 1.0, 0.6  # pixels, before it and after it, in as long a time; of its usual way
_FASTEST = 0.09 * BLOB_WIDTH  # a second


@dataclass(slots=True)
class Trail:
    """The track of something small and slow."""

    points: list[tuple[float, Blob]] = field(default_factory=list)

    @property
    def last(self) -> tuple[float, Blob]:
        return self.points[-1]

    def add(self, blob: Blob, at_s: float) -> None:
        self.points = [point for point in self.points if point[0] >= at_s - _WINDOW_S]
        self.points.append((at_s, blob))

    def is_over(self, at_s: float) -> bool:
        return at_s - self.last[0] > (_YOUNG_S if len(self.points) < _YOUNG else _KEPT_S)

    def distance(self, blob: Blob, at_s: float) -> float | None:
        """Return the distance of `blob` from the end of the trail; None: it is another thing."""
        since, last = self.last
        distance = blob.distance(last)
        is_near = distance <= _NEAR + 0.5 * sqrt(last.pixels) + _PACE * (at_s - since)
        return distance if is_near and blob.is_alike(last) else None

    def explores(self, look_s: float, *, shines: bool) -> bool:
        """Tell whether this is the trail of a small animal that explores. `look_s`: the time between two looks.
        `shines`: it may be light."""
        lasted_s = self.last[0] - self.points[0][0]
        if lasted_s < _LASTS_S or len(self.points) * look_s < _PRESENT * lasted_s:
            return False
        sizes = sorted(blob.pixels for _, blob in self.points)
        alike = _ALIKE_SHINING if shines else _ALIKE
        if sizes[9 * len(sizes) // 10] > alike * max(2, sizes[len(sizes) // 10]):
            return False
        length = max(3.0, sqrt(2 * sizes[len(sizes) // 2]))
        jumps = any(
            after.distance(before) > _JUMP + length * max(1.0, (after_s - before_s) / 0.25)
            for (before_s, before), (after_s, after) in pairwise(self.points)
        )
        return (
            not jumps
            and self._goes_some_way(length, _STEADY_SHINING if shines else _STEADY)
            and not is_light([blob for _, blob in self.points])
            and (not shines or self._stops())
        )

    def _stops(self) -> bool:
        """Tell whether this stops at once and goes on at once: what falls does not stop, what floats does so by and
        by."""
        ways = sorted(way for at in range(len(self.points)) if (way := self._way(self.points[at:])) is not None)
        usual = _AT_ONCE * ways[4 * len(ways) // 5] if ways else 0.0
        for at, (at_s, _) in enumerate(self.points):
            last = at + self._rests(at)
            if last - at + 1 < _STOPS or self.points[last][0] < at_s + _STAYS_S:
                continue
            came, goes = self._way(self.points[at::-1]), self._way(self.points[last:])
            if came is not None and goes is not None and min(came, goes) >= max(_GOES, usual):
                return True
        return False

    def _rests(self, at: int) -> int:
        """Return for how many looks more the thing stays where it is."""
        _, there = self.points[at]
        return sum(1 for _ in takewhile(lambda point: point[1].distance(there) <= _STAYS, self.points[at + 1 :]))

    @staticmethod
    def _way(points: Sequence[tuple[float, Blob]]) -> float | None:
        """Return how far the thing goes in a short time, from the first of the points on; None: it was not seen so
        long."""
        first_s, first = points[0]
        took_s, last = [(abs(at_s - first_s), blob) for at_s, blob in points if abs(at_s - first_s) <= _STOPS_S][-1]
        return last.distance(first) if took_s >= 0.5 * _STOPS_S else None

    def _goes_some_way(self, length: float, steady: float) -> bool:
        smooth = self._smoothed()
        steps = [hypot(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(smooth)]
        across, down = ([place[at] for place in smooth] for at in (0, 1))
        extent = hypot(max(across) - min(across), max(down) - min(down))
        away = hypot(across[-1] - across[0], down[-1] - down[0])
        is_way = extent >= max(_LEAST_WAY, 2.5 * length) and away >= 0.5 * extent
        is_straight = extent >= _STRAIGHT * sum(steps) and extent >= steady * self._gone()
        return is_way and is_straight and max(steps) <= _FASTEST * _SMOOTH_S

    def _gone(self) -> float:
        """Return the length of all steps; an insect has many that lead nowhere."""
        return sum(after.distance(before) for (_, before), (_, after) in pairwise(self.points))

    def _smoothed(self) -> list[tuple[float, float]]:
        """Return the mean places of each second."""
        seconds: dict[int, list[Blob]] = {}
        for at_s, blob in self.points:
            seconds.setdefault(int((at_s - self.points[0][0]) / _SMOOTH_S), []).append(blob)
        return [
            (sum(blob.x for blob in blobs) / len(blobs), sum(blob.y for blob in blobs) / len(blobs))
            for blobs in seconds.values()
        ]


class Trails:
    """The trails of one camera."""

    def __init__(self, *, shines: bool) -> None:
        self._shines = shines
        self._trails: list[Trail] = []

    def forget(self) -> None:
        self._trails.clear()

    def see(self, blobs: Sequence[Blob], at_s: float, look_s: float) -> Trail | None:
        """Take the small blobs of one look, and return the trail of an animal that explores. `look_s`: the time
        between two looks."""
        grown = self._grow(blobs, at_s)
        return next((trail for trail in grown if trail.explores(look_s, shines=self._shines)), None)

    def _grow(self, blobs: Sequence[Blob], at_s: float) -> list[Trail]:
        """Return the trails that have grown."""
        self._trails = [trail for trail in self._trails if not trail.is_over(at_s)]
        if len(blobs) > _MOST:
            return []
        near = [
            (distance, number, trail)
            for number, blob in enumerate(blobs)
            for trail in self._trails
            if (distance := trail.distance(blob, at_s)) is not None
        ]
        grown: list[Trail] = []
        left = dict(enumerate(blobs))
        # The oldest first: what has lasted is not taken by a drop that is nearer.
        for _, number, trail in sorted(near, key=lambda one: (one[2].points[0][0], one[0])):
            if number in left and not any(trail is one for one in grown):
                trail.add(left.pop(number), at_s)
                grown.append(trail)
        self._trails += [Trail([(at_s, blob)]) for blob in left.values()]
        return grown
