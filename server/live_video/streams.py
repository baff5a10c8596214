"""The cameras that are watched at this moment: pictures in, the same bytes out to every viewer. Pure but for the
viewers' queues; one event loop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Counter

from server.live_video.frames import Key, frame
from server.live_video.viewer import Viewer
from wire.live import Head, Joiner, LiveError, Mode, decode_refusal

RELAYED = Counter("shian_server_watch_pictures_total", "Pictures that came from stations, by part", ["part"])
LOST = Counter("shian_server_watch_lost_total", "Pictures that did not come whole, or were none", ["reason"])
_MOST_GROUP = 4 << 20


@dataclass(slots=True)
class Stream:
    """One mode of one camera. `group`: the video since the last key frame, for who comes later; None: not whole."""

    key: Key
    id: UUID
    viewers: dict[Viewer, float] = field(default_factory=dict)
    init_body: bytes = b""
    init: bytes = b""
    group: list[tuple[bytes, bool]] | None = None
    size: int = 0

    @property
    def fps(self) -> float:
        return max(self.viewers.values(), default=1.0)

    def join(self, viewer: Viewer) -> None:
        for message, is_key in self.group or ():
            viewer.offer_fragment(self.key, self.init, message, is_key=is_key)

    def break_off(self) -> None:
        """Break off the video: a picture is missing."""
        self.group = None
        for viewer in self.viewers:
            viewer.await_key(self.key)

    def take(self, head: Head, body: bytes) -> None:
        if head.part == "preview":
            message = frame(self.key, head, body)
            for viewer in self.viewers:
                viewer.offer_preview(self.key, message)
        elif head.part == "init":
            if body != self.init_body:
                self.init_body, self.init, self.group = body, frame(self.key, head, body), None
        elif self.init:
            self._take_fragment(head, frame(self.key, head, body))

    def _take_fragment(self, head: Head, message: bytes) -> None:
        if head.is_key:
            self.group, self.size = [], 0
        if self.group is not None:
            self.group.append((message, head.is_key))
            self.size += len(message)
            if self.size > _MOST_GROUP:
                self.group = None
        for viewer in self.viewers:
            viewer.offer_fragment(self.key, self.init, message, is_key=head.is_key)


@dataclass(slots=True)
class _Camera:
    """Camera as its topic shows it: both modes share the topic and its numbers."""

    joiner: Joiner = field(default_factory=Joiner)
    last: int = 0


class Streams:
    """Streams that somebody watches. `new_id` makes the ids of wishes."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id
        self._streams: dict[Key, Stream] = {}
        self._cameras: dict[tuple[str, str], _Camera] = {}

    def all(self) -> list[Stream]:
        return list(self._streams.values())

    def is_watched(self, station: str, camera: str) -> bool:
        return (station, camera) in self._cameras

    def add(self, viewer: Viewer, key: Key, fps: float) -> Stream | None:
        """Add a viewer. Return the stream when it is a new one, or one that must be asked for more than before."""
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream(key, self._new_id())
            self._cameras.setdefault(key[:2], _Camera())
            stream.viewers[viewer] = fps
            return stream
        before = stream.fps
        if viewer not in stream.viewers:
            stream.join(viewer)
        stream.viewers[viewer] = fps
        return stream if stream.fps != before else None

    def remove(self, viewer: Viewer, key: Key) -> Stream | None:
        """Remove a viewer. Return the stream when nobody watches it any more."""
        stream = self._streams.get(key)
        viewer.forget(key)
        if stream is None:
            return None
        stream.viewers.pop(viewer, None)
        if stream.viewers:
            return None
        del self._streams[key]
        if not any(other[:2] == key[:2] for other in self._streams):
            del self._cameras[key[:2]]
        return stream

    def take(self, station: str, camera: str, head: Head, body: bytes) -> None:
        """Take a message from the broker: a picture or a piece of one."""
        known = self._cameras.get((station, camera))
        if known is None:
            return  # nobody watches it any more
        if head.sequence not in (known.last, known.last + 1):
            self._break_off(station, camera)
        known.last = head.sequence
        lost = known.joiner.lost
        whole = known.joiner.take(head, body)
        if known.joiner.lost > lost:
            LOST.labels("piece").inc()
            self._break_off(station, camera)
        if whole is not None:
            RELAYED.labels(head.part).inc()
            self._hand_on(station, camera, head, whole)

    def _hand_on(self, station: str, camera: str, head: Head, body: bytes) -> None:
        if head.part != "refusal":
            stream = self._streams.get(Key(station, camera, head.mode))
            if stream is not None:
                stream.take(head, body)
            return
        try:
            refusal = decode_refusal(body)
        except LiveError:
            LOST.labels("not_a_refusal").inc()
            return
        stream = self._streams.get(Key(station, camera, refusal.mode))
        for viewer in stream.viewers if stream else ():
            viewer.refuse(Key(station, camera, refusal.mode), refusal.reason)

    def _break_off(self, station: str, camera: str) -> None:
        mode: Mode = "video"
        stream = self._streams.get(Key(station, camera, mode))
        if stream is not None:
            stream.break_off()
