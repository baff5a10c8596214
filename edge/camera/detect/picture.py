"""Converts a picture to a model's input, and the model's candidates back to boxes. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.camera.detect.description import Description, InputSettings
from edge.camera.detect.layouts import Candidates
from edge.camera.detect.runtimes import Tensor
from edge.camera.view import Bgr, Box

_GRAY = 114
_MOST = 300  # boxes of one picture that are looked at


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of the picture in the input: pixels of the input for one pixel of the picture."""

    across: float
    down: float


def prepare(image: Bgr, to: InputSettings, takes_bytes: bool) -> tuple[Tensor, Placement]:
    """Return the input, `to.height` x `to.width` x 3. The picture begins in the upper left corner."""
    height, width = image.shape[:2]
    across, down = to.width / width, to.height / height
    if to.letterbox:
        across = down = min(across, down)
        size = (max(1, round(width * across)), max(1, round(height * down)))
        filled = np.full((to.height, to.width, 3), _GRAY, np.uint8)
        filled[: size[1], : size[0]] = _resized(image, size)
    else:
        filled = _resized(image, (to.width, to.height))
    pixels = filled[:, :, ::-1] if to.colour == "rgb" else filled
    if takes_bytes:
        return pixels.astype(np.float32), Placement(across, down)
    made = (pixels - np.asarray(to.mean, np.float32)) / np.asarray(to.std, np.float32)
    return made.astype(np.float32), Placement(across, down)


def is_empty(image: Bgr) -> bool:
    return image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 2


def boxes_of(found: Candidates, like: Description, placed: Placement, image: Bgr) -> list[Box]:
    """Return the boxes in pixels of `image`, best first; of those of a label that overlap too much only the best."""
    height, width = image.shape[:2]
    scale = np.asarray((like.input.width / placed.across, like.input.height / placed.down) * 2, np.float32)
    edges = np.asarray((width, height) * 2, np.float32)
    # A broken model may give any number, also none.
    with np.errstate(over="ignore", invalid="ignore"):
        corners = np.clip(found.boxes * scale, 0, edges)
        good = (found.scores >= like.score) & np.isfinite(corners).all(axis=1)
        good &= ((corners[:, 2:] - corners[:, :2]) >= 1).all(axis=1)
    order = np.flatnonzero(good)
    order = order[np.argsort(-found.scores[order], kind="stable")][:_MOST]
    kept = _apart(corners[order], found.labels[order], like.overlap)
    return [
        _box(like.labels[int(found.labels[at])], float(found.scores[at]), corners[at])
        for at in (order[place] for place in kept)
    ]


def _apart(corners: Tensor, labels: np.ndarray[tuple[int], np.dtype[np.intp]], overlap: float) -> list[int]:
    """Return the places of the boxes to keep; `corners` are in order of score."""
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    left = np.ones(len(corners), bool)
    kept = []
    for at in range(len(corners)):
        if not left[at]:
            continue
        kept.append(at)
        low, high = np.maximum(corners[at, :2], corners[:, :2]), np.minimum(corners[at, 2:], corners[:, 2:])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        left &= (shared <= overlap * (areas[at] + areas - shared)) | (labels != labels[at])
    return kept


def _box(label: str, score: float, corners: Tensor) -> Box:
    left, top, right, bottom = (float(side) for side in corners)
    return Box(label, min(score, 1.0), left, top, right - left, bottom - top)


def _resized(image: Bgr, size: tuple[int, int]) -> Bgr:
    """Return the picture in another size; by area when smaller, which does not alias."""
    is_smaller = size[0] < image.shape[1]
    way = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
