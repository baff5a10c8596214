"""Detects a picture that has become a little soft, in any noise: slowly and surely, where `Measures.blurred` is quick.

The sharpness is the energy of the differences between neighbours 320 pixels wide, for the same energy of the gradients
160 wide: an octave that a blur of 1.5 pixels of 768 takes half of, and that a coarse encoder still keeps. Only what
stands in the same place in a picture a second older counts; noise does not. Places in which something moves, and a
camera that shakes, tell nothing."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.camera.health.lasting import Lasting
from edge.camera.health.structure import Cells, Detail, Floats, Gradients, common_energy, detail, likeness, shaken
from edge.camera.health.veil import Veil
from edge.camera.view import Gray, State

WIDTH = 320
SOFT_SHARE = 0.6  # of the usual sharpness; half is a blur of 1.5 pixels of 768, and clips that nobody touched had 0.65
AFTER_S = 6.0
_BACK_SHARE = 0.7
_EVERY_S = 1.0
_LEARNT_S = 60.0
_AS_BEFORE = 0.8  # correlation with the gradients of a second ago, of a cell in which nothing moves
# Pixels of 160 to another place, as `shaken` measures: a quarter of one, which takes a fifth of the common energy of
# sharp lines.
_SHAKEN = 0.15
_RISE, _SLOPE = np.float32(1.5), np.float32(0.25)  # of the usual sharpness, the most that is learnt; that of a slope
_LEAST_CELLS, _LEAST_SHARE = 8, 0.3
_LEAST_SAMPLES = 3
_BRIGHT = (0.75, 1.33)  # of the usual brightness; outside another light has come, and an encoder keeps other edges
_LAYOUT = 0.85
_FAINT = np.float32(0.25)


class SoftnessWatch:
    """A watch over the sharpness of one camera; `share`: of the usual sharpness, nan: not known."""

    def __init__(self) -> None:
        self._lasting = Lasting(AFTER_S)
        self._before: tuple[Detail, Floats, Gradients] | None = None
        self._sampled_s = 0.0
        self._usual: Cells = np.zeros((1, 1), np.float32)
        self._samples: Cells = np.zeros((1, 1), np.float32)
        self._fresh: tuple[Cells, NDArray[np.bool_]] | None = None
        self._state = State.NO
        self.share = float("nan")

    def look(
        self,
        shown: Callable[[], Gray],
        small: tuple[Floats, Gradients],
        told: NDArray[np.bool_],
        light: Veil,
        at_s: float,
    ) -> State:
        """Return whether the picture is soft. `shown`: gives the picture at WIDTH, asked once a second. `small`: the
        picture that gradients are taken from, and these. `told`: the cells that show the usual scene. `light`: how the
        light differs from the usual one."""
        if self._before is not None and 0 <= at_s - self._sampled_s < _EVERY_S:
            return self._state
        (pixels, now), energy = small, small[1].energy + _FAINT
        fine = detail(shown(), len(energy))
        before, self._before, self._sampled_s = self._before, (fine, pixels, now), at_s
        self._fresh = None
        if before is None or before[0].gray.shape != fine.gray.shape or fine.gray.shape[1] < WIDTH:
            return self._say(self._lasting.skip(at_s))
        stands = likeness(now, before[2]).same >= _AS_BEFORE
        if shaken(now, pixels - before[1], told & stands) > _SHAKEN:
            return self._say(self._lasting.skip(at_s))
        sharp = common_energy(fine, before[0])
        self._fresh = sharp / energy, stands
        if self._usual.shape != energy.shape:
            self._usual, self._samples = np.zeros_like(energy), np.zeros_like(energy)
        can_tell = told & stands & (self._samples >= _LEAST_SAMPLES)
        self.share = self._compare(sharp, energy, can_tell, told)
        bright, layout = light.light()
        if np.isnan(self.share) or layout < _LAYOUT or not _BRIGHT[0] <= bright <= _BRIGHT[1]:
            return self._say(self._lasting.skip(at_s))
        begins, goes_on = self.share <= SOFT_SHARE, self.share <= _BACK_SHARE
        return self._say(self._lasting.see(at_s, begins=begins, goes_on=goes_on))

    def learn(self) -> None:
        """Let the usual sharpness follow the last sample; call after `look`, for a look that is trusted."""
        if self._fresh is None:
            return
        (sharpness, stands), self._fresh = self._fresh, None
        # Noise that is repeated, as in a picture that froze for a while, is sharper than any lens.
        at_most = np.where(self._samples < _LEAST_SAMPLES, np.inf, _RISE * np.maximum(self._usual, _SLOPE))
        sharpness = np.minimum(sharpness, at_most)
        weight = stands * np.maximum(np.float32(_EVERY_S / _LEARNT_S), 1 / (self._samples + 1))
        self._usual = np.asarray(self._usual + weight * (sharpness - self._usual), np.float32)
        self._samples += stands

    def _compare(self, sharp: Cells, energy: Cells, can_tell: NDArray[np.bool_], told: NDArray[np.bool_]) -> float:
        if np.count_nonzero(can_tell) < max(_LEAST_CELLS, _LEAST_SHARE * np.count_nonzero(told)):
            return float("nan")
        usual = float((self._usual * energy)[can_tell].sum())
        return float(sharp[can_tell].sum()) / usual if usual > 0 else float("nan")

    def _say(self, state: State) -> State:
        self._state = state
        return state
