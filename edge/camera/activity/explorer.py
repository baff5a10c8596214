"""Finds something small that explores: slowly, for many looks without a jump, always of about one size, some way across
the picture. Pure.

It is followed within a small reach, so that rain, flakes and insects around it do not lead the track astray; none of
them stays in so small a reach for so long."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
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
_STOPS_S, _STOPS, _STAYS = 0.65, 3, 0.9  # three looks within a pixel
_GOES = 2.5  # before it and after it, in one direction
_DRIFTS_S, _DRIFTED = 2.0, 5.0
_WEATHER_S = 60.0  # two things that go at the same time are flakes or dust, which there will be more of
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

    def drifts(self) -> bool:
        """Tell whether this goes somewhere at all, as flakes and dust do, too."""
        first, last = self.points[0], self.last
        way = last[1].distance(first[1])
        return last[0] - first[0] >= _DRIFTS_S and way >= _DRIFTED

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
        """Tell whether this stays where it is for a moment and then goes on: nothing does that falls or floats."""
        (_, first), (_, last) = self.points[0], self.last
        for at, (at_s, blob) in enumerate(self.points):
            rest = [other for other_s, other in self.points[at:] if other_s <= at_s + _STOPS_S]
            if len(rest) < _STOPS or any(other.distance(blob) > _STAYS for other in rest):
                continue
            came, goes = (blob.x - first.x, blob.y - first.y), (last.x - rest[-1].x, last.y - rest[-1].y)
            if min(hypot(*came), hypot(*goes)) >= _GOES and came[0] * goes[0] + came[1] * goes[1] > 0:
                return True
        return False

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
        self._weather_s = float("-inf")

    def forget(self) -> None:
        self._trails.clear()

    def see(self, blobs: Sequence[Blob], at_s: float, look_s: float) -> Trail | None:
        """Take the small blobs of one look, and return the trail of an animal that explores. `look_s`: the time
        between two looks."""
        grown = self._grow(blobs, at_s)
        if sum(trail.drifts() for trail in grown) > 1:
            self._weather_s = at_s + _WEATHER_S
        if at_s < self._weather_s:
            return None
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
