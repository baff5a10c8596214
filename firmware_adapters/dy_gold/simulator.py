"""A virtual colloidal-gold module. Shares no code with the decoder.

Cards wait in a queue: the one in the reader stays until it was scanned and the host has asked for it twice since; then
the reader is empty for three questions, and the next card comes."""

import struct
from collections import deque
from random import Random

from firmware_adapters.asked_simulator import Asked
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile

_POINTS = 120


def _crc(data: bytes) -> int:
    register = 0
    for bit in (byte >> place & 1 for byte in data for place in range(7, -1, -1)):
        register = ((register << 1) & 0xFF) ^ (0x31 if (register >> 7) ^ bit else 0)
    return register


class VirtualGoldModule(Asked):
    """Virtual gold module. With `is_v3` it has little-endian lengths and CRC-8."""

    def __init__(self, random: Random, *, is_v3: bool, hardware: int = 0x01) -> None:
        super().__init__()
        self._random = random
        self._is_v3 = is_v3
        self._hardware = hardware
        self._cards: deque[bytes] = deque()
        self._seen_since_scan: int | None = None

    def measure(self, specimen: Specimen) -> None:
        """Make a curve whose lowest point is the specimen's value times 100."""
        curve = [30_000 + self._random.randrange(500) for _ in range(_POINTS)]
        curve[40] = round(specimen.value * 100)
        curve[80] = 0x7E7E
        self._cards.append(struct.pack(f"<{_POINTS}H", *curve))

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while len(self._heard) >= 6:
            frame = self._heard[:6]
            is_good = frame[0] == frame[5] == 0x7E and frame[2:4] == b"\0\0" and frame[4] == self._sum(frame[1:4])
            self._heard = self._heard[6 if is_good else 1 :]
            if is_good:
                answer += self._answer(frame[1])
        return answer

    def _sum(self, data: bytes) -> int:
        return _crc(data) if self._is_v3 else sum(data) % 256

    def _frame(self, command: int, data: bytes) -> bytes:
        body = struct.pack("<BH" if self._is_v3 else ">BH", command, len(data)) + data
        return b"\x7e" + body + bytes((self._sum(body), 0x7E))

    def _answer(self, command: int) -> bytes:
        match command:
            case 0x01:
                return self._frame(0x02, bytes((self._hardware, 0x10, 0x13)))
            case 0x13:
                return self._frame(0x14, bytes((self._is_card_present(),)))
            case 0x15 if self._cards and self._seen_since_scan in (None, 0, 1, 2):
                self._seen_since_scan = 0
                return self._frame(0x16, self._cards[0])
            case _:
                return b""

    def _is_card_present(self) -> bool:
        if self._seen_since_scan is None:
            return bool(self._cards)
        self._seen_since_scan += 1
        if self._seen_since_scan == 3:
            self._cards.popleft()
        if self._seen_since_scan == 5:
            self._seen_since_scan = None
        return self._seen_since_scan in (1, 2)


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualGoldModule(random, is_v3=profile.name.endswith("v3"))
