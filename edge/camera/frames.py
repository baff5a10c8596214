"""The two kinds of `Frame`: over a decoded picture of PyAV, and over an array."""

import cv2
import numpy as np
from av import VideoFrame

from edge.camera.view import Bgr, Gray

# Plane 0 of these is 8-bit luma and nothing else.
_LUMA_FIRST = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "nv16", "gray"}
)


class AvFrame:
    """A decoded picture. `luma` is a view of its own memory where the format allows it."""

    def __init__(self, frame: VideoFrame) -> None:
        self._frame = frame
        self._luma: Gray | None = None
        self._bgr: Bgr | None = None

    @property
    def luma(self) -> Gray:
        if self._luma is None:
            self._luma = self._read_luma()
        return self._luma

    def bgr(self) -> Bgr:
        if self._bgr is None:
            self._bgr = np.asarray(self._frame.to_ndarray(format="bgr24", threads=1), np.uint8)
        return self._bgr

    def _read_luma(self) -> Gray:
        if self._frame.format.name not in _LUMA_FIRST:
            return np.asarray(cv2.cvtColor(self.bgr(), cv2.COLOR_BGR2GRAY), np.uint8)
        plane = self._frame.planes[0]
        stored = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * plane.height)
        luma: Gray = stored.reshape(plane.height, plane.line_size)[:, : plane.width]
        luma.flags.writeable = False
        return luma


class ArrayFrame:
    """A picture that is an array already: drawn scenes and tests."""

    def __init__(self, image: Bgr) -> None:
        self._image = image
        self._luma: Gray | None = None

    @property
    def luma(self) -> Gray:
        if self._luma is None:
            self._luma = np.asarray(cv2.cvtColor(self._image, cv2.COLOR_BGR2GRAY), np.uint8)
        return self._luma

    def bgr(self) -> Bgr:
        return self._image
