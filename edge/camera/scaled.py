"""One look at a frame is shared by all watchers: its luma is made small once for each width that anyone asks for."""

from __future__ import annotations

import cv2
import numpy as np

from edge.camera.view import Bgr, Frame, Gray


class ScaledFrame:
    """A `Frame` that also gives its luma at smaller widths. A frame without pixels is refused: ValueError."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        luma = frame.luma
        if luma.ndim != 2 or min(luma.shape) < 2:
            raise ValueError(f"a frame of {luma.shape}: no picture")
        self._luma = luma
        self._gray: dict[int, Gray] = {}

    @property
    def luma(self) -> Gray:
        return self._luma

    def bgr(self) -> Bgr:
        return self._frame.bgr()

    def gray(self, width: int) -> Gray:
        """The luma at `width` pixels, in proportion; the picture itself when it is no wider. By area: no aliasing.

        A width is made from the next larger one that was made, so that the full picture is read once."""
        full = self._luma
        if full.shape[1] <= width:
            return full
        if width not in self._gray:
            larger = [it for it in self._gray if it >= 2 * width]
            source = self._gray[min(larger)] if larger else full
            if source.shape[1] >= 4 * width:
                source = self.gray(2 * width)  # halving is eight times as fast as any other step
            height = max(2, round(full.shape[0] * width / full.shape[1]))
            self._gray[width] = _area(source, width, height)
        return self._gray[width]


def scaled(frame: Frame) -> ScaledFrame:
    return frame if isinstance(frame, ScaledFrame) else ScaledFrame(frame)


def _area(source: Gray, width: int, height: int) -> Gray:
    return np.asarray(cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
