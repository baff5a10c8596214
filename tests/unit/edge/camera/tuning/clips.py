"""Clips of the drawn scene with what happens in it, as files."""

from collections.abc import Mapping
from pathlib import Path

import av
from av.video.stream import VideoStream

from tests.support.drawn_scene import RATE, views
from tests.support.tampers import Change


def write_clip(path: Path, changes: Mapping[tuple[float, float], Change], seconds: float) -> Path:
    """RATE pictures a second, 640x360, a key frame every 2 s."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=round(RATE))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = round(2 * RATE), 0
        stream.options = {"preset": "veryfast", "crf": "18", "x264-params": "scenecut=0"}
        for view in views(changes, seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(view.frame.bgr(), format="bgr24")))
        container.mux(stream.encode())
    return path


def first_seconds(clip: Path, seconds: float, path: Path) -> Path:
    """Copy the packets that are decoded before `seconds`."""
    with av.open(str(clip)) as source, av.open(path, "w") as target:
        video = source.streams.video[0]
        stream = target.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.dts is not None and packet.dts * packet.time_base < seconds:
                packet.stream = stream
                target.mux(packet)
    return path
