"""A virtual TTNJ or TTJ: a memory of groups behind the documented session. Shares no code with the decoder.

It also erases its memory on 1B B9, as the real one does: a test looks that nothing ever made it do so.
"""

import struct
from collections.abc import Iterator
from itertools import groupby
from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_MODELS = {"ttnj": 0x01, "ttnj-8": 0x01, "ttj-4h32": 0x33}
_SOME_MODEL = 0x04


class VirtualTtnj(AskedMemory):
    """Virtual TTNJ. `layout` is count-8, count or mask; with `is_asked` groups wait for 24. Specimens of one time and
    item share groups."""

    def __init__(self, profile: Profile, random: Random, layout: str, *, is_asked: bool, is_pair: bool) -> None:
        super().__init__()
        self._profile = profile
        self._random = random
        self._layout = layout
        self._is_asked = is_asked
        self._is_pair = is_pair
        self._left: Iterator[bytes] = iter(())
        self.was_erased = False

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while self._heard:
            if self._heard[:1] == b"\x24":
                answer += next(self._left, b"\x1b\xfe")
                self._heard = self._heard[1:]
            elif self._heard[:1] != b"\x1b":
                self._heard = self._heard[1:]
            elif len(self._heard) == 1:
                break
            else:
                answer += self._command(self._heard[1])
                self._heard = self._heard[2:]
        return answer

    def _command(self, code: int) -> bytes:
        match code:
            case 0xBF:
                return bytes((0x1B, _MODELS.get(self._profile.name, _SOME_MODEL)))
            case 0xB1:
                groups = list(self._groups())
                self._left = iter(groups)
                return b"\x1b\xc1" + (b"" if self._is_asked else b"".join(groups) + b"\x1b\xfe")
            case 0xB9:
                self.was_erased = True
                self.memory.clear()
            case _:
                pass
        return b""

    def _groups(self) -> Iterator[bytes]:
        number = 0
        for (at, item), specimens in groupby(self.memory, key=lambda specimen: (specimen.measured_at, specimen.item)):
            run = list(specimens)
            for start in range(0, len(run), 8):
                number += 1
                part = run[start : start + 8]
                wells = b"".join(self._well(specimen) for specimen in part).ljust(64, b"\0")
                kind = next((int(code, 16) for code, known in self._profile.items.items() if known.code == item), 1)
                clock = bytes((at.second, at.minute, at.hour, at.day, at.month, kind, at.year - 2000))
                yield self._head(clock, number, len(part), start // 8) + wells

    def _head(self, clock: bytes, number: int, used: int, group: int) -> bytes:
        if self._layout == "mask":
            return clock + bytes(((1 << used) - 1, group))
        low, high = number & 0xFF, number >> 8
        return bytes((low, *clock, high)) if self._layout == "count-8" else bytes((*clock, low, high))

    def _well(self, specimen: Specimen) -> bytes:
        absorbance = self._random.uniform(0.2, 2.0)
        if specimen.verdict is Verdict.INVALID:
            return struct.pack(">ff", absorbance, float("nan"))
        if self._is_pair:
            return struct.pack(">ff", absorbance, absorbance * (1 - specimen.value / 100))
        return struct.pack(">ff", absorbance, specimen.value)


def simulator(profile: Profile, random: Random) -> Simulator:
    """Return the tester that the profile describes."""
    layout = str(profile.settings.get("layout", "count-8" if profile.settings.get("pair") else "mask"))
    is_asked = bool(profile.settings.get("asks_next", True))
    is_pair = profile.settings.get("pair") == "control-sample"
    return VirtualTtnj(profile, random, layout, is_asked=is_asked, is_pair=is_pair)
