"""Detects that the same picture comes again and again: the stream runs, but the sensor, the encoder or a relay stands
still.

A quiet scene behind a low-noise encoder repeats itself too, between two key frames: for seconds, until the key frame
moves many pixels by a level or two. So seconds of the stream count, not frames, and none in which nothing came. The
picture is compared with the one before and, less strictly, with the one that the run began with: slow change ends a
run."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.areas import area
from edge.camera.ranked import ranked
from edge.camera.settings import Polygon
from edge.camera.view import Gray, State

_EVERY = 4  # of the pixels, both ways; not averaged: an average hides the noise that says the picture is alive
_LEVELS = 3  # a decoder's rounding of a repeated picture is below this
_SHARE = 5e-4  # of the pixels that may differ by more: what an encoder still mends, a clock that is drawn in
_MEAN = 0.05
_FAR_SHARE, _FAR_MEAN = 1e-2, 0.2  # from the picture the run began with: an encoder mends a still picture for seconds
_GAP_S = 2.5  # so much of the time between two looks counts
_FLAT = 12  # levels between the 2nd and the 98th percentile: nothing in the picture that could move


class Frozen:
    """A detector of frozen pictures, to be fed with the luma of every look. `mask`: polygons that do not count, such as
    a clock that goes on."""

    def __init__(self, after_s: float, mask: Sequence[Polygon] = ()) -> None:
        self._after_s = after_s
        self._mask = tuple(mask)
        self._masked: NDArray[np.bool_] = np.zeros((1, 1), np.bool_)
        self._first: Gray | None = None
        self._last: Gray | None = None
        self._lasted_s = self._looked_s = 0.0

    def look(self, luma: Gray, at_s: float) -> tuple[State, Mapping[str, float]]:
        """Judge one picture and return the state, with `still_s`: the seconds since the last change."""
        height, width = luma.shape
        size = max(1, width // _EVERY), max(1, height // _EVERY)
        sample = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        if self._masked.shape != sample.shape:
            self._masked = area(self._mask, *sample.shape) > 0
        if self._mask:
            sample[self._masked] = 0
        goes_on = _is_same(sample, self._last, _SHARE, _MEAN) and _is_same(sample, self._first, _FAR_SHARE, _FAR_MEAN)
        elapsed_s, self._looked_s = at_s - self._looked_s, at_s
        self._last = sample
        if not goes_on:
            self._first, self._lasted_s = sample, 0.0
            return State.NO, {"still_s": 0.0}
        lasted = self._lasted_s = self._lasted_s + min(elapsed_s, _GAP_S)
        few = sample[::4, ::4][~self._masked[::4, ::4]]
        # A picture with nothing in it that could move, such as a covered lens, proves nothing.
        if not few.size or ranked(few, 0.98) - ranked(few, 0.02) < _FLAT:
            return State.UNSURE, {"still_s": lasted}
        return State.YES if lasted >= self._after_s else State.NO, {"still_s": lasted}


def _is_same(sample: Gray, other: Gray | None, share: float, mean: float) -> bool:
    if other is None or sample.shape != other.shape:
        return False
    differs = cv2.absdiff(sample, other)
    return bool(np.count_nonzero(differs >= _LEVELS) <= share * sample.size and cv2.mean(differs)[0] < mean)
