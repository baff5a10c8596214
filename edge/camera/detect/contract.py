"""What a detector is to the rest: a frame or a crop in, boxes out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.camera.view import Bgr, Box

Vector = NDArray[np.float32]  # one dimension


class Detector(Protocol):
    """May be shared by the cameras of a process: calls from several threads wait for each other."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that a box can have."""
        ...

    def detect(self, image: Bgr) -> Sequence[Box]:
        """The boxes in pixels of `image`, within it, best first; of overlapping ones of a label only the best.

        What is less sure than the model's own threshold is left out; who needs more looks at `Box.score`.
        An image without pixels has no boxes."""
        ...


class Embedder(Protocol):
    """Turns a crop into a vector for heads that are trained on site. Shared as detectors are."""

    @property
    def sha256(self) -> str:
        """Of the model's file: vectors of another model mean something else."""
        ...

    def embed(self, image: Bgr) -> Vector:
        """Of length 1. Raises ValueError for an image without pixels."""
        ...
