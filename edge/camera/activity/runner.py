"""Finds something small that runs: several of its own lengths a second, far, and steadily. Pure.

A run is judged by itself, whatever else moves: its legs, in which it goes straight on as fast as before and as large;
an insect turns, and changes its speed and its size from look to look. A dark thing must stop or start at once, or go on
for long without falling. A thing that shines may be a flake, an insect or a light: it must go across the picture, stop
at once and start at once. In a crowd a track goes on only where it was going."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, sqrt

from edge.camera.activity.crowd import MOST
from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.veil import is_light

_REACH = 0.9 * BLOB_WIDTH  # a second: 4 m/s where the picture is 4 m wide
_GAP_S = 0.3  # of unseen running; what rests is where it was
_STAYS = 1.2  # pixels, for three looks
_AT_LEAST = 0.15 * BLOB_WIDTH  # a second: slower, a stop cannot be told from a turn
_ALIKE = 1.5  # the sizes in two looks; an insect's wings change it
_KEPT_S = 2.5  # it stops, and runs again
_WINDOW_S = 5.0
_LENGTHS = 2.0  # a second, of its own
_FAST_STEPS = 4
_LEAST_SIZE = 2.2  # five pixels; less is what a light leaves behind
_LEAST_WAY = 0.06 * BLOB_WIDTH
_BESIDE = 2.0  # pixels from its way
_LEG, _LONG = 3, 5  # steps
_STEADY = 0.7  # of the fast steps
_OTHER, _JITTER = 0.3, 0.8  # of its speed, and pixels more: by which the next step may be another
_STOPS_S, _AT_ONCE = 0.45, 0.6  # one more step, which is shorter; of the speed before


@dataclass(frozen=True, slots=True)
class Run:
    """A rodent candidate at this moment: its place, its speed (widths of the picture a second), the way it has come."""

    blob: Blob
    speed: float
    way: float


@dataclass(slots=True)
class _Track:
    """The track of one small thing."""

    points: list[tuple[float, Blob]] = field(default_factory=list)

    @property
    def last(self) -> tuple[float, Blob]:
        return self.points[-1]

    def fits(self, blob: Blob, at_s: float, *, is_crowd: bool) -> float | None:
        """Return the distance of `blob` from the end of the track; None: it is another thing. `is_crowd`: much else is
        near, so only what lies before it, where it is, or on the way back is taken."""
        since, last = self.last
        distance = blob.distance(last)
        # Three pixels more than the reach: the middle of a small blob jumps by as much.
        is_near = distance <= 3 + _REACH * min(_GAP_S, at_s - since)
        if not (is_near and blob.is_alike(last)) or (is_crowd and not self._is_on_its_way(blob, at_s)):
            return None
        return distance

    def _is_on_its_way(self, blob: Blob, at_s: float) -> bool:
        if len(self.points) < 2:
            return True
        (before_s, before), (last_s, last) = self.points[-2:]
        ahead = (at_s - last_s) / (last_s - before_s)
        way = ahead * (last.x - before.x), ahead * (last.y - before.y)
        gone = blob.x - last.x, blob.y - last.y
        far = hypot(*way)
        if far < _BESIDE:  # it stood: it may go anywhere
            return True
        along, beside = (gone[0] * way[0] + gone[1] * way[1]) / far, (gone[0] * way[1] - gone[1] * way[0]) / far
        return abs(beside) <= _BESIDE + 0.15 * far and abs(along) <= _BESIDE + 1.3 * far

    def add(self, blob: Blob, at_s: float) -> None:
        self.points = [point for point in self.points if point[0] >= at_s - _WINDOW_S]
        self.points.append((at_s, blob))

    def run(self, *, shines: bool) -> Run | None:
        """Return the run of the last seconds; None: it is not that of a rodent, or may be light."""
        blobs = [blob for _, blob in self.points]
        size = sqrt(sum(blob.pixels for blob in blobs) / len(blobs))
        steps = [_Step(*before, *after) for before, after in pairwise(self.points)]
        fast = [step for step in steps if step.speed >= _LENGTHS * size]
        if size < _LEAST_SIZE or len(fast) < _FAST_STEPS:
            return None
        legs = _legs(steps, _LENGTHS * size)
        steady = sum(map(len, legs))
        way = _extent([end for leg in legs for step in leg for end in (step.before, step.after)])
        is_far = way >= max(_LEAST_WAY, 4 * size)
        if not is_far or steady < max(_FAST_STEPS, _STEADY * len(fast)) or is_light(blobs):
            return None
        if shines:
            is_animal = _ends(self.points, [leg for leg in legs if _is_across(leg)]) == 2
        else:
            is_animal = _ends(self.points, legs) > 0 or any(len(leg) >= _LONG and not _falls(leg) for leg in legs)
        if not is_animal:
            return None
        return Run(self.last[1], sum(step.speed for step in fast) / len(fast) / BLOB_WIDTH, way / BLOB_WIDTH)


@dataclass(frozen=True, slots=True)
class _Step:
    """The way from one look to the next."""

    before_s: float
    before: Blob
    after_s: float
    after: Blob

    @property
    def speed(self) -> float:
        return self.after.distance(self.before) / (self.after_s - self.before_s)

    def goes_on(self, last: "_Step") -> bool:
        """Tell whether this step goes on as `last` did, in its direction, as fast, and the thing as large."""
        least, most = sorted((self.after.pixels, last.after.pixels))
        (x1, y1), (x2, y2) = last.way, self.way
        least_s = min(self.after_s - self.before_s, last.after_s - last.before_s)
        is_steady = hypot(x2 - x1, y2 - y1) <= _OTHER * last.speed + _JITTER / least_s
        return is_steady and most <= _ALIKE * least + 1

    @property
    def way(self) -> tuple[float, float]:
        """Return the way across and down of one second."""
        took_s = self.after_s - self.before_s
        return (self.after.x - self.before.x) / took_s, (self.after.y - self.before.y) / took_s


def _legs(steps: Sequence[_Step], least: float) -> list[list[_Step]]:
    """Return the stretches of steps that are at least so fast and go on as they began."""
    legs: list[list[_Step]] = [[]]
    for step in steps:
        if step.speed < least:
            legs.append([])
        elif legs[-1] and not step.goes_on(legs[-1][-1]):
            legs.append([step])
        else:
            legs[-1].append(step)
    return [leg for leg in legs if len(leg) >= _LEG]


def _extent(blobs: Sequence[Blob]) -> float:
    across, down = [blob.x for blob in blobs], [blob.y for blob in blobs]
    return hypot(max(across) - min(across), max(down) - min(down)) if blobs else 0.0


def _ends(points: Sequence[tuple[float, Blob]], legs: Sequence[Sequence[_Step]]) -> int:
    """Count whether a leg ends, and whether one begins, where the thing stays: what floats, falls or swings does not
    stop at once."""
    stays = [
        (one_s, third_s)
        for (one_s, one), (_, other), (third_s, third) in zip(points, points[1:], points[2:], strict=False)
        if max(other.distance(one), third.distance(one)) <= _STAYS
    ]
    stops = starts = False
    for leg in legs:
        at_once = _AT_ONCE * max(step.speed for step in leg)
        if leg[-1].speed >= at_once:
            stops |= any(0 <= begins_s - leg[-1].after_s <= _STOPS_S for begins_s, _ in stays)
        if leg[0].speed >= at_once:
            starts |= any(0 <= leg[0].before_s - ends_s <= _STOPS_S for _, ends_s in stays)
    return stops + starts


def _is_across(leg: Sequence[_Step]) -> bool:
    first, last = leg[0].before, leg[-1].after
    is_fast = last.distance(first) >= _AT_LEAST * (leg[-1].after_s - leg[0].before_s)
    return is_fast and abs(last.x - first.x) >= abs(last.y - first.y)


def _falls(leg: Sequence[_Step]) -> bool:
    first, last = leg[0].before, leg[-1].after
    return last.y - first.y > abs(last.x - first.x)


class Runners:
    """The fast small things of one camera."""

    def __init__(self, *, shines: bool) -> None:
        self._shines = shines
        self._tracks: list[_Track] = []

    def forget(self) -> None:
        self._tracks.clear()

    def see(self, small: Sequence[Blob], at_s: float, *, is_crowd: bool) -> Run | None:
        """Take the small blobs of one look and return a candidate. `is_crowd`: there were more, which are left out."""
        if len(small) > MOST:
            self.forget()
            return None
        self._tracks = [track for track in self._tracks if at_s - track.last[0] <= _KEPT_S]
        tracks = [self._grow(blob, at_s, is_crowd=is_crowd) for blob in small]
        return next((run for track in tracks if (run := track.run(shines=self._shines))), None)

    def _grow(self, blob: Blob, at_s: float, *, is_crowd: bool) -> _Track:
        # A track that has already grown in this look takes no second blob.
        open_tracks = [
            (track.fits(blob, at_s, is_crowd=is_crowd), track) for track in self._tracks if track.last[0] < at_s
        ]
        near = [(distance, track) for distance, track in open_tracks if distance is not None]
        if not near:
            track = _Track()
            self._tracks.append(track)
        else:
            track = min(near, key=lambda pair: pair[0])[1]
        track.add(blob, at_s)
        return track
