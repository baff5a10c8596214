"""A virtual DY-5000: a block for each plate (tests of one time and item). Shares no code with the decoder."""

from itertools import groupby
from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict


class VirtualElisaReader(AskedMemory):
    """Virtual ELISA reader. `head` holds the bytes behind the s, which the facts leave open."""

    def __init__(self, profile: Profile, random: Random, *, head: bytes = b"") -> None:
        super().__init__()
        self._names = {known.code: (name, known.unit) for name, known in profile.items.items()}
        self._random = random
        self._head = head

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while b"s" in self._heard and len(self._heard) >= 13:
            self._heard = self._heard[self._heard.index(b"s") :]
            asked, self._heard = self._heard[1:13], self._heard[13:]
            if asked.isdigit():
                answer += self._blocks(asked[:6].decode(), asked[6:].decode())
        return answer

    def _blocks(self, first: str, last: str) -> bytes:
        found = [specimen for specimen in self.memory if first <= specimen.measured_at.strftime("%y%m%d") <= last]
        plates = groupby(found, key=lambda specimen: (specimen.measured_at, specimen.item))
        return b"".join(self._block(list(tests)) for _, tests in plates) or b"se"

    def _block(self, tests: list[Specimen]) -> bytes:
        item, unit = self._names.get(tests[0].item, (tests[0].item, "ug/kg"))
        at = tests[0].measured_at
        time = bytes((at.year - 2000, at.month, at.day, at.hour, at.minute, at.second))
        wells = b"".join(self._well(hole, test) for hole, test in enumerate(tests, 1))
        return b"s" + self._head + wells + unit.encode().ljust(10) + time + item.encode("gbk").ljust(20) + b"e"

    def _well(self, hole: int, specimen: Specimen) -> bytes:
        value = "-.---" if specimen.verdict is Verdict.INVALID else f"{specimen.value:g}"
        return bytes((hole,)) + f"{value:<5}{self._random.uniform(0, 3):5.3f}".encode()


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualElisaReader(profile, random)
