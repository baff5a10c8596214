"""A virtual TT "smart" tester: groups of eight wells with names, one every three seconds when it streams. Shares no
code with the decoder. It erases its memory on 1B B9, as its sisters do."""

import struct
from collections import deque
from random import Random

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_APART_S = 3.0


class VirtualSmart:
    """Virtual tester of the "smart" series. With `is_asked` groups wait for 24; else they come by themselves, three
    seconds apart."""

    def __init__(self, random: Random, charset: str, *, is_asked: bool) -> None:
        self._random = random
        self._charset = charset
        self._is_asked = is_asked
        self._heard = b""
        self._queue: deque[bytes] = deque()
        self._due: float | None = None
        self.memory: list[Specimen] = []
        self.was_erased = False

    @property
    def deadline(self) -> float | None:
        return self._due

    def measure(self, specimen: Specimen) -> None:
        self.memory.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:
        self._heard += data
        answer = b""
        while self._heard:
            if self._heard[:1] == b"\x1b":
                if len(self._heard) == 1:
                    break
                answer += self._command(self._heard[1], now)
                self._heard = self._heard[2:]
                continue
            if self._heard[:1] == b"\x24" and self._is_asked:
                answer += self._queue.popleft() if self._queue else b"\x1b\xfe"
            self._heard = self._heard[1:]
        return answer

    def tick(self, now: float) -> bytes:
        if self._due is None or now < self._due:
            return b""
        self._due = now + _APART_S if self._queue else None
        return self._queue.popleft() if self._queue else b"\x1b\xfe"

    def _command(self, code: int, now: float) -> bytes:
        match code:
            case 0xBF:
                return b"\x1b\x05"
            case 0xB1:
                starts = range(0, len(self.memory), 8)
                self._queue = deque(self._group(n, self.memory[at : at + 8]) for n, at in enumerate(starts, 1))
                self._due = None if self._is_asked else now + _APART_S
                return b"\x1b\xc1"
            case 0xB9:
                self.was_erased = True
                self.memory.clear()
            case _:
                pass
        return b""

    def _group(self, number: int, tests: list[Specimen]) -> bytes:
        at = tests[0].measured_at
        common = struct.pack("<H6B", number, at.year - 2000, at.month, at.day, at.hour, at.minute, at.second)
        wells = b"".join(self._well(channel, test) for channel, test in enumerate(tests, 1))
        return common.ljust(29, b"\0") + wells.ljust(472, b"\0")

    def _well(self, channel: int, specimen: Specimen) -> bytes:
        value = float("nan") if specimen.verdict is Verdict.INVALID else specimen.value
        floats = struct.pack(">fff", self._random.uniform(0.2, 2.0), value, 0.0)
        verdict = {Verdict.PASS: 1, Verdict.FAIL: 2}.get(specimen.verdict, 0)
        head = struct.pack(
            "<BH15s7s21s", channel, int(specimen.number), specimen.commodity.encode(self._charset), b"", b""
        )
        return head + floats + bytes((verdict,))


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualSmart(random, profile.charset, is_asked=bool(profile.settings.get("asks_next", True)))
