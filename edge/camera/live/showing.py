"""Shows one camera while somebody watches it: sends previews when they are due and fragments as they come, and counts
the pictures that are dropped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from edge.camera.live.fragments import CODECS, Fragment, Fragmenter, NotMuxableError
from edge.camera.live.metrics import LiveMetrics
from edge.camera.live.preview import Hide, preview
from edge.camera.live.taps import PacketQueue
from edge.camera.live.wishes import Wishes
from edge.camera.packets import Packet, StreamInfo, Tap
from edge.camera.view import View
from wire.live import Head, LiveCommand, Mode, Part, Refusal, pieces

log = structlog.get_logger()

# How often packets are fetched while somebody watches the video. A fragment is 0.2 s long.
_FETCH_S = 0.1


class LiveCamera(Protocol):
    """The part of a camera that the live view uses."""

    @property
    def name(self) -> str: ...

    @property
    def newest(self) -> View | None:
        """Return the newest frame that was captured; None: there is none now."""
        ...

    def add_tap(self, tap: Tap) -> None:
        """Call `tap` with every packet of the main stream from now on, in the camera's thread."""
        ...

    def remove_tap(self, tap: Tap) -> None: ...


class Sender(Protocol):
    """A broker connection that cannot be filled up."""

    largest_body: int

    @property
    def is_behind(self) -> bool: ...

    def publish(self, camera: str, head: Head, bodies: Sequence[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class Watchable:
    """A camera with the modes that its site allows and the function that hides in its pictures."""

    camera: LiveCamera
    modes: frozenset[Mode]
    hide: Hide


class Showing:
    """The live view of one camera. Call `step` from one thread. `epoch_ms`: the wall clock, milliseconds since 1970."""

    def __init__(self, watchable: Watchable, metrics: LiveMetrics, epoch_ms: Callable[[], int]) -> None:
        self._camera = watchable.camera
        # What may be shown and how, in one: it is changed by another thread.
        self._allowed = (watchable.modes, watchable.hide)
        self._metrics = metrics
        self._epoch_ms = epoch_ms
        self._wishes = Wishes()
        self._queue: PacketQueue | None = None
        self._info: StreamInfo | None = None
        self._fragmenter: Fragmenter | None = None
        self._awaits_key = True
        self._sequence = 0
        self._preview_at_s = self._fetch_at_s = 0.0
        self._shown_s = -1.0

    @property
    def name(self) -> str:
        return self._camera.name

    def change(self, modes: frozenset[Mode], hide: Hide) -> None:
        """Allow other modes, and hide otherwise, from the next picture on; from any thread."""
        self._allowed = (modes, hide)

    def obey(self, command: LiveCommand, sender: Sender, now_s: float) -> str:
        """Obey a command and return the outcome, a name for a counter. The asker is told of a refusal, too."""
        reason = ""
        if command.mode != "none" and command.mode not in self._allowed[0]:
            reason = "privacy"
        elif not self._wishes.take(command, now_s):
            reason = "too_many"
        if reason and command.mode != "none":
            self._refuse(command.mode, reason, sender)
        return reason or "taken"

    def step(self, sender: Sender, now_s: float) -> float:
        """Send what is due. Returns the time of the next work; infinity: none before a command comes."""
        modes, _ = self._allowed
        if self._wishes.is_video(now_s) and "video" not in modes:
            # A mask came while somebody watches the video, which cannot have one.
            self._wishes.drop("video")
            self._refuse("video", "privacy", sender)
        fps, is_video = self._wishes.fps(now_s), self._wishes.is_video(now_s)
        self._metrics.viewed.labels(self.name, "preview").set(fps > 0)
        self._metrics.viewed.labels(self.name, "video").set(is_video)
        if fps > 0 and now_s >= self._preview_at_s:
            self._preview_at_s = now_s + 1 / fps
            self._send_preview(sender)
        if is_video:
            if now_s >= self._fetch_at_s:
                self._fetch_at_s = now_s + _FETCH_S
                self._send_video(sender)
        elif self._queue is not None:
            self._end_video()
        return min(self._preview_at_s if fps > 0 else float("inf"), self._fetch_at_s if is_video else float("inf"))

    def end(self) -> None:
        """Forget all wishes, because the connection is lost or the agent stops."""
        self._wishes.clear()
        self._end_video()
        for mode in ("preview", "video"):
            self._metrics.viewed.labels(self.name, mode).set(0)

    def _send_preview(self, sender: Sender) -> None:
        view = self._camera.newest
        # The same frame again is no news: the viewer keeps showing the last one.
        if view is None or view.at_s == self._shown_s:
            return
        if sender.is_behind:
            self._drop("behind")
            return
        self._shown_s = view.at_s
        jpeg = preview(view.frame, self._allowed[1])
        if jpeg is None:
            self._drop("no_picture")
        else:
            self._send("preview", jpeg, sender)

    def _send_video(self, sender: Sender) -> None:
        if self._queue is None:
            self._queue = PacketQueue()
            self._camera.add_tap(self._queue.put)
        for info, packet in self._queue.take():
            if info != self._info:
                self._end_fragments()
                self._info = info
                if info.codec not in CODECS:
                    self._refuse("video", "codec", sender)
            if info.codec in CODECS:
                self._mux(info, packet, sender)

    def _mux(self, info: StreamInfo, packet: Packet, sender: Sender) -> None:
        """Make fragments of a packet and send them. After a packet that does not fit, everything until the next key
        frame is dropped."""
        if self._fragmenter is None and not packet.is_key:
            self._drop("awaits_key")
            return
        try:
            if self._fragmenter is None:
                self._fragmenter = Fragmenter(info)
            made = self._fragmenter.add(packet)
        except NotMuxableError as exc:
            log.warning("live_not_muxable", camera=self.name, reason=str(exc))
            self._drop("not_muxable")
            self._end_fragments()
            return
        for fragment in made:
            self._send_fragment(fragment, self._fragmenter, sender)

    def _send_fragment(self, fragment: Fragment, source: Fragmenter, sender: Sender) -> None:
        """Send a fragment, with the init segment before every key frame: a listener that joins then can begin to
        show."""
        if sender.is_behind or (self._awaits_key and not fragment.is_key):
            self._awaits_key = True
            self._drop("behind" if sender.is_behind else "awaits_key")
            return
        self._awaits_key = False
        if fragment.is_key:
            self._send("init", source.init, sender, source.codec)
        self._send("fragment", fragment.data, sender, source.codec, is_key=fragment.is_key)

    def _send(self, part: Part, body: bytes, sender: Sender, codec: str = "", *, is_key: bool = True) -> None:
        cut = pieces(body, sender.largest_body)
        if not cut:
            self._drop("too_large")
            return
        self._sequence += 1
        sender.publish(self.name, Head(part, self._sequence, self._epoch_ms(), codec, is_key), cut)
        self._metrics.sent.labels(self.name, part).inc()
        self._metrics.bytes_sent.labels(self.name).inc(len(body))

    def _refuse(self, mode: Mode, reason: str, sender: Sender) -> None:
        if not sender.is_behind:
            self._send("refusal", Refusal(mode=mode, reason=reason).model_dump_json().encode(), sender)

    def _drop(self, reason: str) -> None:
        self._metrics.dropped.labels(self.name, reason).inc()

    def _end_video(self) -> None:
        if self._queue is not None:
            self._camera.remove_tap(self._queue.put)
            self._metrics.dropped.labels(self.name, "queue").inc(self._queue.dropped)
            self._queue = None
        self._end_fragments()
        self._info = None

    def _end_fragments(self) -> None:
        fragmenter, self._fragmenter = self._fragmenter, None
        self._awaits_key = True
        if fragmenter is not None:
            try:
                fragmenter.close()
            except NotMuxableError as exc:
                log.debug("live_fragments_cut", camera=self.name, reason=str(exc))
