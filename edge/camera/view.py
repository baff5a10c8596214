"""The views that the watchers of a camera look at, and the sightings that they return.

A watcher is pure: views in, sightings out. It owns no clock, file or thread, so that the live agent, the scoring of a
clip and the tests run the same code."""

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
    """One decoded picture. A form that nobody asks for is never computed."""

    @property
    def luma(self) -> Gray:
        """Return the Y plane at full resolution, in full range or studio range as the camera sent it. Do not write to
        it."""
        ...

    def bgr(self) -> Bgr:
        """Return the picture in colour, converted when first asked for."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """A frame to be analysed. `at_s` is on the stream's own scale (seconds, rising; never the wall clock); `local` is
    the station's time of day, for opening hours."""

    at_s: float
    local: datetime
    frame: Frame


class State(StrEnum):
    """The answer of a watcher. `unsure`: it cannot be told now, which neither begins nor ends an episode."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame. `score` 0 to 1."""

    label: str
    score: float
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """The result of one look for one kind in one zone ("": the whole picture). `evidence`: measured values by name."""

    kind: CameraKind
    state: State
    zone: str = ""
    evidence: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    boxes: tuple[Box, ...] = ()


class Watcher(Protocol):
    """A judge of views: looks at every analysed view, in order of time, and returns the same kinds and zones each
    time."""

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        """Judge one view.

        `trouble`: the health kinds that are under way or suspected at this moment. A camera that cannot be trusted
        gives `unsure`, and nothing is learnt from its picture."""
        ...
