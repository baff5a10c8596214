"""A virtual DY-6100: 64-byte reports of three records. Shares no code with the decoder."""

import struct
from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile


class VirtualLuminometer(AskedMemory):
    """30 begins at the first record, 31 goes on. Without records left the slots are empty."""

    def __init__(self) -> None:
        super().__init__()
        self._place = 0

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while len(self._heard) >= 64:
            report, self._heard = self._heard[:64], self._heard[64:]
            if report[:2] == b"\xff\x08" and report[7] == 0xFE and (sum(report[1:6]) - report[6]) % 256 == 0:
                answer += self._report(report[2])
        return answer

    def _report(self, command: int) -> bytes:
        if command == 0x30:
            self._place = 0
        part = self.memory[self._place : self._place + 3]
        self._place += len(part)
        body = struct.pack("4B", 0xFF, 60, command, len(part)) + b"".join(map(self._record, part)).ljust(54, b"\0")
        return (body + bytes((sum(body[1:]) % 256, 0xFE))).ljust(64, b"\0")

    def _record(self, specimen: Specimen) -> bytes:
        at, light = specimen.measured_at, round(specimen.value)
        when = struct.pack("5B", at.year - 2000, at.month, at.day, at.hour, at.minute)
        return struct.pack(">BBHx5s4xBHB", 1, light >> 16, light & 0xFFFF, when, 10, 30, at.second)


def simulator(profile: Profile, random: Random) -> Simulator:  # noqa: ARG001 - one model, nothing random
    return VirtualLuminometer()
