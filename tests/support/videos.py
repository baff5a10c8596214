"""Small video files: moving, noisy content, as a camera would send it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray


def pictures(count: int, width: int, height: int, seed: int = 1) -> Iterator[NDArray[np.uint8]]:
    """Yield a tiled room with sensor noise, through which a small bright block wanders: no camera health watcher should
    speak of it. Height x width x 3."""
    random = np.random.default_rng(seed)
    tile = height // 18
    tiles = random.integers(50, 190, (-(-height // tile), -(-width // tile)), np.int16)
    ground = np.kron(tiles, np.ones((tile, tile), np.int16))[:height, :width, None] + np.zeros((1, 1, 3), np.int16)
    noise = [random.integers(-3, 4, (height, width, 1), np.int16) for _ in range(4)]
    size = height // 8
    for number in range(count):
        picture = ground + noise[number % 4]
        left = (number * 7) % (width - size)
        picture[size : 2 * size, left : left + size] += 60
        yield np.clip(picture, 0, 255).astype(np.uint8)


def write_video(
    path: Path,
    *,
    seconds: float = 2.0,
    width: int = 320,
    height: int = 180,
    fps: int = 15,
    codec: str = "libx264",
    bit_rate: int | None = None,
) -> Path:
    """Write a video with a key frame a second and no B-frames. `bit_rate` in bits a second; None: as much as the noise
    needs."""
    with av.open(path, "w") as container:
        stream = _video(container, codec, width, height, fps)
        if bit_rate:
            stream.codec_context.bit_rate = bit_rate
        for picture in pictures(round(seconds * fps), width, height):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """Write a file without any picture."""
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    return path


def _video(container: OutputContainer, codec: str, width: int, height: int, fps: int) -> VideoStream:
    stream = container.add_stream(codec, rate=fps)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = Fraction(1, fps)
    stream.codec_context.gop_size = fps
    stream.codec_context.max_b_frames = 0
    if codec.startswith("libx26"):
        stream.options = {"preset": "veryfast", "tune": "zerolatency"}
    return stream
