"""The usual scene: the picture that this camera has shown for minutes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.camera.health.structure import EDGE, Cells, Floats, Gradients, gradients
from edge.camera.ranked import ranked

# Levels a second that the usual scene may drift. A cook who stands for a minute does not become part of it; furniture
# that was moved does in some minutes.
_DRIFT = 1.0
_FIRST_LOOKS = 5  # the median of these is the first usual scene: one passer-by is not in it
_RENEW_S = 1.0  # within so long it drifts by less than what anything here asks of it
_BARE = 0.5  # of the energy of an edge: a cell with less has become bare
_FOCUS_S = 60.0  # the usual sharpness follows within so long
_LEAST_SAMPLES = np.float32(10)  # of the sharpness of a place: noise alone has some by chance


class Reference:
    """The usual scene. It grows from the first looks, then drifts. The caller does not let it learn from a scene that
    it does not trust. `bright`: 95th percentile of luma. `focus`: the usual sharpness of each cell."""

    def __init__(self) -> None:
        self._first: list[tuple[Floats, Cells]] = []
        self._small: Floats | None = None
        self._seen_s = self._renewed_s = 0.0
        self.bright = 0.0
        self.usual: Gradients | None = None
        self.focus: Cells = np.zeros((1, 1), np.float32)
        self._samples: Cells = np.zeros((1, 1), np.float32)

    @property
    def small(self) -> Floats | None:
        return self._small

    @property
    def is_focus_known(self) -> NDArray[np.bool_]:
        """Return the cells whose usual sharpness is known."""
        return self._samples >= _LEAST_SAMPLES

    def forget(self) -> None:
        """Forget the usual scene: the next looks become the new one."""
        self._first.clear()
        self._small = self.usual = None

    def learn(self, small: Floats, focus: Cells, steady: Callable[[], Cells], can_tell: Cells, at_s: float) -> None:
        """Let the usual scene drift towards this look.

        `focus`: sharpness of each cell, learnt where `can_tell` is above 0. `steady`: the sharpness of what stays. Rain
        and grain make a picture sharper than the lens does, so the usual sharpness rises only by the steady part."""
        elapsed, self._seen_s = min(1.0, max(0.0, at_s - self._seen_s)), at_s
        if self._small is None:
            self._begin(small, focus)
            return
        step = _DRIFT * elapsed
        self._small = (self._small + np.clip(small - self._small, -step, step)).astype(np.float32)
        since_s = at_s - self._renewed_s
        if 0 <= since_s < _RENEW_S:
            return
        self.usual, self._renewed_s = gradients(self._small), at_s
        self.bright = ranked(self._small[::2, ::2], 0.95)
        weight = np.float32(min(2 * _RENEW_S, abs(since_s)) / _FOCUS_S)
        # A bare place has no sharpness; what comes to stand there brings its own.
        self._samples[self.usual.varied < _BARE * EDGE] = 0
        stays, is_known = steady(), self.is_focus_known
        aim = np.minimum(np.where(is_known, np.maximum(self.focus, stays), stays), focus)
        weights = np.where(is_known, weight, 1 / (self._samples + 1))
        is_learnt = (can_tell > 0) & (is_known | (self.usual.varied >= EDGE))
        self.focus = np.asarray(np.where(is_learnt, self.focus + weights * (aim - self.focus), self.focus), np.float32)
        self._samples += is_learnt

    def _begin(self, small: Floats, focus: Cells) -> None:
        self._first.append((small, focus))
        if len(self._first) < _FIRST_LOOKS:
            return
        self._small = np.median([picture for picture, _ in self._first], axis=0).astype(np.float32)
        self.focus = np.median([sharpness for _, sharpness in self._first], axis=0).astype(np.float32)
        self.usual = gradients(self._small)
        self.bright = ranked(self._small[::2, ::2], 0.95)
        self._samples = np.where(self.usual.varied >= EDGE, _LEAST_SAMPLES, np.float32(0))
        self._first.clear()
