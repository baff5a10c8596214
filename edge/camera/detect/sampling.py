"""Takes frames out of a stream at a rate, for tools: gathering crops, scoring a detector."""

from collections.abc import Iterator

import av.error
import numpy as np

from edge.camera.errors import StreamLostError
from edge.camera.stream import Source, open_stream
from edge.camera.view import Bgr


def frames_of(source: Source, every_s: float) -> Iterator[tuple[float, Bgr]]:
    """Yield a frame each `every_s` of the stream's own time, until the stream ends.

    Raises StreamUnavailableError, and StreamLostError for any end other than that of a file."""
    stream = open_stream(source)
    next_s = float("-inf")
    try:
        for packet in stream.packets():
            try:
                pictures = stream.decode(packet)
            except av.error.FFmpegError:
                continue  # damaged: the next ones may be whole
            for picture in pictures:
                at_s = picture.time
                if at_s is not None and at_s >= next_s:
                    next_s = at_s + every_s
                    yield at_s, np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    except StreamLostError as exc:
        if exc.reason != "ended":
            raise
    finally:
        stream.close()
