"""Packets of a real H.264 stream, whole, damaged, missing or cut into slices; and a camera that sends them by a clock
that the test holds."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from random import Random
from typing import cast

import av
import cv2
import numpy as np
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext

from edge.camera.errors import StreamLostError
from edge.camera.packets import StreamInfo
from edge.camera.slices import Joiner, VideoPacket
from tests.support.drawn_scene import scene
from tests.support.tampers import grain

FPS, GROUP = 15, 30
_START = b"\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class Coded:
    """A packet: its bytes, its number, whether it begins a group of pictures."""

    data: bytes
    number: int
    is_key: bool


@cache
def film(pictures: int = 240, slices: int = 1, width: int = 640) -> tuple[Coded, ...]:
    """Encode the drawn scene with a sensor's noise, through which a block wanders."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, width * 9 // 16, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    context.gop_size, context.max_b_frames, context.thread_count = GROUP, 0, 1
    extra = f"slices={slices}:annexb=1:repeat-headers=1"
    context.options = {"preset": "veryfast", "tune": "zerolatency", "crf": "26", "x264-params": extra}
    usual, rng, coded = scene(width), np.random.default_rng(1), []
    for number in range(pictures):
        picture = np.clip(usual + 2 * grain(usual.shape, rng), 0, 255).astype(np.uint8)
        left = number * 7 % (width - 60)
        picture[width // 4 : width // 3, left : left + 50] = 60
        frame = VideoFrame.from_ndarray(np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8), format="bgr24")
        frame.pts = number
        coded += [Coded(bytes(packet), number, packet.is_keyframe) for packet in context.encode(frame)]
    return tuple(coded)


def damaged(film: Sequence[Coded], share: float, seed: int = 3) -> list[Coded]:
    """Damage a share of the packets as a bad line does: bits that flip, pieces that are cut off, zeroed or missing."""
    rng, hurt = Random(seed), []
    for packet in film:
        data = bytearray(packet.data)
        if rng.random() < share:
            at = rng.randrange(len(data) // 4, len(data))
            way = rng.randrange(4)
            if way == 0:
                for _ in range(max(1, len(data) // 200)):
                    data[rng.randrange(len(data) // 4, len(data))] = rng.randrange(256)
            elif way == 1:
                del data[at:]
            elif way == 2:
                data[at : at + 1400] = bytes(len(data[at : at + 1400]))
            else:
                del data[at : at + 1400]
        hurt.append(Coded(bytes(data), packet.number, packet.is_key))
    return hurt


def sliced(film: Sequence[Coded]) -> list[Coded]:
    """Cut each picture into a packet a slice."""
    cut = []
    for packet in film:
        head = b""
        for unit in packet.data.replace(_START, _START[1:]).split(_START[1:])[1:]:
            head += _START + unit
            if unit[0] & 0x1F <= 5:
                cut.append(Coded(head, packet.number, packet.is_key))
                head = b""
    return cut


def packet_of(coded: Coded) -> VideoPacket:
    packet = cast("VideoPacket", av.Packet(coded.data))
    packet.pts = packet.dts = coded.number
    packet.time_base = Fraction(1, FPS)
    packet.is_keyframe = coded.is_key
    return packet


@dataclass
class Clock:
    """A clock that moves only when it is told to. `at_most`: the end, at which `is_over` becomes True."""

    at_most: float
    now_s: float = 1000.0
    on_step: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now_s

    @property
    def is_over(self) -> bool:
        return self.now_s >= self.at_most

    def go(self, seconds: float) -> None:
        """Move on in small steps, as threads of the camera would see the time."""
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            self.now_s = min(until, self.now_s + 0.25)
            self.on_step()


class Stop(threading.Event):
    """The end of a test, when its clock is over. To wait is to let the clock go on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def is_set(self) -> bool:
        return self._clock.is_over

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.go(timeout or 0.0)
        return self._clock.is_over


@dataclass
class CodedStream:
    """An open stream of `film`, over and over, that stalls after `stalls_after_s`."""

    film: Sequence[Coded]
    clock: Clock
    stalls_after_s: float = float("inf")
    read_s: float = 4.0
    frame_s: float = 1 / FPS
    _context: VideoCodecContext = field(init=False)

    def __post_init__(self) -> None:
        context = av.CodecContext.create("h264", "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        self._context = context

    @property
    def info(self) -> StreamInfo:
        return StreamInfo("h264", 640, 360, b"", Fraction(1, FPS))

    def packets(self, monotonic: Callable[[], float]) -> Iterator[VideoPacket]:
        began_s, joiner, number, last = self.clock.now_s, Joiner("h264"), 0, -1
        while True:
            for coded in self.film:
                if self.clock.now_s - began_s >= self.stalls_after_s:
                    self.clock.go(self.read_s)
                    raise StreamLostError("stalled", f"silent for {self.read_s:g} s")
                if coded.number != last:
                    number, last = number + 1, coded.number
                    self.clock.go(self.frame_s)
                yield from joiner.take(packet_of(Coded(coded.data, number, coded.is_key)))

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        return self._context.decode(packet)

    def close(self) -> None:
        pass
