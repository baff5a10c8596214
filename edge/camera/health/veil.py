"""Detects a haze over the whole lens: grease, dew, scratches, a fogged dome.

Such a lens adds light that is not the scene's, everywhere the same: now = contrast x usual + lift. So of each cell the
contrast that is left is known from its gradients, and the lift from its mean. A change of the light, of the exposure or
of the gain multiplies, and lifts nothing but the black level; an infra-red lamp, a shadow, a tone curve and steam leave
different contrasts in different places. And a haze scatters light, but takes none away: a darker picture is another
light. Its share does not change with the gain:

    share = lift / (lift + GRAY x contrast)

is the share of the light that comes from the haze, if the haze were of a middle grey."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.camera.health.lasting import Lasting
from edge.camera.health.structure import Cells, correlation
from edge.camera.ranked import ranked
from edge.camera.view import State

VEIL_SHARE = 0.2
AFTER_S = 6.0
_GRAY = 128.0
_BLACK = 16.0  # the darkest level of studio range: what is multiplied is multiplied around it
_CONTRAST, _CONTRAST_BACK = 0.8, 0.85  # below the first a haze may begin, above the second the lens is clear
_EVEN, _STILL_EVEN = 1.5, 1.7  # between the tenth and the ninetieth of a hundred cells; steam and lamps have 2 and more
_STEADY = 0.15  # so much may the contrast change while a haze is waited for; steam comes and goes
_AS_BRIGHT = 0.75  # of the usual brightness at least
_LAYOUT = 0.85  # a lower correlation of the cells' means is another light
_LEAST_CELLS, _LEAST_SHARE = 8, 0.5


@dataclass(frozen=True, slots=True)
class Veil:
    """The haze of one look. `contrast`: median of what is left of the usual scene's; `unevenness`: of the contrasts of
    the cells, the ninetieth of a hundred by the tenth, infinite where too few tell; `bright`: of the usual brightness;
    `layout`: correlation of their means with the usual ones, without what stands before the scene; `share`: see
    above."""

    contrast: float
    unevenness: float
    bright: float
    layout: float
    share: float


NONE: Final = Veil(float("nan"), float("nan"), float("nan"), 0.0, 0.0)


def veil(contrast: Cells, mean: Cells, usual_mean: Cells, told: NDArray[np.bool_], counted: int) -> Veil:
    """Return the haze. `told`: the cells that show the usual scene, of `counted` that could."""
    count = int(np.count_nonzero(told))
    if count < _LEAST_CELLS:
        return NONE
    left = np.sort(contrast[told])
    amid, low, high = (float(left[round(share * (count - 1))]) for share in (0.5, 0.1, 0.9))
    unevenness = high / low if low > 0 and count >= _LEAST_SHARE * counted else float("inf")
    there, usual = mean[told], usual_mean[told]
    lift = ranked(there - np.float32(amid) * usual, 0.5) - _BLACK * max(0.0, 1 - amid)
    share = lift / (lift + _GRAY * amid) if lift > 0 else 0.0
    return Veil(amid, unevenness, float(there.sum() / (1 + usual.sum())), correlation(there, usual), share)


class VeilWatch:
    """A watch for a haze that stays."""

    def __init__(self) -> None:
        self._lasting = Lasting(AFTER_S)
        self._began = 1.0

    def look(self, seen: Veil, at_s: float) -> State:
        """Return whether there is a haze; unsure while it is waited for whether it stays."""
        is_told = self._lasting.is_told
        is_even = seen.unevenness <= (_STILL_EVEN if is_told else _EVEN)
        if not (is_even and seen.bright >= _AS_BRIGHT and seen.layout >= _LAYOUT):
            return self._lasting.skip(at_s)
        begins = seen.share >= VEIL_SHARE and seen.contrast <= _CONTRAST
        is_steady = is_told or abs(seen.contrast - self._began) <= _STEADY * self._began
        goes_on = seen.share >= 0.5 * VEIL_SHARE and seen.contrast <= _CONTRAST_BACK and is_steady
        state = self._lasting.see(at_s, begins=begins, goes_on=goes_on)
        if self._lasting.lasted(at_s) == 0:
            self._began = seen.contrast
        return state
