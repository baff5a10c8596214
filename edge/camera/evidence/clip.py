"""Makes the seconds around an event an MP4: copied from the camera's own packets, or decoded and encoded anew where
something in them must be hidden.

A copy costs no decoding and holds the camera's bytes unchanged; it begins at the key frame before the wanted time. A
clip that is made anew begins at the wanted time, is H.264 at no more than `width` and 12.5 pictures a second, and
carries the camera's own times. All work here is done in the thread that calls: see edge.camera.evidence.making."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np
from av.container import OutputContainer
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from av.video.stream import VideoStream

from edge.camera.errors import CameraError
from edge.camera.evidence.hiding import Hiding, Pixels, Planes
from edge.camera.live.nal import BadRecordError, converter
from edge.camera.pace import Pace
from edge.camera.packets import Packet, StreamInfo
from edge.camera.view import Box

# What every browser and player takes out of an MP4.
COPIED = frozenset({"h264", "hevc"})
_OPTIONS = {"movflags": "faststart"}
# The first one that there is. libopenh264 is BSD; libx264 makes GPL of what ships it (docs/supply-chain.md).
_ENCODERS = ("libopenh264", "libx264", "mpeg4")
_X264 = {"preset": "ultrafast", "crf": "27", "threads": "1"}
_RATE = Fraction(25, 2)
_TICKS = 90_000
# Faces are looked for so often; in between, what was found before and after is hidden.
_LOOK_S = 0.2


class ClipError(CameraError):
    """No clip can be made of these packets."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The packets of a clip, which begin with a key frame, and the time of the first picture that is wanted."""

    info: StreamInfo
    packets: Sequence[Packet]
    begin_s: float


def copy(cut: Cut, target: Path) -> None:
    """Write the packets to `target` without decoding them. Raises ClipError."""
    info, first = cut.info, cut.packets[0]
    try:
        sets, convert = converter(info.codec, info.extradata)
        with av.open(str(target), "w", format="mp4", options=_OPTIONS) as output:
            stream = output.add_mux_stream(info.codec, width=info.width, height=info.height)
            stream.time_base = info.time_base
            for packet, duration in zip(cut.packets, _durations(cut.packets), strict=True):
                data = convert(packet.data)
                made: av.Packet[Stream] = av.Packet(sets + data if packet is first else data)
                made.stream, made.time_base = stream, info.time_base
                made.pts, made.dts = packet.pts - first.pts, packet.dts - first.pts
                made.duration, made.is_keyframe = duration, packet.is_key
                output.mux(made)
    except (av.error.FFmpegError, BadRecordError, ValueError) as exc:
        raise ClipError(f"{info.codec}: {exc}") from exc


def _durations(packets: Sequence[Packet]) -> list[int]:
    """Return the time from each packet to the next. The last gets that of the one before: without one, players leave
    out the last picture."""
    steps = [later.dts - sooner.dts for sooner, later in pairwise(packets)]
    return [*steps, steps[-1] if steps else 0]


def remake(cut: Cut, target: Path, hiding: Hiding, *, width: int) -> None:
    """Decode the packets, hide what must not be seen, and encode them to `target`. Raises ClipError."""
    try:
        with av.open(str(target), "w", format="mp4", options=_OPTIONS) as output:
            stream: VideoStream | None = None
            began_s = 0.0
            for at_s, frame in _hidden(_pictures(cut, width), hiding):
                if stream is None:
                    stream, began_s = _encoded_stream(output, frame), at_s
                frame.pts, frame.time_base = round((at_s - began_s) * _TICKS), Fraction(1, _TICKS)
                output.mux(stream.encode(frame))
            if stream is None:
                raise ClipError(f"{cut.info.codec}: no picture can be decoded")
            # The encoder still holds the last pictures: None makes it give them out.
            output.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError) as exc:
        raise ClipError(f"{cut.info.codec}: {exc}") from exc


