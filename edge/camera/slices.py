"""The slices of a picture, in the packets of H.264 and HEVC. Pure but for the packets of PyAV; Annex B only.

Some cameras mark every slice of a picture as if it were a picture: then it comes in several packets, each of which
alone decodes to a picture that is damaged. They are put together again."""

import re
from typing import TypeAlias, cast

import av
from av import Packet
from av.video.stream import VideoStream

VideoPacket: TypeAlias = "Packet[VideoStream]"  # a generic for type checkers only

_START = b"\x00\x00\x01"
# Within a unit there are never more than two zeros in a row, nor two before a two (ITU-T H.264, 7.4.1).
_ILLEGAL = re.compile(rb"\x00\x00(?:\x00+[\x02-\xff]|\x02)")
# So many pictures in a row that came whole: the next one need not wait for the packet after it.
_WHOLE = 30
# More than any picture; what goes on for longer has no end.
_MOST_BYTES = 8 << 20


def first_slice(codec: str, data: bytes) -> bytes:
    """Return the beginning of the first slice in `data`, from its NAL header on; empty: there is none, or `data` has
    another codec or framing."""
    if codec not in ("h264", "hevc") or not data.startswith((_START, b"\x00" + _START)):
        return b""
    at = data.find(_START)
    while at >= 0:
        head = data[at + 3 : at + 35]
        if head and (1 <= head[0] & 0x1F <= 5 if codec == "h264" else head[0] >> 1 & 0x3F < 32):
            return head
        at = data.find(_START, at + 3)
    return b""


def is_torn(codec: str, data: bytes) -> bool:
    """Tell whether `data` holds bytes that no encoder writes: the decoder takes some of them without a word."""
    return bool(first_slice(codec, data)) and _ILLEGAL.search(data) is not None


def goes_on(codec: str, data: bytes) -> bool:
    """Tell whether `data` begins in the middle of a picture: its first slice is not the picture's first."""
    head = first_slice(codec, data)
    at = 1 if codec == "h264" else 2
    return len(head) > at and not head[at] & 0x80


class Joiner:
    """A joiner of the packets of one stream. Where every picture comes in one packet, nothing waits."""

    def __init__(self, codec: str, stream: VideoStream | None = None) -> None:
        self._codec = codec
        self._stream = stream
        self._held: list[VideoPacket] = []
        self._size = 0
        self._whole = 0

    def take(self, packet: VideoPacket) -> list[VideoPacket]:
        """Take a packet and return the pictures that are whole now."""
        if self._codec not in ("h264", "hevc"):
            return [packet]
        if goes_on(self._codec, bytes(packet)):
            self._whole = 0
            if self._held and packet.pts in (None, self._held[0].pts) and self._size < _MOST_BYTES:
                self._held.append(packet)
                self._size += packet.size
                return []
        else:
            self._whole += 1
        ready = self.rest()
        if self._whole >= _WHOLE:
            return [*ready, packet]
        self._held, self._size = [packet], packet.size
        return ready

    def rest(self) -> list[VideoPacket]:
        """Return what is held, for the end of the stream."""
        parts, self._held = self._held, []
        return [_joined(parts, self._stream)] if parts else []


def _joined(parts: list[VideoPacket], stream: VideoStream | None) -> VideoPacket:
    first = parts[0]
    if len(parts) == 1:
        return first
    packet = cast("VideoPacket", av.Packet(b"".join(map(bytes, parts))))
    packet.pts, packet.dts = first.pts, first.dts
    packet.is_keyframe = any(part.is_keyframe for part in parts)
    if first.time_base is not None:
        packet.time_base = first.time_base
    if stream is not None:
        packet.stream = stream
    return packet
