"""Seconds of real video for tests: a pattern that moves, encoded by libx264 or libx265, as a camera would send it."""

import io
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext

from edge.camera.packets import Packet, StreamInfo

TIME_BASE = Fraction(1, 90000)
_ENCODERS = {"h264": "libx264", "hevc": "libx265"}


def frames(count: int, width: int = 320, height: int = 180) -> Iterator[VideoFrame]:
    """Yield a noisy picture that moves by four pixels a frame, 25 a second."""
    noise = np.random.default_rng(1).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    picture = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    for number in range(count):
        frame = VideoFrame.from_ndarray(np.roll(picture, 4 * number, axis=1), format="rgb24")
        frame.pts, frame.time_base = number * 3600, TIME_BASE
        yield frame


def stream(
    codec: str = "h264",
    *,
    seconds: float = 3.0,
    group: int = 25,
    size: tuple[int, int] = (320, 184),
    is_avcc: bool = False,
    bit_rate: int = 0,
) -> tuple[StreamInfo, list[Packet]]:
    """Encode packets in Annex B with the parameter sets in the stream; `is_avcc`: as a file holds them."""
    width, height = size
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = TIME_BASE, Fraction(25)
    encoder.thread_count = 1
    if bit_rate:
        encoder.bit_rate = bit_rate
    quiet = {"x265-params": f"log-level=none:keyint={group}:bframes=0:pools=none"} if codec == "hevc" else {}
    encoder.options = {"g": str(group), "preset": "ultrafast", "tune": "zerolatency", **quiet}
    made = [packet for frame in frames(round(seconds * 25), width, height) for packet in encoder.encode(frame)]
    made += encoder.encode(None)
    packets = [
        Packet(
            bytes(packet), packet.pts or 0, packet.dts or 0, float((packet.dts or 0) * TIME_BASE), packet.is_keyframe
        )
        for packet in made
    ]
    info = StreamInfo(codec, width, height, b"", TIME_BASE)
    return _through_a_file(info, packets) if is_avcc else (info, packets)


def _through_a_file(info: StreamInfo, packets: list[Packet]) -> tuple[StreamInfo, list[Packet]]:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        track = output.add_mux_stream(info.codec, width=info.width, height=info.height)
        track.time_base = info.time_base
        for packet in packets:
            made = av.Packet(packet.data)
            made.stream, made.time_base, made.pts, made.dts = track, info.time_base, packet.pts, packet.dts
            made.is_keyframe = packet.is_key
            output.mux(made)
    file.seek(0)
    with av.open(file, "r") as source:
        video = source.streams.video[0]
        extradata = video.codec_context.extradata or b""
        base = video.time_base or TIME_BASE
        read = [
            Packet(bytes(packet), packet.pts or 0, packet.dts or 0, float((packet.dts or 0) * base), packet.is_keyframe)
            for packet in source.demux(video)
            if packet.size
        ]
        return StreamInfo(info.codec, info.width, info.height, extradata, base), read


def decoded(mp4: bytes) -> list[VideoFrame]:
    """Decode an MP4. Raises av.error.FFmpegError."""
    with av.open(io.BytesIO(mp4), "r") as container:
        return list(container.decode(video=0))
