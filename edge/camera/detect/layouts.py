"""The output layouts: they turn a model's tensors into candidates. Pure.

A layout raises LayoutError when the tensors do not have its shape; the caller names the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from edge.camera.detect.description import (
    AnchorsOutput,
    BoxesOutput,
    Description,
    FastestDetOutput,
    InputSettings,
    YoloOutput,
)
from edge.camera.detect.runtimes import Tensor, show


class LayoutError(ValueError):
    """The outputs do not have the expected layout; the message says what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """N boxes before overlapping ones are dropped. `boxes` N x 4: left, top, right, bottom, as shares of the input
    picture; `labels`: places in the description's list."""

    boxes: Tensor
    scores: Tensor
    labels: NDArray[np.intp]


Layout = Callable[[Mapping[str, Tensor]], Candidates]


def layout_of(description: Description) -> Layout | None:
    """Return the reader of the outputs; None: the file is no detector that is run here (an embedding, YuNet)."""
    labels, picture = len(description.labels), description.input
    match description.output:
        case FastestDetOutput():
            return partial(_fastestdet, labels)
        case AnchorsOutput() as output:
            return partial(_anchored, output, labels)
        case YoloOutput() as output:
            return partial(_yolo, output, labels, picture)
        case BoxesOutput() as output:
            return partial(_separate, output, labels, picture)
        case _:
            return None


def _fastestdet(labels: int, outputs: Mapping[str, Tensor]) -> Candidates:
    """Read the output of FastestDet. Source: the upstream's example/onnx-runtime/runtime.py."""
    grid = _one(outputs, f"[1, {5 + labels}, rows, columns]")
    if grid.ndim != 4 or grid.shape[:2] != (1, 5 + labels):
        raise _unlike(f"[1, {5 + labels}, rows, columns]", outputs)
    rows, columns = grid.shape[2:]
    cells = grid[0].reshape(5 + labels, -1).T
    row, column = np.divmod(np.arange(rows * columns), columns)
    across = (column + np.tanh(cells[:, 1])) / columns
    down = (row + np.tanh(cells[:, 2])) / rows
    size = _sigmoid(cells[:, 3:5])
    return _best(_corners(across, down, size[:, 0], size[:, 1]), cells[:, 5:] * cells[:, :1])


def _anchored(output: AnchorsOutput, labels: int, outputs: Mapping[str, Tensor]) -> Candidates:
    anchors = _anchors(output.grids, output.sizes, output.ratios)
    expected = f"[1, {len(anchors)}, 4] and [1, {len(anchors)}, {labels}]"
    offsets = [output for output in outputs.values() if output.shape == (1, len(anchors), 4)]
    scores = [output for output in outputs.values() if output.shape == (1, len(anchors), labels)]
    if not offsets or not scores or (labels == 4 and len(offsets) < 2):
        raise _unlike(expected, outputs)
    moved = offsets[0][0]
    near, far = output.variances
    across, down = (anchors[:, at] + moved[:, at] * near * anchors[:, at + 2] for at in (0, 1))
    # An untrained or broken model may give anything: e^16 is already far outside.
    width, height = (np.exp(np.minimum(moved[:, at] * far, 16)) * anchors[:, at] for at in (2, 3))
    return _best(_corners(across, down, width, height), scores[-1][0])


@cache
def _anchors(grids: Sequence[int], sizes: Sequence[Sequence[float]], ratios: Sequence[float]) -> Tensor:
    """Return the anchors, N x 4: centre and size. Row by row; in a cell first the sizes, then the ratios."""
    made = []
    for grid, of_grid in zip(grids, sizes, strict=True):
        shapes = [(size, ratios[0]) for size in of_grid] + [(of_grid[0], ratio) for ratio in ratios[1:]]
        steps = (np.arange(grid) + 0.5) / grid
        for down in steps:
            for across in steps:
                made += [(across, down, size * ratio**0.5, size / ratio**0.5) for size, ratio in shapes]
    return np.asarray(made, np.float32)


def _yolo(output: YoloOutput, labels: int, picture: InputSettings, outputs: Mapping[str, Tensor]) -> Candidates:
    ahead = 5 if output.has_objectness else 4
    expected = f"[1, N, {ahead + labels}] or [1, {ahead + labels}, N]"
    table = _one(outputs, expected)
    if table.ndim != 3 or table.shape[0] != 1 or ahead + labels not in table.shape[1:]:
        raise _unlike(expected, outputs)
    rows = table[0] if table.shape[2] == ahead + labels else table[0].T
    scale = (picture.width, picture.height) * 2 if output.pixels else (1, 1, 1, 1)
    places = rows[:, :4] / np.asarray(scale, np.float32)
    boxes = places if output.corners else _corners(*places.T)
    scores = rows[:, ahead:] * rows[:, 4:5] if output.has_objectness else rows[:, ahead:]
    return _best(boxes, scores)


def _separate(output: BoxesOutput, labels: int, picture: InputSettings, outputs: Mapping[str, Tensor]) -> Candidates:
    expected = "boxes [1, N, 4], scores [1, N], classes [1, N]"
    boxes, scores, classes = (
        _named(outputs, which, expected) for which in (output.boxes, output.scores, output.classes)
    )
    boxes = boxes[0] if boxes.ndim == 3 and boxes.shape[0] == 1 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.size != len(boxes) or classes.size != len(boxes):
        raise _unlike(expected, outputs)
    if output.order == "yxyx":
        boxes = boxes[:, [1, 0, 3, 2]]
    if output.pixels:
        boxes = np.asarray(boxes / np.asarray((picture.width, picture.height) * 2, np.float32), np.float32)
    of = np.nan_to_num(classes.ravel(), nan=-1).astype(np.intp)
    known = (of >= 0) & (of < labels)
    return Candidates(boxes[known], scores.ravel()[known], of[known])


def _best(boxes: Tensor, scores: Tensor) -> Candidates:
    labels = scores.argmax(axis=1)
    return Candidates(boxes, scores[np.arange(len(scores)), labels], labels)


def _corners(across: Tensor, down: Tensor, width: Tensor, height: Tensor) -> Tensor:
    sides = (across - width / 2, down - height / 2, across + width / 2, down + height / 2)
    return np.stack(sides, axis=1).astype(np.float32)


def _sigmoid(value: Tensor) -> Tensor:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -60, 60))), np.float32)


def _one(outputs: Mapping[str, Tensor], expected: str) -> Tensor:
    if len(outputs) != 1:
        raise _unlike(expected, outputs)
    return next(iter(outputs.values()))


def _named(outputs: Mapping[str, Tensor], which: str | int, expected: str) -> Tensor:
    names = list(outputs)
    name = which if isinstance(which, str) else names[which] if 0 <= which < len(names) else ""
    if name not in outputs:
        raise _unlike(f"{expected}; an output {which!r}", outputs)
    return outputs[name]


def _unlike(expected: str, outputs: Mapping[str, Tensor]) -> LayoutError:
    found = ", ".join(f"{name} {show(value.shape)}" for name, value in outputs.items())
    return LayoutError(f"expected the output {expected}; found {found or 'none'}")
