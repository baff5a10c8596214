# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on published frames: as a listener without a map, with two makers' maps, and as a client."""

import struct
from datetime import datetime
from pathlib import Path

import pytest
from pymodbus.framer import FramerRTU

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.modbus_rtu import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector
from tests.contract.modbus_vectors import VECTORS
from wire.terms import Verdict

NOT_A_SLAVE = b"\x00\xff"
ZEROS = bytes(1500)


def is_requests(data: bytes) -> bool:
    """Return True when `data` holds nothing but reading requests with a good CRC. The CRC is pymodbus' own."""
    good = (
        data[at + 1] in (1, 2, 3, 4)
        and FramerRTU.compute_CRC(data[at : at + 6]) == int.from_bytes(data[at + 6 : at + 8], "big")
        for at in range(0, len(data), 8)
        if len(data) >= at + 8
    )
    return len(data) % 8 == 0 and all(good)


def raw(function: int, first: int, *numbers: int) -> tuple[Expected, ...]:
    return tuple(
        Expected(f"fc{function}/{address}", float(number), str(number)) for address, number in enumerate(numbers, first)
    )


def words(reply: str) -> tuple[int, ...]:
    payload = VECTORS[reply][3:-2]
    return struct.unpack(f">{len(payload) // 2}H", payload)


def stream(*names: str) -> bytes:
    return b"".join(VECTORS[name] for name in names)


def damaged(name: str, at: int) -> bytes:
    frame = bytearray(VECTORS[name])
    frame[at] ^= 0x10
    return bytes(frame)


HUMIDITY = Expected("humidity", 65.8, "65.8", (("unit", "%RH"), ("channel", 1), ("verdict", None)))
COLD = Expected("temperature", -10.1, "-10.1", (("unit", "degC"), ("channel", 1)))
PH = Expected("ph", 12.55, "12.55")


class ModbusKit(AdapterKit):
    family = FAMILY
    quiet = NOT_A_SLAVE

    def may_be_silent(self, gap: bytes) -> bool:
        return is_requests(gap)

    def is_same(self, known: Reading, reading: Reading) -> bool:
        """Allow a reply whose request was lost: it keeps its numbers and loses its address, and says so."""
        if super().is_same(known, reading):
            return True
        return "address_unknown" in reading.flags and reading.item.startswith("fc")

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        if specimen.verdict is Verdict.INVALID:
            return (reading.item, reading.value, reading.verdict) == (specimen.item, None, Verdict.INVALID)
        return reading.item == specimen.item and reading.value == pytest.approx(specimen.value)


class TestListener(ModbusKit):
    vectors = (
        Vector("zeros, as of a cable plugged in", ZEROS + stream("jxbs_th_resp"), raw(3, 0, 658, 65435), 1),
        Vector(
            "a whole dialogue of a real controller",
            stream(*(f"epics39_{kind}{number}" for number in (1, 2, 3, 4) for kind in ("q", "r"))),
            raw(4, 0, *words("epics39_r1"))
            + raw(3, 0, *words("epics39_r2"))
            + raw(1, 0, *(int(coil in (4, 28)) for coil in range(31)))
            + raw(2, 0, *[0] * 6),
            frames=8,
        ),
        Vector("a request alone", stream("mm61_q"), (), frames=1),
        Vector("a zero is a value", stream("tele9253_q2", "tele9253_r"), raw(3, 0x106A, 0, 0), frames=2),
        Vector(
            "a request without an answer, then one with",
            stream("tele9253_q1", "yaacov92_q", "yaacov92_r"),
            raw(3, 5, 0, 49024, 0, 49024),
            frames=3,
        ),
        Vector("replies alone", stream("jxbs_th_resp", "epics39_r4"), raw(3, 0, 658, 65435) + raw(2, 0, *[0] * 8), 2),
        Vector("an exception between zeros", stream("mm61_q", "mm61_noise"), (), 2, ("exception",)),
        Vector(
            "a bad checksum, then the next answer",
            VECTORS["jxbs_th_req"] + damaged("jxbs_th_resp", 4) + stream("jxbs_th_req", "jxbs_th_resp"),
            raw(3, 0, 658, 65435),
            3,
            ("checksum",),
        ),
        Vector(
            "an answer cut short, then a whole dialogue",
            VECTORS["yaacov92_q"] + VECTORS["yaacov92_r"][:6] + stream("tele9253_q1", "tele9253_r"),
            raw(3, 0x1004, 0, 0),
            3,
            ("checksum",),
        ),
        Vector("the end is missing", stream("yaacov92_q") + VECTORS["yaacov92_r"][:6], (), 1, ("truncated",)),
    )


class TestTransmitter(ModbusKit):
    vectors = (
        Vector("after zeros", ZEROS + stream("jxbs_th_resp"), (HUMIDITY, COLD), 1, profile="jxbs-th"),
        Vector("asked", stream("jxbs_th_req", "jxbs_th_resp"), (HUMIDITY, COLD), 2, profile="jxbs-th"),
        Vector("by its size", stream("jxbs_th_resp"), (HUMIDITY, COLD), 1, profile="jxbs-th"),
    )


class TestPhElectrode(ModbusKit):
    vectors = (
        Vector("after zeros", ZEROS + stream("dph7_req1", "dph7_resp1"), (PH,), 2, profile="dph7"),
        Vector(
            "low word first",
            stream("dph7_req", "dph7_resp"),
            (Expected("ph", 7.0, "7"), Expected("temperature", 25.0, "25", (("unit", "degC"),))),
            2,
            profile="dph7",
        ),
        Vector("one of two", stream("dph7_req1", "dph7_resp1"), (PH,), 2, profile="dph7"),
    )


class TestClient(ModbusKit):
    vectors = (
        Vector(
            "of another slave", ZEROS + stream("jxbs_th_resp"), raw(3, 0, 658, 65435), 1, profile="virtual-cold-chain"
        ),
    )
    simulated_profile = "virtual-cold-chain"
    specimens = tuple(
        Specimen("", "", item, value, datetime(2026, 3, 5, 9, 0, 0), verdict)
        for item, value, verdict in (
            ("air_temperature", 0.0, Verdict.INVALID),
            ("core_temperature", -18.25, Verdict.PASS),
            ("run_hours", 12345.67, Verdict.PASS),
            ("power", -42.0, Verdict.PASS),
            ("set_point", -20.5, Verdict.PASS),
            ("alarm_level", 5.0, Verdict.PASS),
            ("door_open", 1.0, Verdict.PASS),
            ("humidity", 0.0, Verdict.PASS),
        )
    )


def test_the_copied_frames_are_those_of_the_shared_captures(shared_captures: Path) -> None:
    rows = [line.split("\t") for line in (shared_captures / "modbus" / "vectors.tsv").read_text().splitlines()]
    assert {row[0]: bytes.fromhex(row[1]) for row in rows if not row[0].startswith("#")} == VECTORS
