"""Remembers where something always moves: a screen, a lamp that blinks, a strip of plastic in a draught. Pure."""

from collections.abc import Sequence
from math import exp

import numpy as np
from numpy.typing import NDArray

from edge.camera.activity.foreground import Blob

_CELL = 4  # pixels at BLOB_WIDTH
_MEMORY_S = 30.0
_BUSY = 0.3  # of the time
_ALWAYS = 0.9  # nobody stirs without a pause for so long


class BusyPlaces:
    """The share of the time in which something has moved at each place."""

    def __init__(self) -> None:
        self._share: NDArray[np.float32] = np.zeros((1, 1), np.float32)

    def see(self, blobs: Sequence[Blob], shape: tuple[int, ...], elapsed_s: float) -> None:
        """Take the blobs of one look. `shape`: height and width of the picture in which they were found."""
        cells = shape[0] // _CELL + 1, shape[1] // _CELL + 1
        if self._share.shape != cells:
            self._share = np.zeros(cells, np.float32)
        now = np.zeros(cells, np.float32)
        for blob in blobs:
            now[_cells(blob)] = 1
        self._share += (now - self._share) * (1 - exp(-max(0.0, elapsed_s) / _MEMORY_S))

    def has(self, blob: Blob) -> bool:
        """Tell whether most of a blob is where something always moves."""
        return float((self._share[_cells(blob)] > _BUSY).mean()) > 0.5

    def always(self, blob: Blob) -> bool:
        """Tell whether most of a large blob is where something moves without a pause."""
        return float((self._share[_cells(blob)] > _ALWAYS).mean()) > 0.5


def _cells(blob: Blob) -> tuple[slice, slice]:
    return (
        slice(blob.top // _CELL, (blob.top + blob.height - 1) // _CELL + 1),
        slice(blob.left // _CELL, (blob.left + blob.width - 1) // _CELL + 1),
    )
