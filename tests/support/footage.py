"""Packets of a stream that is drawn and encoded on the spot: a gray room through which a striped square walks."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from edge.camera.packets import Packet, PacketRing, StreamInfo
from edge.camera.view import Bgr

SQUARE = 48
_ENCODERS = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg"}
_TICKS = Fraction(1, 90_000)


def room(number: int, width: int = 640, height: int = 360) -> Bgr:
    """Draw a checkered room, so that blurred parts are told from sharp ones."""
    checks = (np.indices((height, width)).sum(axis=0) % 8 < 4) * 60 + 60
    image = np.repeat(checks[:, :, None], 3, axis=2).astype(np.uint8)
    left, top = left_top(number)
    image[top : top + SQUARE, left : left + SQUARE] = 30
    image[top : top + SQUARE : 8, left : left + SQUARE] = 250
    return image


def left_top(number: int) -> tuple[int, int]:
    return 40 + 2 * number, 100


@cache
def encoded(
    codec: str = "h264",
    *,
    seconds: float = 12,
    rate: int = 10,
    gop: int = 20,
    is_annex_b: bool = True,
    width: int = 640,
    height: int = 360,
) -> tuple[StreamInfo, tuple[Packet, ...]]:
    """Encode the room. `is_annex_b`: as a camera sends it, with the parameter sets in the stream; else as it lies in a
    file."""
    context = cast("VideoCodecContext", av.CodecContext.create(_ENCODERS[codec], "w"))
    context.width, context.height, context.time_base, context.framerate = width, height, _TICKS, Fraction(rate)
    context.pix_fmt, context.gop_size = ("yuvj420p" if codec == "mjpeg" else "yuv420p"), gop
    if codec != "mjpeg":
        quiet = f"log-level=none:bframes=2:keyint={gop}" if codec == "hevc" else "bframes=2"
        context.options = {"preset": "ultrafast", "threads": "1", f"{_ENCODERS[codec][3:]}-params": quiet}
    made: list[Any] = []
    for number in range(int(seconds * rate)):
        frame = VideoFrame.from_ndarray(room(number, width, height), format="bgr24")
        frame.pts, frame.time_base = round(number / rate / _TICKS), _TICKS
        made += context.encode(frame)
    made += context.encode(None)
    if is_annex_b:
        return StreamInfo(codec, width, height, b"", _TICKS), tuple(_packet(packet, _TICKS) for packet in made)
    return _filed(codec, made, width, height)


def _packet(packet: Any, time_base: Fraction) -> Packet:
    return Packet(
        bytes(packet), packet.pts or 0, packet.dts or 0, float((packet.dts or 0) * time_base), bool(packet.is_keyframe)
    )


def _filed(codec: str, made: list[Any], width: int, height: int) -> tuple[StreamInfo, tuple[Packet, ...]]:
    """Take the packets out of a file: lengths instead of start codes, the parameter sets in a record apart."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_mux_stream(codec, width=width, height=height)
        stream.time_base = _TICKS
        for packet in made:
            packet.stream = stream
            output.mux(packet)
    file.seek(0)
    with av.open(file, "r") as container:
        video = container.streams.video[0]
        packets = tuple(
            _packet(packet, video.time_base or _TICKS) for packet in container.demux(video) if packet.dts is not None
        )
        extradata = video.codec_context.extradata or b""
        return StreamInfo(codec, width, height, extradata, Fraction(video.time_base or _TICKS)), packets


def ring_of(info: StreamInfo, packets: Iterable[Packet], *, seconds: float = 60) -> PacketRing:
    ring = PacketRing(seconds, 64 << 20)
    ring.begin(info)
    for packet in packets:
        ring.add(packet)
    return ring


def pictures(path: Path) -> list[tuple[float, Bgr]]:
    """Return every picture of a file with its time, as a player shows them."""
    with av.open(str(path)) as container:
        return [
            (float(frame.time or 0), np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
            for frame in container.decode(video=0)
        ]
