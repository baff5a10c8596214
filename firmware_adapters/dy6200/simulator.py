"""A virtual DY-6200 or DY-6400. Shares no code with the decoder. As the real one, it erases its memory on code 5D: a
test looks that nothing ever made it do so."""

import struct
from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_CODES = {Verdict.PASS: 1, Verdict.FAIL: 2, Verdict.SUSPECT: 3}


class VirtualDy6200(AskedMemory):
    """A memory behind hello and read."""

    def __init__(self, profile: Profile, model: str) -> None:
        super().__init__()
        self._profile = profile
        self._model = model
        self.was_erased = False

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while len(self._heard) >= 4:
            start, code, complement, end = self._heard[:4]
            if (start, complement, end) != (0x6A, 0xFF - code, 0x69):
                self._heard = self._heard[1:]
                continue
            command, self._heard = self._heard[:4], self._heard[4:]
            if code == 0x5A:
                answer += command + self._end()
            elif code == 0x5B:
                answer += b"".join(self._record(*numbered) for numbered in enumerate(self.memory, 1)) + self._end()
            elif code == 0x5D:
                self.was_erased = True
                self.memory.clear()
        return answer

    def _end(self) -> bytes:
        return bytes([0x6A] + [0x99] * 8)

    def _record(self, number: int, specimen: Specimen) -> bytes:
        item = next((int(code, 16) for code, known in self._profile.items.items() if known.code == specimen.item), 1)
        if self._model == "6200":
            head = struct.pack(
                "<BHHBB", 0x6A, number, round(specimen.value * 100), item, _CODES.get(specimen.verdict, 4)
            )
            return head + bytes.fromhex(specimen.measured_at.strftime("%y%m%d%H%M%S"))
        value = bytes.fromhex(f"{round(specimen.value * 10):04d}")
        return (
            b"\x6a"
            + value
            + bytes((item,))
            + bytes.fromhex(specimen.measured_at.strftime("%y%m%d"))
            + struct.pack("<H", number)
        )


def simulator(profile: Profile, random: Random) -> Simulator:  # noqa: ARG001 - nothing is random here
    return VirtualDy6200(profile, str(profile.settings["model"]))
