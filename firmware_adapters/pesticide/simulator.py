"""Virtual LZ-4000T and TL-310: memories that answer the documented requests. Shares no code with the decoder, on
purpose: its bytes are packed and summed here in another way.

Where nothing is documented (the replies to ping and count, an answer without records) the simulators choose, and the
decoder must bear other choices too (contract tests).
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict


def _crc(data: bytes) -> int:
    register = 0
    for bit in (byte >> place & 1 for byte in data for place in range(7, -1, -1)):
        register = ((register << 1) & 0xFF) ^ (0x31 if (register >> 7) ^ bit else 0)
    return register


def _frame(kind: int, payload: bytes) -> bytes:
    summed = struct.pack("<BH", kind, len(payload)) + payload
    return b"\x7e" + summed + struct.pack("BB", _crc(summed), 0xAA)


@dataclass(frozen=True, slots=True)
class Quirks:
    """Faults that a real line and a real tester have now and then. Chances are from 0 to 1."""

    bad_crc: float = 0.0
    repeats: float = 0.0
    is_split: bool = False
    is_silent_when_empty: bool = False
    split_s: float = 0.02


class _Tester:
    """Requests in, answers out; the common part of the two models."""

    def __init__(self, random: Random, quirks: Quirks) -> None:
        self._random = random
        self._quirks = quirks
        self._input = b""
        self._pending: list[bytes] = []
        self._due: float | None = None
        self.memory: list[Specimen] = []

    @property
    def deadline(self) -> float | None:
        return self._due

    def measure(self, specimen: Specimen) -> None:
        self.memory.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:
        self._input += data
        answers: list[bytes] = []
        while len(self._input) >= 6:
            size = 6 + int.from_bytes(self._input[2:4], "little")
            if self._input[0] != 0x7E or size > 16:
                self._input = self._input[1:]
            elif len(self._input) < size:
                break
            else:
                frame, self._input = self._input[:size], self._input[size:]
                if _crc(frame[1:-2]) == frame[-2] and frame[-1] == 0xAA:
                    answers += self._answer(frame[1], frame[4:-2])
        return self._hand_out(list(self._damaged(answers)), now)

    def tick(self, now: float) -> bytes:
        if self._due is None or now < self._due:
            return b""
        part = self._pending.pop(0)
        self._due = now + self._quirks.split_s if self._pending else None
        return part

    def _answer(self, kind: int, payload: bytes) -> list[bytes]:
        raise NotImplementedError

    def _damaged(self, frames: Iterable[bytes]) -> Iterable[bytes]:
        for frame in frames:
            is_bad = self._random.random() < self._quirks.bad_crc
            yield frame[:-2] + bytes((frame[-2] ^ 0x55, frame[-1])) if is_bad else frame
            if self._random.random() < self._quirks.repeats:
                yield frame

    def _hand_out(self, frames: list[bytes], now: float) -> bytes:
        answer = b"".join(frames)
        if not self._quirks.is_split or len(answer) < 2:
            return answer
        cut = self._random.randint(1, len(answer) - 1)
        self._pending.append(answer[cut:])
        self._due = self._due or now + self._quirks.split_s
        return answer[:cut]

    def _stored(self) -> list[tuple[int, Specimen]]:
        """Return the whole memory as pairs of number, from 1, and specimen."""
        return list(enumerate(self.memory, 1))

    def _of_day(self, yy_mm_dd: bytes) -> list[tuple[int, Specimen]]:
        return [
            (number, specimen) for number, specimen in self._stored() if _day(specimen.measured_at.date()) == yy_mm_dd
        ]

    def _train(self, kind: int, records: list[bytes], empty: bytes) -> list[bytes]:
        if records or self._quirks.is_silent_when_empty:
            return [_frame(kind, record) for record in records]
        return [_frame(kind, empty)]


class Lz4000t(_Tester):
    """Answers ping, the count of a day and the records of a day."""

    def _answer(self, kind: int, payload: bytes) -> list[bytes]:
        match kind, len(payload):
            case 0x00, 2:
                return [_frame(0x01, b"\0\0")]
            case 0x10, 3:
                found = self._of_day(payload)
                records = [self._record(*numbered, index, len(found)) for index, numbered in enumerate(found, 1)]
                return self._train(0x11, records, bytes(20))
            case 0x12, 3:
                return [_frame(0x13, struct.pack("<H", len(self._of_day(payload))))]
            case _:
                return []

    def _record(self, number: int, specimen: Specimen, index: int, total: int) -> bytes:
        name = specimen.commodity.encode("gbk", "replace")[:6].ljust(6, b"\0")
        value = round(specimen.value * 100)
        return struct.pack("<HHH6s", total, index, number, name) + _moment(specimen) + struct.pack("<h", value)


class Tl310(_Tester):
    """Answers the last record, all, and those of a day. Judges by its standard: 0 GB/T 5009.199, 1 NY/T 448."""

    def __init__(self, random: Random, quirks: Quirks, standard: int = 0, channels: int = 12) -> None:
        super().__init__(random, quirks)
        self._standard = standard
        self._channels = channels

    def _answer(self, kind: int, payload: bytes) -> list[bytes]:
        if kind != 0x15 or len(payload) != 4 or payload[0] != 0xFF:
            return []
        if payload[1:] == b"\0\0\0":
            found = self._stored()[-1:]
        elif payload[1:] == b"\xff\xff\xff":
            found = self._stored()
        else:
            found = self._of_day(payload[1:])
        records = [self._record(*numbered, index, len(found)) for index, numbered in enumerate(found, 1)]
        return self._train(0x16, records, bytes(21))

    def _record(self, number: int, specimen: Specimen, index: int, total: int) -> bytes:
        channel = specimen.channel or (number - 1) % self._channels + 1
        if specimen.verdict is Verdict.INVALID:
            value, verdict = 0x7FFE, 0
        else:
            value = round(specimen.value * 10)
            verdict = 1 if value >= (700 if self._standard else 500) else 2
        head = struct.pack("<BHHBB", 0xFF, total, index, channel, self._standard)
        return head + _moment(specimen) + bytes(4) + struct.pack("<hBB", value, verdict, 0)


def simulator(profile: Profile, random: Random, quirks: Quirks = Quirks()) -> Simulator:
    """Return the tester that the profile describes."""
    if profile.options.get("dialect") == "tl-310":
        return Tl310(random, quirks)
    return Lz4000t(random, quirks)


def _day(day: date) -> bytes:
    return bytes((day.year % 100, day.month, day.day))


def _moment(specimen: Specimen) -> bytes:
    at = specimen.measured_at
    return _day(at.date()) + bytes((at.hour, at.minute, at.second))
