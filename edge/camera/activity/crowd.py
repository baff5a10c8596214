"""Takes a crowd out of the small things of one look: drops, flakes and grains are alike, and an animal among them is
not. Pure."""

from collections.abc import Callable, Sequence
from math import log
from statistics import median

from edge.camera.activity.foreground import Blob

MOST = 4  # small things at once: more are a crowd
_UNLIKE = 4.0  # times the usual distance from the middle of the crowd
_LEAST = 0.3  # of the logarithm: sizes and shapes come in whole pixels


def without_crowd(blobs: Sequence[Blob]) -> list[Blob]:
    """Return the blobs that are no part of a crowd: all where there are few, else those of another size or shape."""
    if len(blobs) <= MOST:
        return list(blobs)
    unlike = {id(blob) for measure in (_size, _shape) for blob in _outliers(blobs, measure)}
    return [blob for blob in blobs if id(blob) in unlike]


def _outliers(blobs: Sequence[Blob], measure: Callable[[Blob], float]) -> list[Blob]:
    values = [measure(blob) for blob in blobs]
    middle = median(values)
    most = max(_LEAST, _UNLIKE * median(abs(value - middle) for value in values))
    return [blob for blob, value in zip(blobs, values, strict=True) if abs(value - middle) > most]


def _size(blob: Blob) -> float:
    return log(blob.pixels)


def _shape(blob: Blob) -> float:
    return log(blob.width / blob.height)
