"""The stream of an infrared camera by night, for tests and the bench: noise, and an encoder with few bits."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import av
import numpy as np

from edge.camera.view import Gray
from tests.support.tampers import grain

RATE = 5.0
Looks = Iterable[tuple[float, Gray]]  # seconds, and the picture


def by_infrared(pictures: Looks) -> Iterator[tuple[float, Gray]]:
    """Yield the pictures as an infrared sensor sees them: less contrast, a lamp, noise of 8 levels."""
    rng = np.random.default_rng(3)
    for at_s, picture in pictures:
        height, width = (side // 2 * 2 for side in picture.shape)
        y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        lit = (picture[:height, :width] * np.float32(0.5) + 40) * (1.1 - 0.4 * (x * x + y * y))
        yield at_s, np.asarray(np.clip(lit + 8 * grain((height, width), rng), 0, 255), np.uint8)


def encoded(pictures: Looks, kbit: int = 0) -> Iterator[tuple[float, Gray]]:
    """Yield the pictures as they come out of H.264 with a key frame every 4 s: at crf 32, or with as many `kbit` a
    second, whatever they show."""
    times, stream = list[float](), BytesIO()
    with av.open(stream, "w", format="h264") as written:
        video = written.add_stream("libx264", rate=round(RATE))
        video.pix_fmt, video.gop_size, video.thread_count = "yuv420p", round(4 * RATE), 1
        constant = {"b": f"{kbit}k", "maxrate": f"{kbit}k", "bufsize": f"{kbit}k", "tune": "zerolatency"}
        video.options = {"preset": "veryfast", **(constant if kbit else {"crf": "32"})}
        for at_s, picture in pictures:
            height, width = picture.shape
            gray = np.vstack([picture, np.full((height // 2, width), 128, np.uint8)])
            if not times:
                video.width, video.height = width, height
            times.append(at_s)
            written.mux(video.encode(av.VideoFrame.from_ndarray(gray, format="yuv420p")))
        written.mux(video.encode())
    stream.seek(0)
    with av.open(stream, "r") as read:
        made = [frame.to_ndarray()[: frame.height].copy() for frame in read.decode(video=0)]
    yield from zip(times, made, strict=True)
