"""Turns the numbers of one look into states. Pure; the questions are asked in the order of their weight.

dark? -> covered? -> moved? -> defocused?

In a dark picture nobody can tell whether the camera is covered, and so on: every question after a yes is `unsure`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from edge.camera.health.settings import HealthSettings
from edge.camera.view import State
from wire.cameras import CameraKind

JUDGED = (CameraKind.DARK, CameraKind.COVERED, CameraKind.MOVED, CameraKind.DEFOCUSED)
_FALLEN = 1 / 3  # of the usual brightness: emergency light, dusk and a dimmer leave more
_SURELY = 0.64  # of the level of the dark: darker than this is dark, whatever is usual
_BLACK = 32.0  # 95 % below this is no light at all: studio range black is 16, and noise is some levels more
BLURRED_SHARE = 0.6  # of the cells whose sharpness can be told: so many are soft
SHIFTED_SHARE = 0.015  # of the width: a scene that is found so far from its place was moved
STILL_SHARE = 0.5  # of the structure: a new or a soft scene stands still for so much of it
INTACT_SHARE = 0.03  # of the cells: where more of the scene lies together as it was, something stands before it
SEEN_SHARE = 0.3  # of the cells: with fewer that show the usual scene it is not seen
STIRRED_SHARE = 0.15  # of the cells: what covers the lens moves, as a cloth that wipes it
FAINT_SHARE = 0.6  # of the share that a cover hides: with so much gone the picture may be covered
# Of the usual contrast, in half of the cells. A cover, and paint on the glass, let less through than the first; a lens
# far out of focus, a thick haze and weak light more than the second.
HIDDEN_SHARE, SHOWN_SHARE = 0.03, 0.04
DIMMED = 0.6  # of the usual brightness; a haze leaves more
LIT_SHARE = 0.5  # with less of the usual light, it is not the lens that is soft
BLIND_CELLS = 4  # with fewer cells that have an edge there is nothing to compare


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one look. Shares are of the cells that have structure in the usual scene and are not burnt out
    now.

    `bright`: 95th percentile of luma. `layout`: correlation of the coarse picture with the usual one; nan: not known.
    `gone`, `other`, `same`: shares of cells without structure, with another one, with the usual one. `intact`: share of
    cells with the usual structure that lie among others like them. `blurred`: of the cells whose sharpness can be told,
    the share that is soft; nan: too few. `still`: share that is as it was a moment ago. `shifted`: the distance by
    which the scene was found to be shifted, in shares of the width; 0: not shifted. `turned`: correlation with the
    usual scene of the picture turned by half, or mirrored; 0: it is not. `contrast`, `veil`: what is left of the usual
    contrast, and the share of a haze (`veil`). `shown`: the contrast that is left, of the usual one, in half of the
    cells; nan: not asked for, as enough is left. `crisp`: share of the usual sharpness (`softness`); nan: not known.
    `lit`: how much the light falls as usual. `stirred`: share of the cells that are brighter or darker than at the look
    before. `cells`: the number of cells that count."""

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
    turned: float = 0.0
    contrast: float = float("nan")
    veil: float = 0.0
    shown: float = float("nan")
    crisp: float = float("nan")
    usual_bright: float = float("nan")
    lit: float = 1.0
    stirred: float = 0.0

    @property
    def is_shown(self) -> bool:
        """Return whether the usual scene shows, weakly, where most of it seems to be gone."""
        return self.shown >= SHOWN_SHARE

    @property
    def evidence(self) -> Mapping[str, float]:
        """Return the values that are known, by their names."""
        values = {name: float(getattr(self, name)) for name in self.__slots__}
        return {name: round(value, 4) for name, value in values.items() if not isnan(value)}


def judge(
    measures: Measures, is_within_hours: bool, settings: HealthSettings, lens: Sequence[State] = ()
) -> Mapping[CameraKind, State]:
    """Return the state of each kind. `lens`: what the slow watches say of the lens (`veil`, `softness`)."""
    is_faint = measures.is_shown and measures.bright <= DIMMED * measures.usual_bright
    if measures.bright < settings.dark_level or is_faint:
        return _judge_dark(measures, is_faint, is_within_hours or settings.dark_when_closed, settings.dark_level)
    if measures.cells < BLIND_CELLS:
        # The usual scene is not known, or all of it is burnt out. A picture of nothing is no scene to begin with.
        is_blank = measures.cells == 0 and measures.gone >= 1
        return {
            CameraKind.DARK: State.NO,
            CameraKind.COVERED: State.YES if is_blank else State.UNSURE,
            CameraKind.MOVED: State.UNSURE,
            CameraKind.DEFOCUSED: State.UNSURE,
        }
    covered, moved = _covered(measures, settings), _moved(measures, settings)
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
        CameraKind.DEFOCUSED: _defocused(measures, settings, lens),
    }


