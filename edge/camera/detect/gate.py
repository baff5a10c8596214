"""Decides when to look for people: a detector costs fifty times as much as a look for motion. Pure."""

import numpy as np

from edge.camera.view import Gray

WIDTH = 96
# At this width noise is averaged out; a step of light changes all of it, somebody far away some fifteen pixels.
_STEP = 12
_LEAST_SHARE = 0.003
_EARLY = 0.95  # pictures do not come to the millisecond: one that is a little early is not left for the next


class Gate:
    """A gate that opens at most every `every_s` while the picture differs from the one that was last judged, and for
    `after_s` longer; otherwise every `idle_s`."""

    def __init__(self, every_s: float, after_s: float, idle_s: float) -> None:
        self._every_s = every_s
        self._after_s = after_s
        self._idle_s = idle_s
        self._judged: Gray | None = None
        self._judged_s = 0.0
        self._news_s = 0.0

    def opens(self, gray: Gray, at_s: float) -> bool:
        """Tell whether the picture `gray`, `WIDTH` wide, is to be judged."""
        # A first picture, another shape or a clock that went back: there is nothing to compare with.
        if self._judged is None or self._judged.shape != gray.shape or at_s < self._judged_s:
            self._news_s = at_s
            return self._open(gray, at_s)
        since = at_s - self._judged_s
        if since < self._every_s * _EARLY:
            return False
        if _differ(self._judged, gray):
            self._news_s = at_s
        is_awake = at_s - self._news_s <= self._after_s
        return self._open(gray, at_s) if is_awake or since >= self._idle_s else False

    def wake(self, at_s: float) -> None:
        """Keep the gate busy: an answer has changed, and the next looks must confirm it."""
        self._news_s = at_s

    def _open(self, gray: Gray, at_s: float) -> bool:
        self._judged, self._judged_s = gray.copy(), at_s
        return True


def _differ(one: Gray, other: Gray) -> bool:
    step = np.abs(one.astype(np.int16) - other)
    return float((step >= _STEP).mean()) >= _LEAST_SHARE
