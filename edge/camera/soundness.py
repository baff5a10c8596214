"""Decides which decoded pictures of a stream may be judged.

A damaged picture proves nothing about the camera, and looks like one that was tampered with. Every picture after it is
coded against it, whatever the decoder says, until the next key frame: all of them are set aside."""

from collections.abc import Callable

import av.error
from av import VideoFrame

from edge.camera.numbering import Numbering
from edge.camera.slices import VideoPacket, is_torn

# Streams without key frames renew the picture piece by piece: after so long without damage it is whole again.
_HEALED_S = 10.0


class Soundness:
    """The soundness of one stream's pictures. `whole`, `damaged`, `aside`: counts for ever; `aside` are those that came
    after a damaged one. `decoded`: how many came out of the decoder, whatever they are worth."""

    def __init__(self) -> None:
        self.whole = self.damaged = self.aside = self.decoded = 0
        self._hurt_s: float | None = None
        self._codec = ""
        self._numbering = Numbering("", b"")

    def begin(self, codec: str, extradata: bytes) -> None:
        """Begin a newly opened stream. Its first picture is a key frame."""
        self._hurt_s, self._codec = None, codec
        self._numbering = Numbering(codec, extradata)

    def pictures(
        self, packet: VideoPacket, decode: Callable[[VideoPacket], list[VideoFrame]], at_s: float
    ) -> list[VideoFrame]:
        """Return the pictures of a packet that may be judged. `at_s`: its time, in seconds of the stream."""
        data = bytes(packet)
        if self._numbering.is_gap(data):
            self._hurt(at_s)
        has_tears = is_torn(self._codec, data)
        try:
            frames = decode(packet)
        except av.error.FFmpegError:
            self._hurt(at_s)
            return []
        self.decoded += len(frames)
        return [frame for frame in frames if self._may_be_judged(frame, at_s, has_tears=has_tears)]

    def _hurt(self, at_s: float) -> None:
        self.damaged += 1
        self._hurt_s = at_s

    def _may_be_judged(self, frame: VideoFrame, at_s: float, *, has_tears: bool) -> bool:
        if has_tears or frame.is_corrupt or not frame.width or not frame.height:
            self._hurt(at_s)
            return False
        is_hurt = self._hurt_s is not None and 0 <= at_s - self._hurt_s < _HEALED_S
        if is_hurt and not frame.key_frame:
            self.aside += 1
            return False
        self._hurt_s = None
        self.whole += 1
        return True