def settle(states: Mapping[CameraKind, State], under_way: frozenset[CameraKind]) -> dict[CameraKind, State]:
    """Keep one event one event.

    A cloth that slips shows now nothing, now something soft or strange: while `covered` is under way, the other kinds
    that it could look like become unsure."""
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


def _judge_dark(measures: Measures, is_faint: bool, counts: bool, dark_level: float) -> Mapping[CameraKind, State]:
    """Judge a dark picture. `is_faint`: the usual scene shows everywhere in it, too weak to be told cell by cell.

    With the lights out, the scene is left weakly or not at all; a dark thing before the lens shows another picture. A
    scene that is never bright is still seen in less light."""
    unsure = dict.fromkeys(JUDGED, State.UNSURE)
    if not counts:
        return {**unsure, CameraKind.DARK: State.NO}
    is_another = not is_faint and measures.bright > _BLACK and measures.layout < 0.3 and measures.same < SEEN_SHARE
    if is_another:
        return {**unsure, CameraKind.COVERED: State.YES}
    has_fallen = not measures.bright > _FALLEN * measures.usual_bright
    is_dark = is_faint or has_fallen or measures.bright < _SURELY * dark_level or measures.same < SEEN_SHARE
    return {**unsure, CameraKind.DARK: State.YES if is_dark else State.UNSURE}


def _covered(measures: Measures, settings: HealthSettings) -> State:
    """Judge whether the lens is covered.

    A cover lets nothing through. A person before the lens hides much, but leaves some of the scene and has an outline.
    A scene that is found elsewhere is not hidden."""
    if measures.shifted > SHIFTED_SHARE:
        return State.NO
    if measures.shown >= HIDDEN_SHARE:
        return State.UNSURE
    if measures.gone >= settings.covered_share:
        # A cloth that wipes the lens hides as much, and never stands still.
        return State.YES if measures.stirred < STIRRED_SHARE else State.UNSURE
    return State.UNSURE if measures.gone >= FAINT_SHARE * settings.covered_share and measures.same < 0.35 else State.NO


def _moved(measures: Measures, settings: HealthSettings) -> State:
    """Judge whether the camera was moved: nearly everywhere another scene, or the usual one in another place.

    The new scene must stand still, which a crowd does not."""
    is_elsewhere = measures.shifted > SHIFTED_SHARE or measures.turned > 0
    is_another = (measures.other >= settings.moved_share and measures.same <= 0.3) or (
        measures.other >= 0.3 and measures.same <= 0.15
    )
    if is_elsewhere or (is_another and measures.intact <= INTACT_SHARE):
        return State.YES if measures.still >= STILL_SHARE else State.UNSURE
    return State.UNSURE if measures.same < 0.4 else State.NO


def _defocused(measures: Measures, settings: HealthSettings, lens: Sequence[State]) -> State:
    # So little of the scene and no less light: a lens far out of focus, or a thick haze.
    is_lens = measures.is_shown and measures.gone >= settings.covered_share
    said = (State.YES if is_lens else _blurred(measures), *lens)
    state = next((state for state in (State.YES, State.UNSURE) if state in said), State.NO)
    # A cloth that wipes the lens for long moves; a lens does not.
    return State.UNSURE if state is State.YES and measures.stirred >= STIRRED_SHARE else state


def _blurred(measures: Measures) -> State:
    if isnan(measures.blurred):
        return State.UNSURE
    if measures.blurred >= BLURRED_SHARE:
        # A hand that wipes the lens is soft as well, and never still: of a lens out of focus at least two thirds are.
        is_lens = measures.still >= STILL_SHARE and measures.lit >= LIT_SHARE
        return State.YES if is_lens else State.UNSURE
    return State.UNSURE if measures.blurred >= 0.4 else State.NO
