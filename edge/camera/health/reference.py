"""The usual scene: the picture that this camera has shown for minutes."""

from collections.abc import Callable

import numpy as np

from edge.camera.health.structure import Cells, Floats, Gradients, gradients

# Levels a second that the usual scene may drift. A cook who stands for a minute does not become part of it; furniture
# that was moved does in some minutes.
_DRIFT = 1.0
_FIRST_LOOKS = 5  # the median of these is the first usual scene: one passer-by is not in it
_RENEW_S = 1.0  # within so long it drifts by less than what anything here asks of it
_FOCUS_S = 60.0  # the usual sharpness follows within so long


class Reference:
    """The usual scene. It grows from the first looks, then drifts. The caller does not let it learn from a scene that
    it does not trust."""

    def __init__(self) -> None:
        self._first: list[tuple[Floats, Cells]] = []
        self._small: Floats | None = None
        self._seen_s = self._renewed_s = 0.0
        self.usual: Gradients | None = None
        self.focus: Cells = np.zeros((1, 1), np.float32)

    @property
    def small(self) -> Floats | None:
        return self._small

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
        weight = np.float32(min(2 * _RENEW_S, abs(since_s)) / _FOCUS_S)
        aim = np.minimum(np.maximum(self.focus, steady()), focus)
        self.focus = np.where(can_tell > 0, self.focus + weight * (aim - self.focus), self.focus)

    def _begin(self, small: Floats, focus: Cells) -> None:
        self._first.append((small, focus))
        if len(self._first) < _FIRST_LOOKS:
            return
        self._small = np.median([picture for picture, _ in self._first], axis=0).astype(np.float32)
        self.focus = np.median([sharpness for _, sharpness in self._first], axis=0).astype(np.float32)
        self.usual = gradients(self._small)
        self._first.clear()
