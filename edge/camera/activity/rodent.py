"""Finds something small that runs while nobody is there. Pure.

The finding is a candidate, not a proven rodent: small, not upright, and either running, several of its own lengths a
second for several looks, or exploring: slowly, but for many looks without a jump, always of about one size, and some
way across the picture. A person far away moves one length a second. Noise, rain and snow on a screen do not last or do
not get anywhere; an insect before the lens jumps and changes its size; a light has no size of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, prod, sqrt

from edge.camera.activity.busy import BusyPlaces
from edge.camera.activity.explorer import Trail, Trails
from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.veil import is_light

_MOST = 4  # small things at once: more are rain, insects or noise
_LEAST_PIXELS = 2
_REACH = 0.9 * BLOB_WIDTH  # a second: 4 m/s where the picture is 4 m wide
_KEPT_S = 1.5  # it stops, and runs again
_WINDOW_S = 3.0
_LENGTHS = 2.0  # a second, of its own
_FAST_STEPS = 4
_LEAST_WAY = 0.06 * BLOB_WIDTH
_STRAIGHT = 0.85  # the way across, to the way gone
_LINE, _LINE_BEND = 0.4 * BLOB_WIDTH, 0.08  # what runs to and fro on so long a line is no insect
_CONFIRMED_S = 0.8  # who ran goes on straight, stops or hides; an insect turns
_GAP_S, _BEGINS_S = 10.0, 4.0  # at the beginning it is not known whether flakes fall
_RESTLESS_STEPS, _RESTLESS, _AFTER_INSECT_S = 6, 0.5, 180.0  # what flies to and fro before the lens
_AFTER_SOMEBODY_S = 30.0  # who stands still may move a hand


@dataclass(frozen=True, slots=True)
class Run:
    """A rodent candidate at this moment: its place, its speed (widths of the picture a second), the way it has come."""

    blob: Blob
    speed: float
    way: float


@dataclass(slots=True)
class _Track:
    points: list[tuple[float, Blob]] = field(default_factory=list)

    @property
    def last(self) -> tuple[float, Blob]:
        return self.points[-1]

    def fits(self, blob: Blob, at_s: float) -> float | None:
        """Return the distance of `blob` from the end of the track; None: it is another thing."""
        since, last = self.last
        distance = hypot(blob.x - last.x, blob.y - last.y)
        # Three pixels more than the reach: the middle of a small blob jumps by as much.
        is_near = distance <= 3 + _REACH * (at_s - since)
        is_alike = max(blob.pixels, last.pixels) <= 5 * min(blob.pixels, last.pixels) + 3
        return distance if is_near and is_alike else None

    def add(self, blob: Blob, at_s: float) -> None:
        self.points = [point for point in self.points if point[0] >= at_s - _WINDOW_S]
        self.points.append((at_s, blob))

    def run(self) -> "_Fast":
        """Sum up the steps of the last seconds that were faster than anybody walks."""
        points = [point for point in self.points if point[0] >= self.last[0] - _WINDOW_S]
        size = sqrt(sum(blob.pixels for _, blob in points) / len(points))
        gone = took_s = 0.0
        steps = 0
        across: list[float] = []
        down: list[float] = []
        for (before_s, before), (after_s, after) in pairwise(points):
            length = hypot(after.x - before.x, after.y - before.y)
            if length >= _LENGTHS * size * (after_s - before_s):
                steps, gone, took_s = steps + 1, gone + length, took_s + after_s - before_s
                across += [before.x, after.x]
                down += [before.y, after.y]
        way = hypot(max(across) - min(across), max(down) - min(down)) if steps else 0.0
        shines = steps >= _FAST_STEPS and is_light(blob for _, blob in points)
        return _Fast(self.last[1], size, steps, gone, took_s, way, _bend(points), shines)


@dataclass(frozen=True, slots=True)
class _Fast:
    """The fast steps of a track. `gone`: the length of all steps; `way`: the distance that they covered; `bend`: the
    distance from a straight line. Pixels at BLOB_WIDTH. `shines`: it is light."""

    blob: Blob
    size: float
    steps: int
    gone: float
    took_s: float
    way: float
    bend: float
    shines: bool

    @property
    def is_rodent(self) -> bool:
        """Tell whether the track is that of a rodent: far, fast and nearly straight."""
        is_far = self.way >= max(_LEAST_WAY, 4 * self.size)
        return self.steps >= _FAST_STEPS and is_far and self.way >= _STRAIGHT * self.gone and not self.shines

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
    length = hypot(last.x - first.x, last.y - first.y)
    if not length:
        return 0.0
    return max(
        abs((last.x - first.x) * (first.y - blob.y) - (first.x - blob.x) * (last.y - first.y)) / length
        for _, blob in points
    )


def _explored(trail: Trail) -> Run:
    first, last = trail.points[0], trail.last
    way = hypot(last[1].x - first[1].x, last[1].y - first[1].y) / BLOB_WIDTH
    return Run(last[1], way / (last[0] - first[0]), way)


class RodentTracks:
    """The tracks of the small blobs of one camera. A blob above `most_share` of the picture is a person, or another
    thing."""

    def __init__(self, most_share: float) -> None:
        self._most_share = most_share
        self._tracks: list[_Track] = []
        self._trails = Trails()
        self._busy = BusyPlaces()
        self._waits_s = float("-inf")
        self._insect_s = float("-inf")
        self._looked_s, self._look_s = float("-inf"), 0.2
        self._begun_s = 0.0
        self._pending: tuple[float, Run] | None = None

    def forget(self) -> None:
        self._tracks.clear()
        self._trails.forget()
        self._pending = None

    def see(self, blobs: Sequence[Blob], shape: tuple[int, ...], at_s: float) -> Run | None:
        """Take the blobs of one look and return a candidate. `shape`: height and width of the picture in which
        they were found."""
        moving = [blob for blob in blobs if blob.moved > 0]
        most = self._most_share * prod(shape)
        small = [
            blob for blob in moving if _LEAST_PIXELS <= blob.pixels <= most and blob.height <= 1.5 * blob.width + 1
        ]
        look_s, self._looked_s = at_s - self._looked_s, at_s
        if not 0 <= look_s < _GAP_S:
            self._begun_s = at_s
        self._look_s += 0.1 * (min(1.0, look_s) - self._look_s)
        self._busy.see(moving, shape, min(1.0, look_s))
        if any(blob.pixels > most and not is_light([blob]) and not self._busy.always(blob) for blob in moving):
            self._waits_s = at_s + _AFTER_SOMEBODY_S
        if at_s < self._waits_s:
            self.forget()
            return None
        small = [blob for blob in small if not self._busy.has(blob)]
        explorer = self._trails.see(small, at_s, self._look_s)
        return self._ran(small, at_s) or (_explored(explorer) if explorer else None)

    def _ran(self, small: Sequence[Blob], at_s: float) -> Run | None:
        if len(small) > _MOST:
            self._tracks.clear()
            self._pending = None
            return None
        self._tracks = [track for track in self._tracks if at_s - track.last[0] <= _KEPT_S]
        runs = [self._grow(blob, at_s).run() for blob in small]
        # Two that go fast at the same time are insects or flakes, too.
        many = sum(run.steps >= _FAST_STEPS for run in runs) > 1
        if many or any(run.is_insect for run in runs) or (self._pending and any(run.turns for run in runs)):
            self._insect_s, self._pending = at_s + _AFTER_INSECT_S, None
        if at_s < max(self._insect_s, self._begun_s + _BEGINS_S):
            # Its flight is followed on: it may last for hours.
            return None
        found = next((run for run in runs if run.is_rodent), None)
        if found and self._pending is None:
            self._pending = at_s, Run(found.blob, found.gone / found.took_s / BLOB_WIDTH, found.way / BLOB_WIDTH)
        if self._pending and at_s - self._pending[0] >= _CONFIRMED_S:
            (_, run), self._pending = self._pending, None
            return run
        return None

    def _grow(self, blob: Blob, at_s: float) -> _Track:
        # A track that has already grown in this look takes no second blob.
        open_tracks = [(track.fits(blob, at_s), track) for track in self._tracks if track.last[0] < at_s]
        near = [(distance, track) for distance, track in open_tracks if distance is not None]
        if not near:
            track = _Track()
            self._tracks.append(track)
        else:
            track = min(near, key=lambda pair: pair[0])[1]
        track.add(blob, at_s)
        return track
