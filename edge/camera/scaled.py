"""A frame shared by all watchers: its luma is scaled down once for each width that a watcher asks for."""

from __future__ import annotations

import cv2
import numpy as np

from edge.camera.view import Bgr, Frame, Gray


class ScaledFrame:
    """A `Frame` that also gives its luma at smaller widths. Raises ValueError for a frame without pixels."""

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
        """Return the luma at `width` pixels, in proportion; the picture itself when it is no wider.

        A width is made from the smallest made one that is at least twice as wide, so that the full picture is read only
        once."""
        full = self._luma
        if full.shape[1] <= width:
            return full
        if width not in self._gray:
            larger = [made for made in self._gray if made >= 2 * width]
            source = self._gray[min(larger)] if larger else full
            height = max(2, round(full.shape[0] * width / full.shape[1]))
            self._gray[width] = _smaller(source, width, height)
        return self._gray[width]


def scaled(frame: Frame) -> ScaledFrame:
    return frame if isinstance(frame, ScaledFrame) else ScaledFrame(frame)


def _smaller(source: Gray, width: int, height: int) -> Gray:
    """Return `source` made smaller to `width` x `height`.

    The picture is halved by area as often as possible, which does not alias, and the rest is interpolated between
    neighbours. One step by area would take ten times as long."""
    picture = source
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        down, across = (side // 2 for side in picture.shape)
        whole = picture[: 2 * down, : 2 * across]
        picture = np.asarray(cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    if picture.shape != (height, width):
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return picture