def _encoded_stream(output: OutputContainer, frame: VideoFrame) -> VideoStream:
    name = _encoder()
    stream = cast("VideoStream", output.add_stream(name, rate=_RATE, options=_X264 if name == "libx264" else {}))
    stream.height, stream.width = frame.height, frame.width
    stream.pix_fmt = "yuv420p"
    stream.codec_context.colorspace, stream.codec_context.color_range = frame.colorspace, frame.color_range
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    stream.codec_context.thread_count = 1
    return stream


@cache
def _encoder() -> str:
    """Return the name of the first encoder that PyAV's build of FFmpeg has."""
    return next(name for name in _ENCODERS if name in av.codecs_available)


def _pictures(cut: Cut, width: int) -> Iterator[tuple[float, VideoFrame]]:
    """Yield the wanted pictures at the bounded rate and size, as yuv420p. Damaged packets are skipped, as a live
    decoder does."""
    context = cast("VideoCodecContext", av.CodecContext.create(cut.info.codec, "r"))
    context.extradata = cut.info.extradata or None
    context.thread_count = 1
    scaler = VideoReformatter()
    pace = Pace(float(_RATE), cut.begin_s)
    for frame in _decoded(context, cut):
        at_s = float((frame.pts or 0) * cut.info.time_base)
        if pace.is_due(at_s):
            yield at_s, _scaled(scaler, frame, width)


def _decoded(context: VideoCodecContext, cut: Cut) -> Iterator[VideoFrame]:
    for packet in cut.packets:
        made: av.Packet[Stream] = av.Packet(packet.data)
        made.pts, made.dts, made.time_base = packet.pts, packet.dts, cut.info.time_base
        try:
            yield from context.decode(made)
        except av.error.InvalidDataError:
            continue
    try:
        yield from context.decode(None)
    except av.error.InvalidDataError:
        return


def _scaled(scaler: VideoReformatter, frame: VideoFrame, width: int) -> VideoFrame:
    """Return the picture no wider than `width`, with even sides, as the encoders need them."""
    factor = min(1.0, width / frame.width)
    wide, tall = (max(2, round(side * factor) // 2 * 2) for side in (frame.width, frame.height))
    return scaler.reformat(frame, wide, tall, "yuv420p", dst_color_range=ColorRange.MPEG, threads=1)


def _hidden(pictures: Iterator[tuple[float, VideoFrame]], hiding: Hiding) -> Iterator[tuple[float, VideoFrame]]:
    """Yield each picture with the faces hidden that were found in the look before it and in the look after it."""
    held: list[tuple[float, VideoFrame]] = []
    before: list[Box] = []
    looked_s = float("-inf")
    for at_s, frame in pictures:
        held.append((at_s, frame))
        if at_s - looked_s >= _LOOK_S:
            looked_s = at_s
            after = _faces(frame, hiding)
            yield from _apply(held[:-1], hiding, [*before, *after])
            held, before = held[-1:], after
    yield from _apply(held, hiding, [*before, *(_faces(held[-1][1], hiding) if len(held) > 1 else [])])


def _faces(frame: VideoFrame, hiding: Hiding) -> list[Box]:
    if not hiding.looks:
        return []
    return hiding.find(np.asarray(frame.to_ndarray(format="bgr24", threads=1), np.uint8))


def _apply(
    held: list[tuple[float, VideoFrame]], hiding: Hiding, boxes: list[Box]
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield copies of the pictures with `boxes` hidden. They are copies because the decoder may still refer to its own
    pictures."""
    for at_s, frame in held:
        pixels = np.asarray(frame.to_ndarray(), np.uint8)
        hiding.apply_to_planes(_planes(pixels, frame.width, frame.height), boxes)
        made = VideoFrame.from_ndarray(pixels, format="yuv420p")
        made.colorspace, made.color_range = frame.colorspace, frame.color_range
        yield at_s, made


def _planes(pixels: Pixels, width: int, height: int) -> Planes:
    """Return views of the three planes of an I420 array."""
    flat, size = pixels.reshape(-1), width * height
    y, u, v = np.split(flat, (size, size * 5 // 4))
    half = (height // 2, width // 2)
    return y.reshape(height, width), u.reshape(half), v.reshape(half)
