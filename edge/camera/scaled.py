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
        """The luma at `width` pixels, in proportion; the picture itself when it is no wider.

        A width is made from the smallest that was made and is twice as wide, so that the full picture is read once."""
        full = self._luma
        if full.shape[1] <= width:
            return full
        if width not in self._gray:
            larger = [it for it in self._gray if it >= 2 * width]
            source = self._gray[min(larger)] if larger else full
            height = max(2, round(full.shape[0] * width / full.shape[1]))
            self._gray[width] = _smaller(source, width, height)
        return self._gray[width]


def scaled(frame: Frame) -> ScaledFrame:
    return frame if isinstance(frame, ScaledFrame) else ScaledFrame(frame)


def _smaller(source: Gray, width: int, height: int) -> Gray:
    """Halved by area as often as it goes, which does not alias, then less than that between neighbours: an area at once
    takes ten times as long."""
    picture = source
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        down, across = (it // 2 for it in picture.shape)
        whole = picture[: 2 * down, : 2 * across]
        picture = np.asarray(cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    if picture.shape != (height, width):
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return picture
