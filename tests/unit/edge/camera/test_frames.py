"""Frames over decoded pictures and arrays."""

import numpy as np
import pytest
from av import VideoFrame

from edge.camera.frames import ArrayFrame, AvFrame


def picture(width: int = 66, height: int = 34) -> VideoFrame:
    """Return a picture wide enough that a row of the decoder has padding."""
    gray = (np.arange(width * height) % 200 + 20).astype(np.uint8).reshape(height, width)
    return VideoFrame.from_ndarray(np.dstack([gray] * 3), format="bgr24")


@pytest.mark.parametrize("name", ["yuv420p", "yuvj420p", "nv12", "yuyv422", "gray", "yuv420p10le", "rgb24"])
def test_luma_has_the_size_of_the_picture_in_every_format(name: str) -> None:
    frame = AvFrame(picture().reformat(format=name, threads=1))
    luma = frame.luma
    assert luma.shape == (34, 66)
    assert luma.dtype == np.uint8
    grey = picture().to_ndarray(format="gray").astype(int)
    assert np.abs(luma.astype(int) - grey).max() <= 20  # studio or full range
    assert frame.bgr().shape == (34, 66, 3)
    assert frame.bgr() is frame.bgr()


def test_luma_is_a_view_that_outlives_the_frame_and_cannot_be_written() -> None:
    luma = AvFrame(picture().reformat(format="yuv420p")).luma
    assert luma[0, 0] <= luma[0, 60]
    with pytest.raises(ValueError, match="read-only"):
        luma[0, 0] = 1


def test_an_array_is_a_frame() -> None:
    image = np.zeros((10, 20, 3), np.uint8)
    image[:, 10:] = 255
    frame = ArrayFrame(image)
    assert frame.luma.shape == (10, 20)
    assert (frame.luma[0, 0], frame.luma[0, 19]) == (0, 255)
    assert frame.bgr() is image
