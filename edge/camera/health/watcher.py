"""Measures each look, judges it, and decides whether the usual scene may learn from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge.camera.areas import area
from edge.camera.health import softness
from edge.camera.health.frozen import Frozen
from edge.camera.health.judge import BLIND_CELLS, BLURRED_SHARE, FAINT_SHARE, JUDGED, Measures, judge, settle
from edge.camera.health.reference import Reference
from edge.camera.health.settings import HealthSettings
from edge.camera.health.softness import SoftnessWatch
from edge.camera.health.structure import (
    SHARP_WIDTH,
    SOFT,
    WIDTH,
    Cells,
    Detail,
    Floats,
    Gradients,
    amid,
    cells,
    correlation,
    detail,
    fine_energy,
    gradients,
    likeness,
    shift,
    steady_energy,
    structured,
    turned,
)
from edge.camera.health.veil import VeilWatch, veil
from edge.camera.ranked import ranked
from edge.camera.scaled import scaled
from edge.camera.settings import Polygon
from edge.camera.view import Gray, Sighting, State, View
from edge.hours import Hours, is_open
from wire.cameras import HEALTH, CameraKind

_FAINT = np.float32(0.25)  # what has less of an edge is not sharp for it
_HIDING = (CameraKind.COVERED, CameraKind.DEFOCUSED)
_RECENT_S = 0.5  # how old the picture is that tells whether the scene stands still
_LEAST_LOOKED_AT = 0.3  # of the picture, for nothing in it to mean that there is nothing to be seen
_FEW = 0.2  # of the cells: so many are somebody, whatever they look like
_USUAL = 0.75  # share of the cells that show the usual scene, above which it has not moved
_TURNED = 0.5  # share of the cells that show the usual scene, above which a turned scene would look the same anyway
_LEAST_TOLD = 0.25  # of the cells, for their sharpness to speak for the picture
_SHARP = 4.0  # the sharpness of the finest lines; above it is grain
_STIR = 8.0  # levels between two looks, of the mean of a cell
_LIKELY = 8.0  # levels by which half of the cells are brighter or darker than a gain explains: another light
_BURNT = 250.0  # a cell of this mean has lost its edges to the light, not to a hand


@dataclass(frozen=True, slots=True)
class _Look:
    """The time of a look, and its picture at the width of `softness`, made when it is asked for."""

    at_s: float
    shown: Callable[[], Gray]


class HealthWatcher:
    """The health watcher of one camera. `mask`: polygons that are never looked at (a clock in the picture is not the
    scene)."""

    def __init__(self, settings: HealthSettings, hours: tuple[Hours, ...] = (), mask: Sequence[Polygon] = ()) -> None:
        self._settings = settings
        self._hours = hours
        self._mask = tuple(mask)
        self._frozen = Frozen(settings.frozen_s, mask)
        self._reference = Reference()
        self._recent: Floats | None = None
        self._fine: Detail | None = None
        self._looked_s = 0.0
        self._other_since: float | None = None
        self._allowed: Cells = np.ones((1, 1), np.float32)
        self._veil, self._softness = VeilWatch(), SoftnessWatch()
        self._lens: tuple[State, ...] = ()
        self._means: Cells | None = None

    def remask(self, mask: Sequence[Polygon]) -> None:
        """Look past other parts of the picture from now on. The usual scene stays known: a camera that is covered does
        not come out of it by a new mask."""
        self._mask = tuple(mask)
        self._frozen = Frozen(self._settings.frozen_s, mask)
        if self._recent is not None:
            self._allow(*self._recent.shape)

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        frame = scaled(view.frame)
        gray, small = frame.gray(SHARP_WIDTH), frame.gray(WIDTH)
        self._fit(small)
        pixels = small.astype(np.float32)
        now = gradients(pixels)
        fine = detail(gray, len(now.energy))
        focus = fine_energy(fine) / (now.energy + _FAINT)
        measures = self._measure(small, pixels, now, focus, _Look(view.at_s, partial(frame.gray, softness.WIDTH)))
        self._remember(pixels, view.at_s)
        judged = judge(measures, is_open(self._hours, view.local), self._settings, self._lens)
        states = settle(judged, trouble)
        still, evidence = self._frozen.look(frame.luma, view.at_s)
        is_seen = states[CameraKind.DARK] is State.NO and measures.bright >= self._settings.dark_level
        if CameraKind.MOVED in trouble and states[CameraKind.COVERED] is State.YES and not self._blankness(now):
            # What stood in the usual scene is gone, because the camera looks elsewhere.
            states[CameraKind.COVERED] = State.UNSURE
        # What is hidden or soft has little left that an encoder would not repeat.
        is_little = any(states[kind] is State.YES or kind in trouble for kind in _HIDING)
        is_told = is_seen and not (is_little and still is State.YES)
        states[CameraKind.FROZEN] = still if is_told else State.UNSURE
        before = fine if self._fine is None or self._fine.gray.shape != gray.shape else self._fine
        self._fine = fine
        steady = partial(_steadiness, fine, before, now)
        self._learn(view.at_s, states, trouble, (pixels, now, focus, steady))
        measured = measures.evidence
        said = [Sighting(kind, states[kind], evidence=measured) for kind in JUDGED]
        return [Sighting(CameraKind.FROZEN, states[CameraKind.FROZEN], evidence=evidence), *said]

    def _fit(self, small: Gray) -> None:
        """Begin anew when the shape of the picture changes: the camera then shows another scene."""
        height, width = small.shape
        grid = cells(np.zeros((height, width), np.float32)).shape
        if self._recent is not None and self._recent.shape == small.shape:
            return
        self._recent = self._means = None
        self._reference = Reference()
        self._veil, self._softness = VeilWatch(), SoftnessWatch()
        self._allow(height, width)
        assert self._allowed.shape == grid, "one grid for one shape"

    def _allow(self, height: int, width: int) -> None:
        masked = area(self._mask, height, width).astype(np.float32)
        self._allowed = 1 - cells(masked)

    def _measure(self, small: Gray, pixels: Floats, now: Gradients, focus: Cells, look: "_Look") -> Measures:
        # Every second pixel both ways: a percentile needs no more.
        bright = ranked(small[::2, ::2], 0.95)
        usual = self._reference.usual
        if usual is None or self._reference.small is None:
            self._lens = ()
            self._means = None
            return Measures(bright, np.nan, self._blankness(now), 0.0, 1.0, 1.0, np.nan, 1.0, 0.0, 0)
        mean, usual_mean = cells(pixels), cells(self._reference.small)
        before, self._means = self._means, mean
        stirred = 0.0 if before is None else _stirred(mean - before)
        counted = structured(usual.varied, self._allowed) & (mean < _BURNT)
        like = likeness(now, usual)
        usual_focus = self._reference.focus
        is_soft = focus - SOFT < self._settings.blur_ratio * (usual_focus - SOFT)
        is_gone = (like.kept < 0.06) | (now.varied < 0.25)
        is_another = like.same < 0.3
        if _share(is_another, counted) > _FEW and self._is_nothing_sharp(now, focus, counted):
            # Soft and another thing: a cloth or a hand, too near to be sharp.
            is_gone |= is_another
        is_same = (like.same >= 0.5) & ~is_gone
        is_other = is_another & ~is_gone
        gone, same, other = (_share(which, counted) for which in (is_gone, is_same, is_other))
        can_tell = ~is_gone & ~is_other & self._reference.is_focus_known & (usual_focus >= 2 * SOFT)
        layout, told = correlation(mean, usual_mean), is_same & counted
        # Little is left in a thick haze, but it is the usual scene.
        through = (like.same >= 0.5) & counted
        hazy = veil(like.contrast, mean, usual_mean, through, int(np.count_nonzero(counted)))
        self._lens = (
            self._veil.look(hazy, look.at_s),
            self._softness.look(look.shown, (pixels, now), told, hazy, look.at_s),
        )
        blurred = self._blurred(is_soft, counted, can_tell)
        return Measures(
            bright=bright,
            usual_bright=self._reference.bright,
            layout=layout,
            gone=gone,
            other=other,
            same=same,
            intact=same if same > _USUAL else _share(amid(is_same, counted), counted),
            blurred=blurred,
            lit=_lit(mean, usual_mean, counted & can_tell) if blurred >= BLURRED_SHARE else 1.0,
            stirred=stirred,
            still=self._stillness(now, same),
            shifted=self._shifted(now, usual, counted, same),
            cells=int(np.count_nonzero(counted)),
            turned=turned(now, usual) if same < _TURNED else 0.0,
            contrast=hazy.contrast,
            veil=hazy.share,
            shown=ranked(like.contrast[counted], 0.5) if gone >= FAINT_SHARE * self._settings.covered_share else np.nan,
            crisp=self._softness.share,
        )

    def _blankness(self, now: Gradients) -> float:
        """Return 1 if the picture shows nothing, though enough of it may be looked at; else 0."""
        has_nothing = np.count_nonzero(structured(now.varied, self._allowed)) < BLIND_CELLS
        return float(has_nothing and float((self._allowed > 0.5).mean()) >= _LEAST_LOOKED_AT)

    def _is_nothing_sharp(self, now: Gradients, focus: Cells, counted: NDArray[np.bool_]) -> bool:
        """Tell whether not even the sharpest tenth of the picture is sharp; a camera that was turned shows something
        sharp."""
        seen = structured(now.varied, self._allowed)
        if not seen.any() or not counted.any():
            return True
        sharpest, usual = ranked(focus[seen], 0.9), ranked(self._reference.focus[counted], 0.9)
        return sharpest - SOFT < self._settings.blur_ratio * (min(usual, _SHARP) - SOFT)

    @staticmethod
    def _blurred(is_soft: NDArray[np.bool_], counted: NDArray[np.bool_], can_tell: NDArray[np.bool_]) -> float:
        """Return the share of soft cells among those that show the usual scene, once sharp.

        A person before the scene may be soft; the lens is not."""
        told = counted & can_tell
        if np.count_nonzero(told) < max(BLIND_CELLS, _LEAST_TOLD * np.count_nonzero(counted)):
            return float("nan")
        return _share(is_soft, told)

    def _stillness(self, now: Gradients, same: float) -> float:
        """Return the share of the structure that is as it was a moment ago. Measured only when the scene is no longer
        quite the usual one, as in `_shifted`."""
        if self._recent is None or same > _USUAL:
            return 1.0
        before = gradients(self._recent)
        return _share(likeness(now, before).same >= 0.6, structured(now.varied, self._allowed))

    def _shifted(self, now: Gradients, usual: Gradients, counted: NDArray[np.bool_], same: float) -> float:
        """Return the shift of the scene as a share of the width. Measured only when the scene is no longer quite the
        usual one: it costs as much as all other measures together."""
        if same > _USUAL or np.count_nonzero(counted) < 8:
            return 0.0
        dx, dy, correlation = shift(now, usual)
        at_home = float(np.vdot(now.x, usual.x) + np.vdot(now.y, usual.y))
        energy = [float(np.vdot(gradient.x, gradient.x) + np.vdot(gradient.y, gradient.y)) for gradient in (now, usual)]
        at_home /= 1e-3 + (energy[0] * energy[1]) ** 0.5
        is_found = correlation >= 0.5 and correlation >= at_home + 0.2
        return float(np.hypot(dx, dy)) / WIDTH if is_found else 0.0

    def _remember(self, pixels: Floats, at_s: float) -> None:
        elapsed, self._looked_s = max(0.0, at_s - self._looked_s), at_s
        if self._recent is None:
            self._recent = pixels
            return
        weight = np.float32(min(1.0, elapsed / _RECENT_S))
        self._recent = self._recent + weight * (pixels - self._recent)

    def _learn(
        self,
        at_s: float,
        states: Mapping[CameraKind, State],
        trouble: frozenset[CameraKind],
        seen: tuple[Floats, Gradients, Cells, Callable[[], Cells]],
    ) -> None:
        """Let the usual scene learn from a trusted look; take over another scene that has lasted."""
        is_calm = all(state is State.NO for state in states.values()) and not trouble & HEALTH
        is_begun = self._reference.usual is not None or states[CameraKind.COVERED] is State.YES
        if not is_calm and is_begun:
            self._wait_for_another(at_s, states)
            return
        self._other_since = None
        pixels, now, focus, steady = seen
        if states[CameraKind.DARK] is State.NO and states[CameraKind.FROZEN] is State.NO:
            can_tell = structured(now.varied, self._allowed).astype(np.float32)
            self._reference.learn(pixels, focus, steady, can_tell, at_s)
            self._softness.learn()
            self._veil.learn(at_s)

    def _wait_for_another(self, at_s: float, states: Mapping[CameraKind, State]) -> None:
        is_another = State.YES not in {states[CameraKind.DARK], states[CameraKind.COVERED], states[CameraKind.FROZEN]}
        if not is_another or states[CameraKind.MOVED] is State.NO:
            self._other_since = None
        elif self._other_since is None:
            self._other_since = at_s
        elif at_s - self._other_since >= self._settings.relearn_s:
            self._other_since = None
            self._reference.forget()
            self._veil, self._softness = VeilWatch(), SoftnessWatch()


def _steadiness(fine: Detail, before: Detail, now: Gradients) -> Cells:
    return np.asarray(steady_energy(fine, before) / (now.energy + _FAINT), np.float32)


def _stirred(change: Cells) -> float:
    """Return the share of the cells that have changed otherwise than the exposure of all of them."""
    return float((np.abs(change - np.float32(ranked(change, 0.5))) > _STIR).mean())


def _lit(mean: Cells, usual_mean: Cells, which: NDArray[np.bool_]) -> float:
    """Return how the light falls as usual, 0 to 1: the correlation of the means, where half of them are elsewhere than
    a gain explains; else 1. Steam and lamps bring their own light, a lens that is out of focus none."""
    there, usual = mean[which], usual_mean[which]
    if not there.size:
        return 1.0
    gain = np.float32(ranked((there + 1) / (usual + 1), 0.5))
    is_likely = ranked(np.abs(there - gain * usual), 0.5) <= _LIKELY
    return 1.0 if is_likely else max(0.0, correlation(there, usual))


def _share(which: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    count = int(np.count_nonzero(of))
    return float(np.count_nonzero(which & of)) / count if count else 0.0
