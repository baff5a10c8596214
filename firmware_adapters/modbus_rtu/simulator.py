"""Virtual slaves that answer for the registers of a profile. Shares no code with the decoder: the profile's map is read
as plain tables, sums are made bit by bit, words are put together with struct."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from firmware_adapters.asked_simulator import Asked
from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_PACKED = {"u16": "H", "s16": "h", "u32": "I", "s32": "i", "f32": "f", "u64": "Q", "s64": "q", "f64": "d"}


def _sum(data: bytes) -> bytes:
    register = 0xFFFF
    for bit in (byte >> place & 1 for byte in data for place in range(8)):
        carry = (register ^ bit) & 1
        register = register >> 1 ^ (0xA001 if carry else 0)
    return struct.pack("<H", register)


@dataclass(frozen=True, slots=True)
class Quirks:
    """Faults that a real bus has now and then. Chances are from 0 to 1."""

    has_echo: bool = False
    leads_with: bytes = b""
    trails_with: bytes = b""
    dead_slaves: frozenset[int] = frozenset()
    busy: float = 0.0


class Slaves(Asked):
    """All slaves of one bus. Memory is kept by (slave, function, address from 0)."""

    def __init__(self, profile: Profile, random: Random, quirks: Quirks = Quirks()) -> None:
        super().__init__()
        self._settings: Mapping[str, Any] = profile.settings
        self._random = random
        self._quirks = quirks
        self.memory: dict[tuple[int, int, int], int] = {}
        self.asked: list[bytes] = []
        for register in self._registers():
            self._store(register, bytes(_width(register)))

    def measure(self, specimen: Specimen) -> None:
        """Show the value in the register of that item, or "not available" for an invalid test."""
        for register in self._registers():
            if register["item"] == specimen.item:
                self._store(register, _encoded(register, specimen))

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002
        """Answer requests wherever they begin; bytes that are no request are forgotten."""
        self._heard += data
        answers = b""
        while len(self._heard) >= 8:
            request = self._heard[:8]
            if _sum(request[:6]) == request[6:]:
                self._heard = self._heard[8:]
                answers += self._answer(request)
            else:
                self._heard = self._heard[1:]
        return answers

    def _registers(self) -> Iterator[Mapping[str, Any]]:
        for register in self._settings.get("register", ()):
            slaves = [register["slave"]] if "slave" in register else self._settings.get("slaves", [1])
            for slave in slaves:
                yield {"function": 3, "type": "u16", "order": "ABCD", **register, "slave": slave}

    def _store(self, register: Mapping[str, Any], data: bytes) -> None:
        first = register["address"] - self._settings.get("address_base", 0)
        if register["function"] < 3:
            bits = int.from_bytes(data, "little")
            cells = [bits >> place & 1 for place in range(register.get("count", 1))]
        else:
            cells = [struct.unpack_from(">H", data, place)[0] for place in range(0, len(data), 2)]
        for place, cell in enumerate(cells, first):
            self.memory[register["slave"], register["function"], place] = cell

    def _answer(self, request: bytes) -> bytes:
        slave, function, address, quantity = struct.unpack(">BBHH", request[:6])
        echo = request if self._quirks.has_echo else b""
        if slave in self._quirks.dead_slaves or slave not in {key[0] for key in self.memory}:
            return echo
        self.asked.append(request)
        cells = [self.memory.get((slave, function, place)) for place in range(address, address + quantity)]
        if function not in (1, 2, 3, 4):
            body = bytes((slave, function | 0x80, 1))
        elif self._random.random() < self._quirks.busy:
            body = bytes((slave, function | 0x80, 6))
        elif not cells or None in cells:
            body = bytes((slave, function | 0x80, 2))
        else:
            body = _filled(slave, function, [cell or 0 for cell in cells])
        return echo + self._quirks.leads_with + body + _sum(body) + self._quirks.trails_with


def simulator(profile: Profile, random: Random, quirks: Quirks = Quirks()) -> Slaves:
    return Slaves(profile, random, quirks)


def _filled(slave: int, function: int, cells: list[int]) -> bytes:
    if function < 3:
        packed = sum(cell << place for place, cell in enumerate(cells))
        data = packed.to_bytes((len(cells) + 7) // 8, "little")
    else:
        data = struct.pack(f">{len(cells)}H", *cells)
    return struct.pack(">BBB", slave, function, len(data)) + data


def _width(register: Mapping[str, Any]) -> int:
    return struct.calcsize(_PACKED.get(register["type"], "H"))


def _encoded(register: Mapping[str, Any], specimen: Specimen) -> bytes:
    if specimen.verdict is Verdict.INVALID:
        return bytes.fromhex(register["not_available"][0])
    raw = (specimen.value - register.get("offset", 0.0)) / register.get("scale", 1.0)
    if register["type"] == "bits":
        shift = 0 if register["function"] < 3 else register.get("bit", 0)
        return struct.pack("<H" if register["function"] < 3 else ">H", round(raw) << shift)
    packed = struct.pack(">" + _PACKED[register["type"]], raw if register["type"][0] == "f" else round(raw))
    if register["order"] in ("BADC", "DCBA"):
        packed = b"".join(packed[place : place + 2][::-1] for place in range(0, len(packed), 2))
    if register["order"] in ("CDAB", "DCBA"):
        packed = b"".join(packed[place : place + 2] for place in reversed(range(0, len(packed), 2)))
    return packed
