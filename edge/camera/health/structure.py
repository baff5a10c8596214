"""The structure of a picture, in cells, which can be compared with the usual scene in any light.

A step of the light, auto-exposure, the switch to infra-red and thin steam change how strong the edges are, but not
their place or direction. So the gradients are compared, cell by cell, by their correlation. A person changes a few
cells next to each other; a covered, turned or moved camera changes nearly all."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.ranked import ranked
from edge.camera.view import Gray

Floats = NDArray[np.floating]  # 32 bit
Cells = NDArray[np.floating]  # rows x columns of the grid

SHARP_WIDTH = 640  # of the picture that sharpness is taken from: at WIDTH a soft picture does not show
WIDTH = 160  # of the picture that gradients are taken from: a person's hand still covers many pixels
COLUMNS = 16
# The sharpness of what has no sharp edge: a slope's steps are so many times smaller at the sharp width; squared.
SOFT = (WIDTH / SHARP_WIDTH) ** 2
EDGE = 1.0  # energy of a cell through which an edge of about ten levels runs
_AMID, _LEAST_AROUND = 5, 9  # cells
_NO_CHANCE = np.float32(0)
_CHANCE = np.float32(0.06)  # half of three deviations of the mean over some 1600 differences
# A scene is found elsewhere, or turned, with this correlation, and so much more than in its own place.
_FOUND, _NEARER = 0.5, 0.2
_EPSILON = np.float32(1e-3)


@dataclass(frozen=True, slots=True)
class Gradients:
    """The gradients of one picture: x and y, levels a pixel at WIDTH, and for each cell the means of both, their mean
    square, and the rest of it without the means (`varied`): the slope of a shadow, a lamp or a cloth's fold is not
    structure."""

    x: Floats
    y: Floats
    slope_x: Cells
    slope_y: Cells
    energy: Cells
    varied: Cells


@dataclass(frozen=True, slots=True)
class Likeness:
    """The likeness of a picture to another, cell by cell. `kept`: the energy that is left, 0 and up; `same`:
    correlation, -1 to 1; `contrast`: what is left of the other's gradients, whatever noise came to them."""

    kept: Cells
    same: Cells
    contrast: Cells


def gradients(small: Floats) -> Gradients:
    """Return the gradients of `small`, which is height x WIDTH.

    A little blur comes first: the shake of a camera on a cabinet with a fan is below a pixel."""
    smooth = cv2.GaussianBlur(small, (5, 5), 1.0)
    x = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8), np.float32)
    y = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8), np.float32)
    slope_x, slope_y, energy = cells(x), cells(y), cells(x * x + y * y)
    return Gradients(x, y, slope_x, slope_y, energy, np.maximum(energy - slope_x * slope_x - slope_y * slope_y, 0))


def cells(values: NDArray[np.floating | np.integer], rows: int = 0) -> Cells:
    """Return the mean in each cell of the grid: COLUMNS across, `rows` down; 0: square cells."""
    height, width = values.shape
    rows = rows or max(2, round(COLUMNS * height / width))
    return np.asarray(cv2.resize(values, (COLUMNS, rows), interpolation=cv2.INTER_AREA), np.float32)


def correlation(of: Cells, usual: Cells) -> float:
    """Return the correlation of the cells' means; 0 where there is hardly anything that differs."""
    now, before = of - of.mean(), usual - usual.mean()
    spread = float(np.vdot(now, now) * np.vdot(before, before)) ** 0.5
    return float(np.vdot(now, before)) / spread if spread > 1.0 else 0.0


def likeness(now: Gradients, usual: Gradients) -> Likeness:
    product = cells(now.x * usual.x + now.y * usual.y) - now.slope_x * usual.slope_x - now.slope_y * usual.slope_y
    return Likeness(
        kept=now.varied / (usual.varied + _EPSILON),
        same=np.asarray(product / np.sqrt((now.varied + _EPSILON) * (usual.varied + _EPSILON)), np.float32),
        contrast=product / (usual.varied + _EPSILON),
    )


def structured(energy: Cells, allowed: Cells) -> NDArray[np.bool_]:
    """Return the cells that have structure: an edge of some levels runs through them. `allowed`: share that is not
    masked.

    EDGE is above noise (an area-averaged pixel has under one level of it), below what any kitchen has in most
    places."""
    return (energy >= EDGE) & (allowed > 0.5)


