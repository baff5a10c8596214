"""Numbers of one look to what they mean. Pure; the order of the questions is the order of the answers' weight.

    dark?  ->  covered?  ->  moved?  ->  defocused?

What is dark cannot be told to be covered, and so on: what follows a yes is `unsure`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from edge.camera.health.settings import HealthSettings
from edge.camera.view import State
from wire.cameras import CameraKind

JUDGED = (CameraKind.DARK, CameraKind.COVERED, CameraKind.MOVED, CameraKind.DEFOCUSED)
_BLACK = 32.0  # 95 % below this is no light at all: studio range black is 16, and noise is some levels more
BLURRED_SHARE = 0.6  # of the cells whose sharpness can be told: so many are soft
SHIFTED_SHARE = 0.015  # of the width: a scene that is found so far from its place was moved
INTACT_SHARE = 0.03  # of the cells: where more of the scene lies together as it was, something stands before it
BLIND_CELLS = 4  # with fewer cells that have an edge there is nothing to compare


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one look. Shares are of the cells that have structure in the usual scene and are not burnt out now.

    `bright`: 95th percentile of luma. `layout`: correlation of the coarse picture with the usual one; nan: not known.
    `gone`, `other`, `same`: shares of cells without structure, with another one, with the usual one. `intact`: share
    that lies amid others with the usual one. `blurred`: of the cells whose sharpness can be told, the share that is
    soft; nan: too few. `still`: share that is as it was a moment ago. `shifted`: how far the scene was found to be
    shifted, in shares of the width; 0: not. `cells`: how many count."""

    bright: float
    layout: float
    gone: float
    other: float
    same: float
    intact: float
    blurred: float
    still: float
    shifted: float
    cells: int

    @property
    def evidence(self) -> Mapping[str, float]:
        values = {name: float(getattr(self, name)) for name in self.__slots__}
        return {name: round(value, 4) for name, value in values.items() if not isnan(value)}


def judge(it: Measures, is_within_hours: bool, settings: HealthSettings) -> Mapping[CameraKind, State]:
    if it.bright < settings.dark_level:
        return _judge_dark(it, is_within_hours or settings.dark_when_closed)
    if it.cells < BLIND_CELLS:
        # The usual scene is not known, or all of it is burnt out. A picture of nothing is no scene to begin with.
        is_blank = it.cells == 0 and it.gone >= 1
        return {
            CameraKind.DARK: State.NO,
            CameraKind.COVERED: State.YES if is_blank else State.UNSURE,
            CameraKind.MOVED: State.UNSURE,
            CameraKind.DEFOCUSED: State.UNSURE,
        }
    covered, moved = _covered(it, settings), _moved(it, settings)
    if covered is State.YES:
        return {
            CameraKind.DARK: State.NO,
            CameraKind.COVERED: covered,
            CameraKind.MOVED: State.UNSURE,
            CameraKind.DEFOCUSED: State.UNSURE,
        }
    if moved is State.YES:
        return {
            CameraKind.DARK: State.NO,
            CameraKind.COVERED: covered,
            CameraKind.MOVED: moved,
            CameraKind.DEFOCUSED: State.UNSURE,
        }
    return {
        CameraKind.DARK: State.NO,
        CameraKind.COVERED: covered,
        CameraKind.MOVED: moved,
        CameraKind.DEFOCUSED: _defocused(it),
    }


def settle(states: Mapping[CameraKind, State], under_way: frozenset[CameraKind]) -> dict[CameraKind, State]:
    """A cloth that slips shows now nothing, now something soft or strange: it stays the one event that it is."""
    settled = dict(states)
    for kind, hidden in (
        (CameraKind.COVERED, (CameraKind.DEFOCUSED, CameraKind.MOVED)),
        (CameraKind.DEFOCUSED, (CameraKind.MOVED,)),
    ):
        if kind not in under_way:
            continue
        for other in hidden:
            if settled[other] is State.YES and other not in under_way:
                settled[other] = settled[kind] = State.UNSURE
    return settled


def _judge_dark(it: Measures, counts: bool) -> Mapping[CameraKind, State]:
    """Lights out leaves the scene, weakly, or nothing at all; a dark thing before the lens shows another picture."""
    unsure = dict.fromkeys(JUDGED, State.UNSURE)
    if not counts:
        return {**unsure, CameraKind.DARK: State.NO}
    is_another = it.bright > _BLACK and it.layout < 0.3 and it.same < 0.3
    if is_another:
        return {**unsure, CameraKind.COVERED: State.YES}
    return {**unsure, CameraKind.DARK: State.YES}


def _covered(it: Measures, settings: HealthSettings) -> State:
    """A person before the lens hides much, but leaves some of the scene, and has an outline. What is found elsewhere
    is not hidden."""
    if it.shifted > SHIFTED_SHARE:
        return State.NO
    if it.gone >= settings.covered_share:
        return State.YES
    return State.UNSURE if it.gone >= 0.6 * settings.covered_share and it.same < 0.35 else State.NO


def _moved(it: Measures, settings: HealthSettings) -> State:
    """Another scene nearly everywhere, or the usual one put elsewhere; and it stands still: a crowd does not."""
    is_elsewhere = it.shifted > SHIFTED_SHARE
    is_another = (it.other >= settings.moved_share and it.same <= 0.3) or (it.other >= 0.3 and it.same <= 0.15)
    if is_elsewhere or (is_another and it.intact <= INTACT_SHARE):
        return State.YES if it.still >= 0.5 else State.UNSURE
    return State.UNSURE if it.same < 0.4 else State.NO


def _defocused(it: Measures) -> State:
    if isnan(it.blurred):
        return State.UNSURE
    if it.blurred >= BLURRED_SHARE:
        return State.YES
    return State.UNSURE if it.blurred >= 0.4 else State.NO
