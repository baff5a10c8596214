"""Encoded packets, and the last seconds of them, from which clips are cut and live views are sent. Thread-safe.

Nothing here decodes. The ring holds whole groups of pictures, each of which begins with a key frame: packets that begin
elsewhere cannot be shown."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """The description of a stream that a decoder or a muxer needs.

    `codec`: FFmpeg's name ("h264", "hevc", "mjpeg", ...). `extradata` as the demuxer gave it (Annex B or avcC/hvcC),
    empty when the parameter sets are in the stream."""

    codec: str
    width: int
    height: int
    extradata: bytes
    time_base: Fraction


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded packet.

    `pts` and `dts` are in the stream's time base but on the scale of `at_s` (which is `dts` in seconds). They go on
    rising over a reconnection and over a jump of the camera's clock, so that packets from both sides fit into one
    file."""

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
        """Return the number of bytes held."""
        return self._size

    def begin(self, info: StreamInfo) -> None:
        """Note the shape of the packets that follow. Packets of another shape are dropped: they do not fit into the
        same file."""
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
            # The first group may go once the second begins early enough: what is left still covers `seconds`.
            while len(self._keys_at) > 1 and self._keys_at[1] <= packet.at_s - self._seconds:
                self._drop_group()
            while self._size > self._limit:
                self._drop_group()

    def since(self, at_s: float) -> tuple[StreamInfo, list[Packet]] | None:
        """Return the stream's description and its packets from the last key frame at or before `at_s` until now.

        If no packet is so old, the packets begin with the oldest one. None: there is none of that time; a stream that
        was lost leaves its last packets behind."""
        with self._lock:
            if self._info is None or not self._packets or self._packets[-1].at_s < at_s:
                return None
            start_s = max((key_s for key_s in self._keys_at if key_s <= at_s), default=self._keys_at[0])
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
