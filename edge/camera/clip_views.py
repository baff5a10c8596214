"""A recorded clip as views, at the rate at which a camera is analysed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edge.camera.errors import StreamUnavailableError
from edge.camera.frames import AvFrame
from edge.camera.pace import Pace
from edge.camera.slices import Joiner
from edge.camera.soundness import Soundness
from edge.camera.view import View


def clip_views(
    clip: Path, rate: float, begins: datetime, on_picture: Callable[[float], None] | None = None
) -> Iterator[View]:
    """Yield the views of a clip that are due at `rate` a second.

    `at_s` counts from the clip's first picture; `begins` is the station's time of day at that picture. `on_picture` is
    given the time of every picture, also of those that are not due.

    Raises StreamUnavailableError when the file cannot be opened or has no picture. Pictures that do not decode are left
    out, as in a live camera."""
    try:
        container = av.open(str(clip))
    except (OSError, FFmpegError) as exc:
        raise StreamUnavailableError("unreadable", f"{clip}: {exc}") from exc
    with container:
        if not container.streams.video:
            raise StreamUnavailableError("no_video", str(clip))
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        first: float | None = None
        pace = Pace(rate)
        for frame in _decoded(container, stream):
            if frame.time is None:
                continue
            first = frame.time if first is None else first
            at_s = frame.time - first
            if on_picture:
                on_picture(at_s)
            if pace.is_due(at_s):
                yield View(at_s, begins + timedelta(seconds=at_s), AvFrame(frame))
        if first is None:
            raise StreamUnavailableError("no_picture", str(clip))


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    context = stream.codec_context
    joiner, sound = Joiner(context.name, stream), Soundness()
    sound.begin(context.name, context.extradata or b"")
    at_s = 0.0
    for packet in container.demux(stream):
        # The last packet is empty: it brings out what the decoder still holds.
        for whole in joiner.take(packet) if packet.size else [*joiner.rest(), packet]:
            if whole.dts is not None and whole.time_base is not None:
                at_s = float(whole.dts * whole.time_base)
            yield from sound.pictures(whole, lambda one: one.decode(), at_s)
