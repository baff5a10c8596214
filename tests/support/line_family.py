"""The smallest family that keeps the contract: lines with a checksum, each answered by ACK or NAK.

    R|record|time|item|value|unit|sample*XX<LF>      XX: sum of the bytes before `*`, modulo 256, two hex digits

For tests of the agent, which must not depend on a real family.
"""

from collections.abc import Callable
from datetime import date, datetime
from random import Random

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Reading, Send, Simulator
from firmware_adapters.own_profiles import NONE_OF_ONES_OWN, OwnProfiles
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

ACK, NAK = b"\x06", b"\x15"
_LONGEST = 4096
_BATCH = b"\n"
PROFILE = Profile(name="line", family="line", maker="nobody", model="test", evidence="simulator")


def line(record: str, value: str = "12.5", *, item: str = "pesticide_inhibition", at: str = "20260110080000") -> bytes:
    """Return one valid frame."""
    body = f"R|{record}|{at}|{item}|{value}|%|S{record}".encode()
    return body + b"*%02X\n" % (sum(body) % 256)


class LineDecoder:
    def __init__(self, profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> None:
        self._passive = passive
        self._buffer = b""
        self._offset = 0

    @property
    def deadline(self) -> float | None:
        return None

    def start(self, now: float) -> list[Output]:
        return []

    def tick(self, now: float) -> list[Output]:
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        *lines, self._buffer = (self._buffer + data).split(_BATCH)
        outputs: list[Output] = []
        for text in lines:
            outputs += self._line(text + _BATCH)
        if len(self._buffer) > _LONGEST:
            outputs += self._line(self._buffer)
            self._buffer = b""
        return outputs

    def stop(self, now: float) -> list[Output]:
        rest, self._buffer = self._buffer, b""
        if not rest:
            return []
        kind = FrameRejected("truncated", self._offset, rest) if rest[:2] == b"R|" else Noise(self._offset, rest)
        return [kind]

    def _line(self, text: bytes) -> list[Output]:
        offset, self._offset = self._offset, self._offset + len(text)
        body, star, check = text.rstrip(b"\n").partition(b"*")
        fields = body.decode("ascii", "replace").split("|")
        if fields[0] != "R":
            return [Noise(offset, text)]
        if not star or len(fields) != 7 or check != b"%02X" % (sum(body) % 256):
            return [FrameRejected("checksum", offset, text), *self._send(NAK)]
        return [FrameAccepted(offset, len(text)), _reading(fields, text, offset), *self._send(ACK)]

    def _send(self, data: bytes) -> list[Output]:
        return [] if self._passive else [Send(data)]


def _reading(fields: list[str], raw: bytes, offset: int) -> Reading:
    _, record, at, item, value, unit, sample = fields
    return Reading(
        item=item,
        raw=raw,
        offset=offset,
        value=float(value),
        value_text=value,
        unit=unit,
        record=record,
        sample_number=sample,
        measured_at=datetime.fromisoformat(f"{at[:8]}T{at[8:]}"),  # a device's clock has no zone
        measured_at_text=at,
        record_kind=RecordKind.DAILY,
        time_source=TimeSource.TEST,
    )


def _no_simulator(profile: Profile, random: Random) -> Simulator:
    raise NotImplementedError


class _LineFamily(Family):
    def profile(self, name: str | None = None, own: OwnProfiles = NONE_OF_ONES_OWN) -> Profile:
        return PROFILE


FAMILY = _LineFamily("line", "tests.support", "line", LineDecoder, _no_simulator)


def find_family(name: str) -> Family:
    assert name == "line"
    return FAMILY