def amid(which: NDArray[np.bool_], of: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells among like ones: of the cells of `of` in the five by five around each, at least four in five are
    `which`.

    Single cells are like the usual scene by chance; a whole group is not."""
    side, counted = (_AMID, _AMID), of.astype(np.float32)
    around, hits = (
        cv2.boxFilter(values, -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT)
        for values in (counted, counted * which)
    )
    return np.asarray((around >= _LEAST_AROUND) & (hits >= 0.8 * around), np.bool_)


def shift(now: Gradients, usual: Gradients) -> tuple[float, float, float]:
    """Return the shift of the whole scene: x and y in pixels at WIDTH, and the correlation once the scene is put back.

    People do not shift it, because they are not in the usual scene."""
    height, width = now.x.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (dx, dy), _ = cv2.phaseCorrelate(_strength(usual), _strength(now), window)
    back = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    seen = cv2.warpAffine(np.ones_like(now.x), back, (width, height))
    pairs = [(_moved(now.x, back) * seen, usual.x * seen), (_moved(now.y, back) * seen, usual.y * seen)]
    product = sum(float(np.vdot(one, other)) for one, other in pairs)
    energy = [sum(float(np.vdot(pair[at], pair[at])) for pair in pairs) for at in (0, 1)]
    overlap = float(seen.mean())
    return float(dx), float(dy), product / (1e-3 + (energy[0] * energy[1]) ** 0.5) if overlap > 0.25 else 0.0


def shaken(now: Gradients, change: Floats, told: NDArray[np.bool_]) -> float:
    """Return the distance, in pixels at WIDTH, by which the scene in the cells of `told` is displaced.

    Least squares of `change` (of the pixels) = -(x dx + y dy), which is right below a pixel. Each cell has
    one voice, and less where more has changed than a displacement explains: what passes changes few cells, and much."""
    if not told.any():
        return 0.0
    weights = 1 / (_EPSILON + now.energy + cells(change * change))[told]
    xx, xy, yy, xc, yc = (
        float((weights * cells(one * other)[told]).sum())
        for one, other in ((now.x, now.x), (now.x, now.y), (now.y, now.y), (now.x, change), (now.y, change))
    )
    spread = xx * yy - xy * xy
    if spread <= 1e-3 * xx * yy:
        return 0.0
    return float(np.hypot(yy * xc - xy * yc, xx * yc - xy * xc)) / spread


def turned(now: Gradients, usual: Gradients) -> float:
    """Return the correlation with `usual` once the picture is turned by half, or mirrored; 0: it is not.

    A scene that is its own mirror picture cannot tell."""
    energy = [float(np.vdot(one.x, one.x) + np.vdot(one.y, one.y)) for one in (now, usual)]
    spread = 1e-3 + (energy[0] * energy[1]) ** 0.5
    as_is = float(np.vdot(now.x, usual.x) + np.vdot(now.y, usual.y))
    # A mirror turns the gradients across it as well.
    half = -float(np.vdot(now.x[::-1, ::-1], usual.x) + np.vdot(now.y[::-1, ::-1], usual.y))
    across = float(np.vdot(now.y[:, ::-1], usual.y) - np.vdot(now.x[:, ::-1], usual.x))
    down = float(np.vdot(now.x[::-1], usual.x) - np.vdot(now.y[::-1], usual.y))
    best = max(half, across, down) / spread
    return best if best >= _FOUND and best >= as_is / spread + _NEARER else 0.0


def _strength(of: Gradients) -> Floats:
    """Return the square roots of the gradients' lengths, so that one bright window does not outvote the room."""
    return np.asarray(np.sqrt(np.hypot(of.x, of.y)), np.float32)


def _moved(values: Floats, matrix: Floats) -> Floats:
    height, width = values.shape
    return np.asarray(cv2.warpAffine(values, matrix, (width, height)), np.float32)


@dataclass(frozen=True, slots=True)
class Detail:
    """A picture at a width at which a soft one shows (at 160 it does not), and the mean square of the differences
    between neighbours in each cell."""

    gray: Gray
    energy: Cells


def detail(gray: Gray, rows: int) -> Detail:
    """Return the detail of a picture, in cells of which there are `rows` down."""
    return Detail(gray, _neighbours(gray, rows))


def fine_energy(now: Detail) -> Cells:
    """Return the energy of the detail in each cell, minus the noise that a flat cell has too."""
    return np.asarray(np.maximum(now.energy - ranked(now.energy, 0.1), 0), np.float32)


def steady_energy(now: Detail, before: Detail) -> Cells:
    """Return the energy as `fine_energy`, but only of what stands in the same place in the picture of a moment ago: not
    of noise, rain or a person.

    A camera that shakes gets less than it shows. With n and b for a difference in both pictures, n b is (n n + b b - (n
    - b)(n - b)) / 2; the part that noise alone, which n - b tells, adds to the mean by chance is taken off."""
    energy = common_energy(now, before, _CHANCE)
    return np.asarray(np.maximum(energy - max(0.0, ranked(energy, 0.1)), 0), np.float32)


def common_energy(now: Detail, before: Detail, chance: np.float32 = _NO_CHANCE) -> Cells:
    """Return the mean product of the differences between neighbours in both pictures, in each cell. `chance`: what is
    taken off for noise beyond its mean."""
    change = np.asarray(cv2.subtract(now.gray, before.gray, dtype=cv2.CV_16S), np.int16)
    differs = _neighbours(change, len(now.energy))
    return np.asarray((now.energy + before.energy) / 2 - (np.float32(0.5) + chance) * differs, np.float32)


def _neighbours(values: NDArray[np.uint8 | np.int16], rows: int) -> Cells:
    """Return the mean square of the differences between neighbours, in each cell."""
    # Every other row says as much. With a last column of nothing: cells of parts of pixels take ten times as long.
    rest = len(values) // 2
    even, odd = values[: 2 * rest : 2], values[1::2]
    across = np.zeros_like(even)
    cv2.absdiff(even[:, 1:], even[:, :-1], across[:, :-1])
    down = cv2.absdiff(even, odd)
    squares = np.zeros(even.shape, np.float32)
    for differences in (across, down):
        cv2.accumulateSquare(differences.view(f"u{values.itemsize}"), squares)
    return cells(squares, rows)
