"""A bounded queue of packets, between the thread that reads a camera and the thread that sends.

When the sender is behind, everything up to the next key frame is dropped; the camera's thread never waits."""

import threading
from collections import deque

from edge.camera.packets import Packet, StreamInfo

# 10 s of a camera of 3 Mbit/s: more than a turn of the sender ever takes.
MOST_BYTES = 4 << 20


class PacketQueue:
    """A queue whose `put` is a `Tap`. `dropped` counts packets."""

    def __init__(self, limit: int = MOST_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._queue: deque[tuple[StreamInfo, Packet]] = deque()
        self._size = 0
        self._awaits_key = True
        self.dropped = 0

    def put(self, info: StreamInfo, packet: Packet) -> None:
        with self._lock:
            if self._awaits_key and not packet.is_key:
                return
            self._awaits_key = False
            self._queue.append((info, packet))
            self._size += len(packet.data)
            if self._size > self._limit:
                self.dropped += len(self._queue)
                self._queue.clear()
                self._size, self._awaits_key = 0, True

    def take(self) -> list[tuple[StreamInfo, Packet]]:
        with self._lock:
            taken, self._size = list(self._queue), 0
            self._queue.clear()
            return taken
