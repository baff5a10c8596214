"""Finds something small that runs or explores while nobody is there. Pure.

The finding is a candidate, not a proven rodent: small, not upright, and either running, several of its own lengths a
second for several looks, or exploring: slowly, but for many looks without a jump, always of about one size, and some
way across the picture. A thing that moves where somebody stood a moment ago is a hand. A person far away moves one
length a second. Noise, rain and snow on a screen do not last or do not get anywhere; an insect before the lens jumps,
turns and changes its size; a light has no size of its own.

Things darker than the ground are judged apart from lighter ones: drops, flakes and insects shine before an infrared
lens, as light does. So a crowd of them hides no dark animal."""

from collections.abc import Sequence
from math import prod

from edge.camera.activity.busy import BusyPlaces
from edge.camera.activity.crowd import without_crowd
from edge.camera.activity.explorer import Trail, Trails
from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.runner import Run, Runners
from edge.camera.activity.somebody import Somebody

_LEAST_PIXELS = 2
_DARKER = 9  # levels: two drops that touch have the usual brightness between them


class _Side:
    """The things that are darker than usual, or those that are lighter. `shines`: they may be light, flakes or insects
    before the lens, so they must show more."""

    def __init__(self, *, shines: bool) -> None:
        self._runners, self._trails = Runners(shines=shines), Trails(shines=shines)

    def forget(self) -> None:
        self._runners.forget()
        self._trails.forget()

    def see(self, small: Sequence[Blob], at_s: float, look_s: float) -> Run | None:
        few = without_crowd(small)
        explorer = self._trails.see(small, at_s, look_s)
        return self._runners.see(few, at_s, is_crowd=len(small) > len(few)) or (
            _explored(explorer) if explorer else None
        )


def _explored(trail: Trail) -> Run:
    first, last = trail.points[0], trail.last
    way = last[1].distance(first[1]) / BLOB_WIDTH
    return Run(last[1], way / (last[0] - first[0]), way)


class RodentTracks:
    """The tracks of the small blobs of one camera. A blob above `most_share` of the picture is a person, or another
    thing."""

    def __init__(self, most_share: float) -> None:
        self._most_share = most_share
        self._dark, self._light = _Side(shines=False), _Side(shines=True)
        self._busy = BusyPlaces()
        self._somebody = Somebody()
        self._looked_s, self._look_s = float("-inf"), 0.2

    def forget(self) -> None:
        self._dark.forget()
        self._light.forget()

    def see(self, blobs: Sequence[Blob], shape: tuple[int, ...], at_s: float) -> Run | None:
        """Take the blobs of one look and return a candidate. `shape`: height and width of the picture in which
        they were found."""
        moving = [blob for blob in blobs if blob.moved > 0]
        most = self._most_share * prod(shape)
        small = [
            blob for blob in moving if _LEAST_PIXELS <= blob.pixels <= most and blob.height <= 1.5 * blob.width + 1
        ]
        look_s, self._looked_s = at_s - self._looked_s, at_s
        self._look_s += 0.1 * (min(1.0, look_s) - self._look_s)
        self._busy.see(moving, shape, min(1.0, look_s))
        self._somebody.see([blob for blob in moving if blob.pixels > most and not self._busy.always(blob)], at_s)
        if not self._somebody.has_passed(at_s):
            self.forget()
            return None
        small = [blob for blob in small if not self._busy.has(blob) and not self._somebody.may_be(blob)]
        darker = [blob for blob in small if blob.level < blob.usual - _DARKER]
        # What is light and comes in at the top falls.
        lighter = [blob for blob in small if blob.level >= blob.usual - _DARKER and blob.top]
        found = [side.see(those, at_s, self._look_s) for side, those in ((self._dark, darker), (self._light, lighter))]
        return found[0] or found[1]
