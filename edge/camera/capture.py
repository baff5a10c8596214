"""Reads one stream for as long as the agent runs: opens it, demuxes, keeps packets, decodes, and begins again when the
stream is lost. Runs in a thread of its own, so that a camera that hangs holds up no other camera.

Every frame is decoded, since the next one is coded against it. Only a frame that is due is handed on; whoever looks at
it converts it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import structlog
from av import VideoFrame

from edge.camera.errors import StreamLostError, StreamUnavailableError
from edge.camera.line import Tally
from edge.camera.pace import Pace
from edge.camera.packets import Packet, StreamInfo
from edge.camera.parameter_sets import parameter_sets
from edge.camera.slices import VideoPacket
from edge.camera.soundness import Soundness
from edge.camera.stream import Source, Stream, open_stream
from edge.camera.stream_clock import StreamClock
from edge.metrics import Metrics
from process.backoff import Backoff

log = structlog.get_logger()

Sink = Callable[[StreamInfo, Packet], None]
OnFrame = Callable[[VideoFrame, float], None]

# A stream whose packets come but cannot be decoded for so long is opened anew; so is one that is never whole.
_UNDECODABLE_S = 10.0
_DAMAGED_S = 60.0
# After so long a connection the next break is a new one, not the same again.
_STEADY_S = 10.0


class Capture:
    """The reader of one stream.

    `on_frame` gets the frames that are due, `rate` a second; None: nothing is decoded. `on_packet` gets every packet
    from the first key frame on, which `has_key` says. Neither may block. `heard_s`: when the last packet came;
    `trouble`: why there is no picture, `reason` the word for it."""

    def __init__(
        self,
        name: str,
        source: Source,
        *,
        rate: float,
        on_packet: Sink | None,
        on_frame: OnFrame | None,
        backoff: tuple[float, float],
        monotonic: Callable[[], float],
        random: Random,
        metrics: Metrics,
        open_stream: Callable[[Source, Callable[[], float]], Stream] = open_stream,
    ) -> None:
        self._open_stream = open_stream
        self._name = name
        self._source = source
        self._pace = Pace(rate)
        self._on_packet = on_packet
        self._on_frame = on_frame
        self._monotonic = monotonic
        self._backoff = Backoff(*backoff, random)
        self._metrics = metrics
        self._clock = StreamClock()
        self._shape: Shape
        self._shown_s = float("-inf")
        self._frame_seen_s = self._whole_seen_s = 0.0
        self._sound = Soundness()
        self._losses = 0
        self.heard_s = float("-inf")
        self.info: StreamInfo | None = None
        self.frames = 0
        self.trouble = ""
        self.reason = ""
        self.has_key = False

    @property
    def tally(self) -> Tally:
        """Return what this stream has lost and brought since the start."""
        return Tally(self._losses, self._sound.damaged, self._sound.whole)

    def run(self, stop: threading.Event) -> None:
        """Read the stream until `stop` is set, and open it anew after each loss."""
        while not stop.is_set():
            began_s = self._monotonic()
            try:
                self._read(stop)
            except StreamUnavailableError as exc:
                # After a steady connection the fault is a new one: begin with short waits again.
                if self._monotonic() - began_s > _STEADY_S:
                    self._backoff.reset()
                self._tell(exc)
                stop.wait(self._backoff.next())

    def _read(self, stop: threading.Event) -> None:
        stream = self._open_stream(self._source, self._monotonic)
        try:
            log.info("camera_opened", camera=self._name, codec=stream.info.codec, width=stream.info.width)
            self.info, self._shape = stream.info, Shape(stream.info)
            self._sound.begin(stream.info.codec, stream.info.extradata)
            self._frame_seen_s = self._whole_seen_s = self._monotonic()
            self._clock.begin(stream.info.time_base, stream.frame_s, self._frame_seen_s)
            self.has_key = False
            for packet in stream.packets(self._monotonic):
                # Packets before the first key frame cannot be decoded.
                self.has_key = self.has_key or packet.is_keyframe
                if self.has_key:
                    self._take(stream, packet, stop)
                else:
                    self.heard_s, self.trouble = self._monotonic(), ""
                if stop.is_set():
                    return
        finally:
            stream.close()

    def _take(self, stream: Stream, packet: VideoPacket, stop: threading.Event) -> None:
        self.heard_s = self._monotonic()
        now_s = self.heard_s if self._source.is_live else None
        pts, dts, at_s = self._clock.place(packet.pts, packet.dts, now_s)
        # A file has no pace of its own: wait until the packet is due.
        if not self._source.is_live:
            stop.wait(max(0.0, at_s - self._monotonic()))
        data, is_key = bytes(packet), packet.is_keyframe
        is_new = is_key and self._shape.is_new(data)
        # A new shape is decoded once even when nobody looks: only the picture tells its true size.
        frames = self._decode(stream, packet, at_s) if self._on_frame or is_new else []
        self.info = self._shape.seen(frames[-1]) if frames else self._shape.info
        if self._on_packet:
            self._on_packet(self.info, Packet(data, pts, dts, at_s, is_key))
        if self._on_frame:
            self._show(frames, self._on_frame)
        else:
            self.trouble = ""

    def _decode(self, stream: Stream, packet: VideoPacket, at_s: float) -> list[VideoFrame]:
        """Return the pictures that may be judged."""
        sound = self._sound
        damaged, aside, decoded = sound.damaged, sound.aside, sound.decoded
        frames = sound.pictures(packet, stream.decode, at_s)
        self._metrics.camera_decode_errors.labels(self._name).inc(sound.damaged - damaged)
        self._metrics.camera_set_aside.labels(self._name).inc(sound.aside - aside)
        if sound.decoded > decoded:
            # Also a damaged picture says that the stream is there.
            self._frame_seen_s, self.trouble = self._monotonic(), ""
        return frames

    def _show(self, frames: Sequence[VideoFrame], on_frame: OnFrame) -> None:
        now_s = self._monotonic()
        for frame in frames:
            self._whole_seen_s = now_s
            self.frames += 1
            # `View.at_s` must rise, and the stamps of decoded pictures need not.
            at_s = max(self._clock.shown_at(frame.pts), self._shown_s + 0.001)
            self._shown_s = at_s
            if self._pace.is_due(at_s):
                on_frame(frame, at_s)
        self._metrics.camera_frames.labels(self._name).inc(len(frames))
        if now_s - self._frame_seen_s > _UNDECODABLE_S:
            raise StreamLostError("undecodable", f"packets but no picture for {_UNDECODABLE_S:g} s")
        if now_s - self._whole_seen_s > _DAMAGED_S:
            raise StreamLostError("damaged", f"no whole picture for {_DAMAGED_S:g} s")

    def _tell(self, exc: StreamUnavailableError) -> None:
        self._metrics.camera_reconnects.labels(self._name, exc.reason).inc()
        # A file that ends is no line that is lost.
        self._losses += isinstance(exc, StreamLostError) and self._source.is_live
        self.reason = exc.reason
        if str(exc) != self.trouble:
            self.trouble = str(exc)
            log.warning("camera_lost", camera=self._name, reason=exc.reason, detail=str(exc))


class Shape:
    """The properties that the packets of one connection share; they may change in the middle of it."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        found = parameter_sets(info.codec, info.extradata)
        self._sequence = found.sequence if found else b""

    def is_new(self, key_packet: bytes) -> bool:
        """Tell whether a key packet brings parameter sets that differ from the last ones."""
        found = parameter_sets(self.info.codec, key_packet)
        if found is None or found.sequence == self._sequence:
            return False
        self._sequence = found.sequence
        self.info = replace(self.info, extradata=found.extradata)
        return True

    def seen(self, frame: VideoFrame) -> StreamInfo:
        """Note the size of a decoded picture, which is the true one, and return the stream's description."""
        if (frame.width, frame.height) != (self.info.width, self.info.height):
            self.info = replace(self.info, width=frame.width, height=frame.height)
        return self.info
