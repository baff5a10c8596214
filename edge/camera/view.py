"""What the watchers of a camera look at, and what they say of it.

A watcher is pure: views in, sightings out; it owns no clock, file or thread, so that the live agent, the scoring of a
clip and the tests run the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wire.cameras import CameraKind

Gray = NDArray[np.uint8]  # height x width
Bgr = NDArray[np.uint8]  # height x width x 3

_NOTHING: Mapping[str, float] = MappingProxyType({})


class Frame(Protocol):
    """One decoded picture. What is not asked for is never converted."""

    @property
    def luma(self) -> Gray:
        """The Y plane at full resolution, full range or studio range as the camera sent it; not to be written to."""
        ...

    def bgr(self) -> Bgr:
        """In colour, converted when first asked for."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """A frame that is analysed. `at_s` is on the stream's own scale (seconds, rising; never the wall clock);
    `local` is the station's time of day, for opening hours."""

    at_s: float
    local: datetime
    frame: Frame


class State(StrEnum):
    """`unsure`: it cannot be told now, which neither begins nor ends anything."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Box:
    """In pixels of the frame. `score` 0 to 1."""

    label: str
    score: float
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look says of one kind in one zone ("": the whole picture). `evidence`: measured values by name."""

    kind: CameraKind
    state: State
    zone: str = ""
    evidence: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    boxes: tuple[Box, ...] = ()


class Watcher(Protocol):
    """Looks at every analysed view, in order of time, and speaks of the same kinds and zones each time."""

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        """`trouble`: the health kinds that are under way or suspected at this moment. What a camera that cannot be
        trusted shows is `unsure`, and is not learnt from."""
        ...
