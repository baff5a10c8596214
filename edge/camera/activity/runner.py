"""Finds something small that runs: several of its own lengths a second, far and nearly straight. Pure.

A track that may be light, a flake or an insect is told only when it goes across the picture, keeps its size, and stops
or starts at once; or when it is alone and hides a ground that changes along its way. In a crowd a track goes on only
where it was going."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, sqrt

from edge.camera.activity.crowd import MOST
from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.veil import is_body, is_light

_REACH = 0.9 * BLOB_WIDTH  # a second: 4 m/s where the picture is 4 m wide
_STAYS = 1.2  # pixels, for three looks
_AT_LEAST = 0.15 * BLOB_WIDTH  # a second: slower, a stop cannot be told from a turn
_AT_ONCE = 0.6  # of its speed
_ALIKE = 1.5  # the sizes of one that may be light
_KEPT_S = 1.5  # it stops, and runs again
_WINDOW_S = 3.0
_LENGTHS = 2.0  # a second, of its own
_FAST_STEPS = 4
_LEAST_SIZE = 2.2  # five pixels; less is what a light leaves behind
_LEAST_WAY = 0.06 * BLOB_WIDTH
_STRAIGHT = 0.85  # the way across, to the way gone
_LINE, _LINE_BEND = 0.4 * BLOB_WIDTH, 0.08  # what runs to and fro on so long a line is no insect
_BESIDE = 2.0  # pixels from its way
_QUIET_S = 30.0  # flakes and insects do not come one in so long a time
_CONFIRMED_S = 0.8  # who ran goes on straight, stops or hides; an insect turns
_BEGINS_S = 4.0  # at the beginning it is not known whether flakes fall
_RESTLESS_STEPS, _RESTLESS, _AFTER_INSECT_S = 6, 0.5, 180.0  # what flies to and fro before the lens


@dataclass(frozen=True, slots=True)
class Run:
    """A rodent candidate at this moment: its place, its speed (widths of the picture a second), the way it has come."""

    blob: Blob
    speed: float
    way: float


@dataclass(slots=True)
class _Track:
    """The track of one small thing. `is_alone`: nothing like it had moved for a while before; `is_told`: it was taken
    for a rodent, and may turn back."""

    is_alone: bool
    is_told: bool = False
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
        is_near = distance <= 3 + _REACH * (at_s - since)
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

    def run(self, *, shines: bool) -> "_Fast":
        """Sum up the steps of the last seconds that were faster than anybody walks."""
        points = [point for point in self.points if point[0] >= self.last[0] - _WINDOW_S]
        size = sqrt(sum(blob.pixels for _, blob in points) / len(points))
        gone = took_s = 0.0
        steps = 0
        across: list[float] = []
        down: list[float] = []
        for (before_s, before), (after_s, after) in pairwise(points):
            length = after.distance(before)
            if length >= _LENGTHS * size * (after_s - before_s):
                steps, gone, took_s = steps + 1, gone + length, took_s + after_s - before_s
                across += [before.x, after.x]
                down += [before.y, after.y]
        way = hypot(max(across) - min(across), max(down) - min(down)) if steps else 0.0
        is_doubtful = steps >= _FAST_STEPS and self._may_be_light(points, shines=shines)
        return _Fast(self.last[1], size, steps, gone, took_s, way, _bend(points), is_doubtful)

    def _may_be_light(self, points: Sequence[tuple[float, Blob]], *, shines: bool) -> bool:
        blobs = [blob for _, blob in points]
        if is_light(blobs):
            return True
        if not shines:
            return False
        sizes = sorted(blob.pixels for blob in blobs)
        if sizes[9 * len(sizes) // 10] > _ALIKE * sizes[len(sizes) // 10]:
            return True  # an insect's wings
        falls = abs(blobs[-1].y - blobs[0].y) > abs(blobs[-1].x - blobs[0].x)
        return falls or not (self._stops(points) or (self.is_alone and is_body(blobs)))

    @staticmethod
    def _stops(points: Sequence[tuple[float, Blob]]) -> bool:
        """Tell whether the thing stops at once, or starts at once: what floats or swings does so by and by."""
        steps = [
            (after.distance(before), after_s - before_s) for (before_s, before), (after_s, after) in pairwise(points)
        ]
        speeds = [length / took_s for length, took_s in steps]
        top = sorted(speeds)[-_FAST_STEPS // 2] if len(speeds) >= _FAST_STEPS else 0.0
        if top < _AT_LEAST:
            return False
        for at, ((_, one), (_, other), (_, third)) in enumerate(zip(points, points[1:], points[2:], strict=False)):
            stays = max(other.distance(one), third.distance(one))
            around = speeds[max(0, at - 2) : at] + speeds[at + 2 : at + 4]
            if stays <= _STAYS and any(speed >= _AT_ONCE * top for speed in around):
                return True
        return False


@dataclass(frozen=True, slots=True)
class _Fast:
    """The fast steps of a track. `gone`: the length of all steps; `way`: the distance that they covered; `bend`: the
    distance from a straight line. Pixels at BLOB_WIDTH. `is_doubtful`: it may be light."""

    blob: Blob
    size: float
    steps: int
    gone: float
    took_s: float
    way: float
    bend: float
    is_doubtful: bool

    @property
    def is_rodent(self) -> bool:
        """Tell whether the track is that of a rodent: not too small, far, fast and nearly straight."""
        is_far = self.size >= _LEAST_SIZE and self.way >= max(_LEAST_WAY, 4 * self.size)
        return self.steps >= _FAST_STEPS and is_far and self.way >= _STRAIGHT * self.gone and not self.is_doubtful

    @property
    def turns(self) -> bool:
        """Tell whether the track is no straight run: what flies turns in the air, what runs along a wall turns back
        on its own line."""
        return self.steps >= 3 and self.way < _STRAIGHT * self.gone and not self._is_on_a_line

    @property
    def is_insect(self) -> bool:
        """Tell whether the track is that of an insect: many fast steps that lead nowhere."""
        return self.steps >= _RESTLESS_STEPS and self.way < _RESTLESS * self.gone and not self._is_on_a_line

    @property
    def _is_on_a_line(self) -> bool:
        return self.way >= _LINE and self.bend <= _LINE_BEND * self.way


def _bend(points: Sequence[tuple[float, Blob]]) -> float:
    """Return the largest distance of the points from the line between those that are farthest to each side."""
    first, last = (choose((blob for _, blob in points), key=lambda blob: blob.x) for choose in (min, max))
    length = last.distance(first)
    if not length:
        return 0.0
    return max(
        abs((last.x - first.x) * (first.y - blob.y) - (first.x - blob.x) * (last.y - first.y)) / length
        for _, blob in points
    )


class Runners:
    """The fast small things of one camera."""

    def __init__(self, *, shines: bool) -> None:
        self._shines = shines
        self._tracks: list[_Track] = []
        self._insect_s = float("-inf")
        self._seen_s = float("-inf")
        self._pending: tuple[float, Run, _Track] | None = None

    def forget(self) -> None:
        self._tracks.clear()
        self._pending = None

    def see(self, small: Sequence[Blob], at_s: float, begun_s: float, *, is_crowd: bool) -> Run | None:
        """Take the small blobs of one look and return a candidate. `begun_s`: the time of the first look; `is_crowd`:
        there were more, which are left out."""
        before_s = max(begun_s, self._seen_s)
        if small or is_crowd:
            self._seen_s = at_s
        if len(small) > MOST:
            self.forget()
            return None
        self._tracks = [track for track in self._tracks if at_s - track.last[0] <= _KEPT_S]
        is_alone = at_s - before_s > _QUIET_S
        tracks = [self._grow(blob, at_s, is_alone=is_alone, is_crowd=is_crowd) for blob in small]
        runs = [track.run(shines=self._shines) for track in tracks]
        # Two that go fast at the same time are insects or flakes, too.
        many = sum(run.steps >= _FAST_STEPS and run.way >= _STRAIGHT * run.gone for run in runs) > 1
        flies = any(
            not track.is_told and (run.is_insect or (self._pending and run.turns))
            for track, run in zip(tracks, runs, strict=True)
        )
        if many or (flies and not is_crowd):
            self._insect_s, self._pending = at_s + _AFTER_INSECT_S, None
        if at_s < max(self._insect_s, begun_s + _BEGINS_S):
            # Its flight is followed on: it may last for hours.
            return None
        found = next(((track, run) for track, run in zip(tracks, runs, strict=True) if run.is_rodent), None)
        if found and self._pending is None:
            track, run = found
            told = Run(run.blob, run.gone / run.took_s / BLOB_WIDTH, run.way / BLOB_WIDTH)
            self._pending = at_s, told, track
        if self._pending and at_s - self._pending[0] >= _CONFIRMED_S:
            (_, told, track), self._pending = self._pending, None
            track.is_told = True
            return told
        return None

    def _grow(self, blob: Blob, at_s: float, *, is_alone: bool, is_crowd: bool) -> _Track:
        # A track that has already grown in this look takes no second blob.
        open_tracks = [
            (track.fits(blob, at_s, is_crowd=is_crowd), track) for track in self._tracks if track.last[0] < at_s
        ]
        near = [(distance, track) for distance, track in open_tracks if distance is not None]
        if not near:
            track = _Track(is_alone)
            self._tracks.append(track)
        else:
            track = min(near, key=lambda pair: pair[0])[1]
        track.add(blob, at_s)
        return track
