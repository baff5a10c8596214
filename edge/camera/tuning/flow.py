"""Measures a stream by its packets."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.camera.packets import Packet, StreamInfo


class Flow:
    """The figures of a stream. `add` may run in another thread than the reader of the figures."""

    def __init__(self) -> None:
        self.info: StreamInfo | None = None
        self.packets = 0
        self.bytes = 0
        self._span: tuple[float, float] | None = None
        self._keys = 0
        self._key_span: tuple[float, float] | None = None

    def add(self, info: StreamInfo, packet: Packet) -> None:
        self.info = info
        self.packets += 1
        self.bytes += len(packet.data)
        self._span = (self._span[0] if self._span else packet.at_s, packet.at_s)
        if packet.is_key:
            self._keys += 1
            self._key_span = (self._key_span[0] if self._key_span else packet.at_s, packet.at_s)

    @property
    def length_s(self) -> float:
        return self._span[1] - self._span[0] if self._span else 0.0

    @property
    def rate(self) -> float | None:
        """Return the pictures a second by the stream's own times, breaks included. None: too few pictures."""
        return (self.packets - 1) / self.length_s if self.length_s > 0 else None

    @property
    def key_every_s(self) -> float | None:
        if self._key_span is None or self._keys < 2:
            return None
        return (self._key_span[1] - self._key_span[0]) / (self._keys - 1)

    @property
    def kbit_s(self) -> float | None:
        """Return the rate of the pictures alone, without the overhead of a network."""
        rate = self.rate
        return None if rate is None else self.bytes / self.packets * rate * 8 / 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """The faults while a stream was read. `lost`: how often it was lost, by reason; `dropped`: pictures that came while
    another was looked at."""

    lost: Mapping[str, int]
    damaged: int
    dropped: int
