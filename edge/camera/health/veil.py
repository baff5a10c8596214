"""Detects a haze over the whole lens: grease, dew, scratches, a fogged dome.

Such a lens adds light that is not the scene's, everywhere the same: now = contrast x usual + lift. So of each cell the
contrast that is left is known from its gradients, and the lift from its mean. A change of the light, of the exposure or
of the gain multiplies, and lifts nothing but the black level; an infra-red lamp, a shadow, a tone curve and steam leave
different contrasts in different places. And a haze scatters light, but takes none away: a darker picture is another
light. Its share does not change with the gain:

    share = lift / (lift + GRAY x contrast)

is the share of the light that comes from the haze, if the haze were of a middle grey."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.health.lasting import Lasting
from edge.camera.health.structure import Cells, correlation
from edge.camera.ranked import ranked
from edge.camera.view import State

VEIL_SHARE = 0.2
AFTER_S = 6.0
_GRAY = 128.0
_WHITE = 255.0  # no haze is brighter: a tone curve that lifts the dark lifts it by more than contrast is lost
_BLACK = 16.0  # the darkest level of studio range: what is multiplied is multiplied around it
_CONTRAST, _CONTRAST_BACK = 0.8, 0.85  # below the first a haze may begin, above the second the lens is clear
# Between the quarters of the cells: in drawn crowds and traffic a haze has up to 1.2, steam and lamps mostly 1.4. Once
# it has begun, what passes makes it less even.
_EVEN, _STILL_EVEN = 1.3, 1.5
_RECENT, _UNEVEN = 0.1, 3.0  # of the unevenness before a haze is told: the weight of a look, and the most it counts
_STEADY = 0.15  # so much may half of the cells change while a haze is waited for; steam comes and goes
_MEAN_S = 0.5  # the contrasts of cells are the mean of so long: a noisy night makes those of one look uneven
_AS_BRIGHT = 0.75  # of the usual brightness at least
# A lower correlation of the cells' means is another light; the second holds where the light that came is as even.
_LAYOUT, _THICK_LAYOUT = 0.85, 0.7
_LIT_EVEN = 0.4  # of the light that came: a haze before a lamp has 0.3, an infra-red lamp on the scene from 0.54
_UNTOUCHED = 0.75  # of the cells: whoever passes changes the mean of some of the rest
_LEAST_CELLS = 8
_LEAST_SHARE = 0.35  # of those that could tell: a crowd hides the half
# The usual contrasts follow another light within so long; the usual scene takes longer, and is hazy until then.
_USUAL_S = 10.0
_LEAST_SAMPLES = 5
_CLIPPED = (0.3, 3.0)  # what is learnt of one contrast: somebody before a plain wall has ten times its own


@dataclass(frozen=True, slots=True)
class Veil:
    """The haze of one look. `contrast`: median of what is left of the usual scene's; `is_told`: enough cells tell;
    `share`: see above. `contrasts`: of the cells; `told`: the cells that show the usual scene; `means`: their means now
    and usually."""

    contrast: float
    is_told: bool
    share: float
    contrasts: Cells
    told: NDArray[np.bool_]
    means: tuple[Cells, Cells]

    def light(self) -> tuple[float, float]:
        """Return the brightness, of the usual one, and the correlation of the cells' means with the usual ones, both
        without what stands before the scene."""
        if np.isnan(self.contrast):
            return float("nan"), 0.0
        now, usual = self.means
        lifts = now - np.float32(self.contrast) * usual
        away = np.abs(lifts - np.float32(ranked(lifts, 0.5)))
        untouched = away <= ranked(away, _UNTOUCHED)
        return float(now[untouched].sum() / (1 + usual[untouched].sum())), correlation(now[untouched], usual[untouched])

    def level(self) -> float:
        """Return the level that the light of the haze has, where nothing else is seen."""
        lift = _GRAY * self.contrast * self.share / (1 - self.share)
        return _BLACK + lift / (1 - self.contrast)

    def unevenness(self) -> float:
        """Return the spread of the light that came, of itself: between the quarters of the cells."""
        now, usual = self.means
        lifts = now - np.float32(self.contrast) * usual - np.float32(_black(self.contrast))
        low, amid, high = (ranked(lifts, share) for share in (0.25, 0.5, 0.75))
        return (high - low) / amid if amid > 0 else float("inf")


def veil(contrast: Cells, mean: Cells, usual_mean: Cells, told: NDArray[np.bool_], counted: int) -> Veil:
    """Return the haze. `told`: the cells that show the usual scene, of `counted` that could."""
    count = int(np.count_nonzero(told))
    there, usual = mean[told], usual_mean[told]
    if count < _LEAST_CELLS:
        return Veil(float("nan"), False, 0.0, contrast, told, (there, usual))
    amid = ranked(contrast[told], 0.5)
    lift = ranked(there - np.float32(amid) * usual, 0.5) - _black(amid)
    share = lift / (lift + _GRAY * amid) if lift > 0 else 0.0
    return Veil(amid, count >= _LEAST_SHARE * counted, share, contrast, told, (there, usual))


def _black(contrast: float) -> float:
    """Return the level of black, where only this much of the contrast is left and nothing is added."""
    return _BLACK * max(0.0, 1 - contrast)


class VeilWatch:
    """A watch for a haze that stays.

    Cells are compared with what they usually have: something that passes leaves a trace in the usual scene, which
    weakens or strengthens single cells for a while."""

    def __init__(self) -> None:
        self._lasting = Lasting(AFTER_S)
        self._began: Cells = np.ones((1, 1), np.float32)
        self._usual: Cells = np.ones((1, 1), np.float32)
        self._samples: Cells = np.zeros((1, 1), np.float32)
        self._seen: Veil | None = None
        self._mean: Cells = np.ones((1, 1), np.float32)
        self._suspected_s: float | None = None
        self._unevenness = 1.0
        self._seen_s = self._learnt_s = 0.0

    def look(self, seen: Veil, at_s: float) -> State:
        """Return whether there is a haze; unsure while it is waited for whether it stays."""
        self._seen = seen
        if self._usual.shape != seen.contrasts.shape:
            self._usual, self._samples = np.ones_like(seen.contrasts), np.zeros_like(seen.contrasts)
        begins = seen.share >= VEIL_SHARE and seen.contrast <= _CONTRAST and seen.level() <= _WHITE
        is_told, is_running = self._lasting.is_told, self._lasting.is_running
        if not begins and not is_running:
            self._suspected_s = None
            return State.NO
        if self._average(seen, at_s) < _MEAN_S and not is_running:
            self._seen = None  # not to be learnt
            return State.NO
        left, unevenness = self._left(seen)
        self._unevenness += _RECENT * (min(unevenness, _UNEVEN) - self._unevenness)
        bright, layout = seen.light()
        # Little contrast is left in a thick haze: the layout is then that of the haze, which a lamp lights.
        is_same_light = layout >= _LAYOUT or (layout >= _THICK_LAYOUT and seen.unevenness() <= _LIT_EVEN)
        is_lit = seen.is_told and bright >= _AS_BRIGHT and is_same_light
        if not (is_lit and unevenness <= (_STILL_EVEN if is_running else _EVEN)):
            return self._lasting.skip(at_s)
        is_steady = is_told or not is_running or self._change(seen) <= _STEADY
        # One look may begin it by chance; most must have been as even when it is told.
        is_even = is_told or self._lasting.lasted(at_s) < AFTER_S or self._unevenness <= _EVEN
        is_there = seen.share >= 0.5 * VEIL_SHARE and max(seen.contrast, left) <= _CONTRAST_BACK
        goes_on = is_there and is_steady and is_even
        state = self._lasting.see(at_s, begins=begins and left <= _CONTRAST, goes_on=goes_on)
        if self._lasting.lasted(at_s) == 0:
            self._began = np.where(seen.told, self._mean, np.float32(np.nan))
        return state

    def learn(self, at_s: float) -> None:
        """Let the usual contrasts follow the last look; call after `look`, for a look that is trusted."""
        elapsed_s, self._learnt_s = at_s - self._learnt_s, at_s
        if self._seen is None:
            return
        weight = self._seen.told * np.maximum(np.float32(min(1.0, abs(elapsed_s) / _USUAL_S)), 1 / (self._samples + 1))
        self._usual = self._usual + weight * (np.clip(self._seen.contrasts, *_CLIPPED) - self._usual)
        self._samples += self._seen.told

    def _average(self, seen: Veil, at_s: float) -> float:
        """Let the mean of the contrasts follow this look, and return for how many seconds there may be a haze."""
        if self._suspected_s is None:
            self._suspected_s = self._seen_s = at_s
            self._mean, self._unevenness = seen.contrasts, 1.0
        weight, self._seen_s = np.float32(min(1.0, abs(at_s - self._seen_s) / _MEAN_S)), at_s
        self._mean = self._mean + weight * seen.told * (seen.contrasts - self._mean)
        return at_s - self._suspected_s

    def _left(self, seen: Veil) -> tuple[float, float]:
        """Return what is left of the contrasts that are usual in this light, whatever the usual scene was seen in: the
        median, and the upper quarter by the lower one; infinite where too few are known."""
        known = seen.told & (self._samples >= _LEAST_SAMPLES)
        if np.count_nonzero(known) < _LEAST_CELLS:
            return float("inf"), float("inf")
        left = self._mean[known] / self._usual[known]
        low = ranked(left, 0.25)
        return ranked(left, 0.5), ranked(left, 0.75) / low if low > 0 else float("inf")

    def _change(self, seen: Veil) -> float:
        """Return how much half of the cells have changed since the haze began. Steam that drifts on is as thick as
        before, but elsewhere."""
        both = seen.told & ~np.isnan(self._began)
        if not both.any():
            return float("inf")
        began = self._began[both]
        return ranked(np.abs(self._mean[both] - began) / began, 0.5)
