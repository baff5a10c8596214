"""Encoded packets and the last seconds of them: what a clip is cut from, and what a live view is sent. Thread-safe.

Nothing here decodes. The ring holds whole groups of pictures, each beginning with a key frame: what begins elsewhere
cannot be shown.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a decoder or a muxer needs. `codec`: FFmpeg's name ("h264", "hevc", "mjpeg", ...); `extradata` as the
    demuxer gave it (Annex B or avcC/hvcC), empty when the parameter sets are in the stream."""

    codec: str
    width: int
    height: int
    extradata: bytes
    time_base: Fraction


@dataclass(frozen=True, slots=True)
class Packet:
    """`pts` and `dts` are in the stream's time base but on the scale of `at_s` (which is `dts` in seconds): they go on
    rising over a reconnection and a jump of the camera's clock, so that packets from both sides fit in one file."""

    data: bytes
    pts: int
    dts: int
    at_s: float
    is_key: bool


Tap = Callable[[StreamInfo, Packet], None]


class PacketRing:
    """The last `seconds` of a stream, in at most `limit` bytes, as whole groups of pictures."""

    def __init__(self, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._limit = limit
        self._lock = threading.Lock()
        self._info: StreamInfo | None = None
        self._packets: deque[Packet] = deque()
        self._keys_at: deque[float] = deque()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    def begin(self, info: StreamInfo) -> None:
        """What follows has this shape. Packets of another shape are let go: they do not fit in one file."""
        with self._lock:
            if info != self._info:
                self._info = info
                self._clear()

    def add(self, packet: Packet) -> None:
        with self._lock:
            if not packet.is_key and not self._packets:
                return
            self._packets.append(packet)
            self._size += len(packet.data)
            if packet.is_key:
                self._keys_at.append(packet.at_s)
            while len(self._keys_at) > 1 and self._keys_at[1] <= packet.at_s - self._seconds:
                self._drop_group()
            while self._size > self._limit:
                self._drop_group()

    def since(self, at_s: float) -> tuple[StreamInfo, list[Packet]] | None:
        """From the last key frame at or before `at_s` (none so old: from the oldest) to now; None: nothing is held."""
        with self._lock:
            if self._info is None or not self._packets:
                return None
            start_s = max((it for it in self._keys_at if it <= at_s), default=self._keys_at[0])
            return self._info, [packet for packet in self._packets if packet.at_s >= start_s]

    def _drop_group(self) -> None:
        self._size -= len(self._packets.popleft().data)
        self._keys_at.popleft()
        while self._packets and not self._packets[0].is_key:
            self._size -= len(self._packets.popleft().data)

    def _clear(self) -> None:
        self._packets.clear()
        self._keys_at.clear()
        self._size = 0
