"""Finds something small that runs while nobody is there. Pure.

The finding is a candidate, not a proven rodent: small, not upright, and moving several of its own lengths a second, for
several looks, some way across the picture. A person far away moves one length a second. Noise and insects at the lens
do not get far, or are many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, sqrt

from edge.camera.activity.foreground import BLOB_WIDTH, Blob

_MOST = 4  # small things at once: more are rain, insects or noise
_LEAST_PIXELS = 2
_REACH = 0.9 * BLOB_WIDTH  # a second: 4 m/s where the picture is 4 m wide
_KEPT_S = 1.5  # it stops, and runs again
_WINDOW_S = 3.0
_LENGTHS = 2.0  # a second, of its own
_FAST_STEPS = 4
_LEAST_WAY = 0.06 * BLOB_WIDTH
_STRAIGHT = 0.85  # the way across, to the way gone
_RESTLESS_STEPS, _RESTLESS, _AFTER_INSECT_S = 6, 0.5, 60.0  # what flies to and fro before the lens
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
        size = sqrt(sum(blob.pixels for _, blob in self.points) / len(self.points))
        gone = took_s = 0.0
        steps = 0
        across: list[float] = []
        down: list[float] = []
        for (before_s, before), (after_s, after) in pairwise(self.points):
            length = hypot(after.x - before.x, after.y - before.y)
            if length >= _LENGTHS * size * (after_s - before_s):
                steps, gone, took_s = steps + 1, gone + length, took_s + after_s - before_s
                across += [before.x, after.x]
                down += [before.y, after.y]
        way = hypot(max(across) - min(across), max(down) - min(down)) if steps else 0.0
        return _Fast(self.last[1], size, steps, gone, took_s, way)


@dataclass(frozen=True, slots=True)
class _Fast:
    """The fast steps of a track. `gone`: the length of all steps; `way`: the distance that they covered. Pixels at
    BLOB_WIDTH."""

    blob: Blob
    size: float
    steps: int
    gone: float
    took_s: float
    way: float

    @property
    def is_rodent(self) -> bool:
        """Tell whether the track is that of a rodent: far, fast and nearly straight."""
        is_far = self.way >= max(_LEAST_WAY, 4 * self.size)
        return self.steps >= _FAST_STEPS and is_far and self.way >= _STRAIGHT * self.gone

    @property
    def is_insect(self) -> bool:
        """Tell whether the track is that of an insect: many fast steps that lead nowhere."""
        return self.steps >= _RESTLESS_STEPS and self.way < _RESTLESS * self.gone


class RodentTracks:
    """The tracks of the small blobs of one camera. A blob above `most_share` of the picture is a person, or another
    thing."""

    def __init__(self, most_share: float) -> None:
        self._most_share = most_share
        self._tracks: list[_Track] = []
        self._waits_s = float("-inf")

    def forget(self) -> None:
        self._tracks.clear()

    def see(self, blobs: Sequence[Blob], size: int, at_s: float) -> Run | None:
        """Take the blobs of one look and return a candidate. `size`: pixels of the whole picture."""
        moving = [blob for blob in blobs if blob.moved > 0]
        most = self._most_share * size
        if any(blob.pixels > most for blob in moving):
            self._waits_s = at_s + _AFTER_SOMEBODY_S
        small = [
            blob for blob in moving if _LEAST_PIXELS <= blob.pixels <= most and blob.height <= 1.5 * blob.width + 1
        ]
        if at_s < self._waits_s or len(small) > _MOST:
            self.forget()
            return None
        self._tracks = [track for track in self._tracks if at_s - track.last[0] <= _KEPT_S]
        runs = [self._grow(blob, at_s).run() for blob in small]
        if any(run.is_insect for run in runs):
            self._waits_s = at_s + _AFTER_INSECT_S
        found = next((run for run in runs if run.is_rodent), None)
        return Run(found.blob, found.gone / found.took_s / BLOB_WIDTH, found.way / BLOB_WIDTH) if found else None

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
