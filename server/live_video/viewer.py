"""One browser: the messages that wait to be sent to it. Bounded: of previews only the newest waits; video that the
browser does not take goes on with the next key frame."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field

from prometheus_client import Counter

from server.live_video.frames import Key

DROPPED = Counter("shian_server_watch_dropped_total", "Pictures that a browser was too slow for", ["mode"])
# Several seconds of a camera: a browser that lags by more is shown what is new.
MOST_BYTES = 4 << 20
_MOST_WORDS = 64


@dataclass(slots=True)
class _Slot:
    """Slot of one stream, with the messages that wait. `init`: the init segment that the browser has, or has coming."""

    waiting: deque[bytes] = field(default_factory=deque)
    size: int = 0
    init: bytes | None = None
    awaits_key: bool = True

    def put(self, message: bytes) -> None:
        self.waiting.append(message)
        self.size += len(message)

    def clear(self) -> int:
        count, self.size = len(self.waiting), 0
        self.waiting.clear()
        return count


class Viewer:
    """Viewer of live cameras. Call everything from one event loop."""

    def __init__(self, who: str, most_bytes: int = MOST_BYTES) -> None:
        self.who = who
        self._most_bytes = most_bytes
        self._slots: dict[Key, _Slot] = {}
        self._words: deque[str] = deque(maxlen=_MOST_WORDS)
        self._changed = asyncio.Event()

    def say(self, **word: object) -> None:
        """Send a text message: about the watching, not a picture."""
        self._words.append(json.dumps(word))
        self._changed.set()

    def refuse(self, key: Key, reason: str) -> None:
        self.say(refused=key.named(), reason=reason)

    def offer_preview(self, key: Key, message: bytes) -> None:
        slot = self._slots.setdefault(key, _Slot())
        dropped = slot.clear()
        if dropped:
            DROPPED.labels("preview").inc(dropped)
        slot.put(message)
        self._changed.set()

    def offer_fragment(self, key: Key, init: bytes, message: bytes, *, is_key: bool) -> None:
        """Offer a fragment. `init`: the init segment that `message` belongs to."""
        slot = self._slots.setdefault(key, _Slot())
        if slot.size + len(message) > self._most_bytes:
            DROPPED.labels("video").inc(slot.clear() + 1)
            # The init segment may have been among what was dropped.
            slot.init, slot.awaits_key = None, True
            return
        if slot.awaits_key and not is_key:
            return
        slot.awaits_key = False
        if init is not slot.init:
            slot.init = init
            slot.put(init)
        slot.put(message)
        self._changed.set()

    def await_key(self, key: Key) -> None:
        """Drop everything until the next key frame: a part of the video is missing, so nothing before that can be
        shown."""
        if key in self._slots:
            self._slots[key].awaits_key = True

    def forget(self, key: Key) -> None:
        self._slots.pop(key, None)

    def take(self) -> str | bytes | None:
        """Take the next message, if there is one; the streams take turns."""
        if self._words:
            return self._words.popleft()
        for key, slot in self._slots.items():
            if slot.waiting:
                message = slot.waiting.popleft()
                slot.size -= len(message)
                self._slots[key] = self._slots.pop(key)
                return message
        return None

    async def next(self) -> str | bytes:
        """Return the next message, as soon as there is one."""
        while True:
            message = self.take()
            if message is not None:
                return message
            self._changed.clear()
            await self._changed.wait()
