"""A camera's packets as fragmented MP4, without decoding: an init segment, then fragments of a fifth of a second.

A fragment begins at every key frame and whenever the last one is long enough, so that a viewer is half a second behind
and each message holds several frames.
"""

from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
from av import Packet as AvPacket
from av.container import OutputContainer
from av.stream import Stream

from edge.camera.errors import CameraError
from edge.camera.live.nal import BadRecordError, codec_string, converter
from edge.camera.packets import Packet, StreamInfo

CODECS = frozenset({"h264", "hevc"})
_OPTIONS = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "200000",  # us
    "flush_packets": "1",
}


class NotMuxableError(CameraError):
    """These packets do not fit into MP4, or no longer fit."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One moof and mdat. `is_key`: a decoder that knows the init segment may begin here."""

    data: bytes
    is_key: bool


class _Sink:
    """The target of the muxer. It is not seekable, so that nothing is patched later."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)


class Fragmenter:
    """The muxer of one stream. `init` and `codec` are set from the first packet on, which must be a key frame. Raises
    NotMuxableError."""

    def __init__(self, info: StreamInfo) -> None:
        if info.codec not in CODECS:
            raise NotMuxableError(f"no MP4 for {info.codec}")
        try:
            self._sets, self._convert = converter(info.codec, info.extradata)
        except BadRecordError as exc:
            raise NotMuxableError(str(exc)) from exc
        self._time_base: Fraction = info.time_base
        self._sink = _Sink()
        self._output: OutputContainer = av.open(self._sink, "w", format="mp4", options=_OPTIONS)
        self._stream = self._output.add_mux_stream(info.codec, width=info.width, height=info.height)
        self._stream.time_base = info.time_base
        self._first_dts: int | None = None
        self._begins_with_key = True
        self.init = b""
        self.codec = ""

    def add(self, packet: Packet) -> list[Fragment]:
        """Add a packet and return the fragments that it completes, which hold the packets before it."""
        first = self._first_dts is None
        if self._first_dts is None:
            self._first_dts = packet.dts
        try:
            data = self._convert(packet.data)
            self._output.mux(self._made(self._sets + data if first else data, packet, self._first_dts))
        except (av.error.FFmpegError, ValueError) as exc:
            raise NotMuxableError(str(exc)) from exc
        whole = self._take()
        if not self.codec:
            raise NotMuxableError("no parameter sets in the first packet")
        made = [Fragment(data, is_key=self._begins_with_key) for data in whole]
        if made:
            self._begins_with_key = packet.is_key
        return made

    def close(self) -> None:
        """Close the muxer and drop an incomplete fragment."""
        try:
            self._output.close()
        except av.error.FFmpegError as exc:
            raise NotMuxableError(str(exc)) from exc

    def _made(self, data: bytes, packet: Packet, first_dts: int) -> "AvPacket[Stream]":
        made = AvPacket(data)
        made.stream, made.time_base = self._stream, self._time_base
        made.pts, made.dts = packet.pts - first_dts, packet.dts - first_dts
        made.is_keyframe = packet.is_key
        return made

    def _take(self) -> list[bytes]:
        """Cut what was written into the init segment (everything before the first moof) and fragments."""
        written, fragments, at, begun = self._sink.written, list[bytes](), 0, 0
        while at + 8 <= len(written):
            size = int.from_bytes(written[at : at + 4])
            kind = bytes(written[at + 4 : at + 8])
            # The last box is not complete yet: the muxer writes the rest with the next packet.
            if size < 8 or at + size > len(written):
                break
            at += size
            if kind == b"moov":
                self.init = bytes(written[:at])
                self.codec = codec_string(self.init)
                begun = at
            elif kind == b"mdat":
                fragments.append(bytes(written[begun:at]))
                begun = at
        del written[:begun]
        return fragments
