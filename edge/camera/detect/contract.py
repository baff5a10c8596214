"""The interface of detectors: a frame or a crop in, boxes out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.camera.view import Bgr, Box

Vector = NDArray[np.float32]  # one dimension


class Detector(Protocol):
    """A detector. The cameras of a process may share it: calls from several threads wait for each other."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return every label that a box can have."""
        ...

    def detect(self, image: Bgr) -> Sequence[Box]:
        """Return the boxes in pixels of `image`, within it, best first; of overlapping ones of a label only the best.

        Boxes that are less sure than the model's own threshold are left out; a caller that needs more certainty looks
        at `Box.score`. An image without pixels has no boxes."""
        ...


class Embedder(Protocol):
    """An embedder: it turns a crop into a vector for heads that are trained on site. Shared as detectors are."""

    @property
    def sha256(self) -> str:
        """Return the sha256 of the model's file: vectors of another model mean something else."""
        ...

    def embed(self, image: Bgr) -> Vector:
        """Return the vector of `image`, of length 1. Raises ValueError for an image without pixels."""
        ...
