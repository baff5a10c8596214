"""A virtual DY-2620: pages of ten records behind function 0x65. Shares no code with the decoder."""

import struct
from random import Random

from firmware_adapters.asked_simulator import Asked
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile

_A_PAGE = 10


def _crc(data: bytes) -> bytes:
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return struct.pack("<H", register)


class VirtualOilTester(Asked):
    """Virtual oil tester. With `says_no` a page that is not there is answered with an exception, else with no
    records."""

    def __init__(self, random: Random, *, says_no: bool = False) -> None:
        super().__init__()
        self._random = random
        self._says_no = says_no
        self.memory: list[tuple[Specimen, int]] = []

    def measure(self, specimen: Specimen) -> None:
        """Measure a specimen and the oil's temperature, once: a test that is read again is the same."""
        self.memory.append((specimen, 1700 + self._random.randint(0, 99)))

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while len(self._heard) >= 8:
            request, rest = self._heard[:8], self._heard[8:]
            is_ours = request[:2] == b"\x01\x65" and request[4:6] == b"\x00\x01" and request[6:] == _crc(request[:6])
            self._heard = rest if is_ours else self._heard[1:]
            if is_ours:
                answer += self._page(struct.unpack(">H", request[2:4])[0])
        return answer

    def _page(self, page: int) -> bytes:
        tests = self.memory[page * _A_PAGE : (page + 1) * _A_PAGE]
        if not tests and self._says_no:
            body = b"\x01\xe5\x02"
        else:
            records = b"".join(_record(*test) for test in tests)
            body = b"\x01\x65" + bytes((len(records),)) + records
        return body + _crc(body)


def _record(specimen: Specimen, temperature: int) -> bytes:
    at = specimen.measured_at
    return struct.pack(
        ">6BHH", at.year - 2000, at.month, at.day, at.hour, at.minute, 0, temperature, round(specimen.value * 10)
    )


def simulator(profile: Profile, random: Random) -> Simulator:  # noqa: ARG001 - one model
    return VirtualOilTester(random)
