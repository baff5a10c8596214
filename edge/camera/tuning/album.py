"""Keeps a dozen small pictures of something that may last a minute or a day."""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.camera.view import Bgr, Frame
from wire.cameras import CameraKind

MOST = 12
WIDTH = 480
_OF_STARTS = 6
_FIRST_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that is kept. `image` is WIDTH wide at most; `events`: kind and zone of the events that were under
    way."""

    at_s: float
    image: Bgr
    events: tuple[tuple[CameraKind, str], ...]


class Album:
    """The pictures of a trial: at even steps, which double whenever there are too many, and at the first beginnings of
    events."""

    def __init__(self) -> None:
        self._starts: list[Shown] = []
        self._steps: list[Shown] = []
        self._every_s = _FIRST_EVERY_S
        self._due_s = float("-inf")

    def see(self, at_s: float, frame: Frame, events: tuple[tuple[CameraKind, str], ...], *, is_start: bool) -> None:
        if is_start and len(self._starts) < _OF_STARTS:
            self._starts.append(Shown(at_s, _small(frame), events))
        elif at_s >= self._due_s:
            self._due_s = at_s + self._every_s
            self._steps.append(Shown(at_s, _small(frame), events))
            if len(self._steps) == 2 * MOST:
                del self._steps[1::2]
                self._every_s *= 2
                self._due_s = self._steps[-1].at_s + self._every_s

    @property
    def pictures(self) -> list[Shown]:
        """Return at most MOST pictures, in order of time."""
        room = MOST - len(self._starts)
        places = np.linspace(0, len(self._steps) - 1, min(room, len(self._steps))).round().astype(int)
        return sorted([*self._starts, *(self._steps[at] for at in places)], key=lambda shown: shown.at_s)


def _small(frame: Frame) -> Bgr:
    image = frame.bgr()
    height, width = image.shape[:2]
    factor = min(1.0, WIDTH / width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.array(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
