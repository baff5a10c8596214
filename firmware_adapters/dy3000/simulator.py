"""Virtual testers of the DY-3000 family: a DY-7200 with its labelled lines, or a binary memory laid out as the profile
says. Shares no code with the decoder."""

import struct
from collections.abc import Callable, Iterable
from functools import reduce
from operator import xor
from random import Random
from typing import Any

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_WORDS = {Verdict.PASS: "合格", Verdict.FAIL: "不合格", Verdict.SUSPECT: "可疑", Verdict.INVALID: "无效"}


def _frame(command: int, data: bytes) -> bytes:
    head = struct.pack("<3B5xH", 3, 0xFE, command, len(data))
    return head + bytes((reduce(xor, head), reduce(xor, data, 0))) + data


def _stamp(specimen: Specimen) -> int:
    at = specimen.measured_at
    parts = ((at.year - 2000, 7), (at.month, 4), (at.day, 5), (at.hour, 5), (at.minute, 6), (at.second // 2, 5))
    return int("".join(f"{number:0{bits}b}" for number, bits in parts), 2)


def lines(specimen: Specimen) -> bytes:
    """Write one record of a DY-7200."""
    value = "NA" if specimen.verdict is Verdict.INVALID else f"{specimen.value}"
    said = {
        "样品编号": specimen.number,
        "样品名称": specimen.commodity,
        "检测项目": specimen.item,
        "检测结果": value,
        "判定结果": _WORDS[specimen.verdict],
        "检测时间": specimen.measured_at.strftime("%Y-%m-%d %H:%M:%S"),
    }
    return "".join(f"{label}：{text}\r" for label, text in said.items()).encode("gbk")


class _BinaryRecord:
    """A record as [settings.record] lays it out."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self._layout = layout

    def __call__(self, specimen: Specimen) -> bytes:
        record = bytearray(self._layout["size"])
        value = (
            0x7FFE if specimen.verdict is Verdict.INVALID else round(specimen.value * self._layout.get("divisor", 1))
        )
        struct.pack_into("<h", record, self._layout["value_at"], value)
        if "time_at" in self._layout:
            struct.pack_into("<I", record, self._layout["time_at"], _stamp(specimen))
        if "number_at" in self._layout:
            struct.pack_into("<H", record, self._layout["number_at"], int(specimen.number))
        return bytes(self._layout.get("skip", 0)) + bytes(record)


class VirtualDy3000(AskedMemory):
    """Answers identity, items, records, and the records of some days."""

    def __init__(self, series: str, record: Callable[[Specimen], bytes]) -> None:
        super().__init__()
        self._tens = {"3000": 0x40, "6600": 0x60, "7200": 0x70}[series]
        self._series = series
        self._record = record

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while len(self._heard) >= 12:
            size = 12 + self._heard[8] + 256 * self._heard[9]
            if self._heard[:2] != b"\x03\xff" or reduce(xor, self._heard[:11]) or size > 100:
                self._heard = self._heard[1:]
            elif len(self._heard) < size:
                break
            else:
                request, self._heard = self._heard[:size], self._heard[size:]
                answer += self._answer(request[2], request[12:])
        return answer

    def _answer(self, command: int, data: bytes) -> bytes:
        if command == 0x20:
            return _frame(0x20, b"DEVICE" + self._series[:2].encode())
        if command == self._tens + 2:
            return _frame(command, "农药残留\r".encode("gbk"))
        if command == self._tens + 5:
            return self._train(command, self.memory)
        if command == self._tens + 3 and len(data) == 8:
            first, last = struct.unpack("<II", data)
            return self._train(command, [specimen for specimen in self.memory if first <= _stamp(specimen) <= last])
        return b""

    def _train(self, command: int, tests: Iterable[Specimen]) -> bytes:
        return b"".join(_frame(command, self._record(test)) for test in tests) or _frame(command, b"")


def simulator(profile: Profile, random: Random) -> Simulator:  # noqa: ARG001 - nothing is random here
    layout = profile.settings.get("record")
    return VirtualDy3000(str(profile.settings["series"]), _BinaryRecord(dict(layout)) if layout else lines)
