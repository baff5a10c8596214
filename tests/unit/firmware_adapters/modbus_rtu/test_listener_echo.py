"""A listener on an RS-485 line whose adapter echoes a part of each request: the answer keeps its address."""

import pytest

from firmware_adapters.contract import Noise
from firmware_adapters.modbus_rtu import FAMILY
from firmware_adapters.modbus_rtu.frames import with_crc
from tests.contract.adapter_kit import decode, readings_of, single_bytes

ASKED = with_crc(bytes.fromhex("01 03 00 0A 00 02"))
ANSWER = with_crc(bytes.fromhex("01 03 04 00 01 00 02"))
PARTS = [ASKED[:size] for size in range(4, 8)] + [ASKED[-size:] for size in range(1, 8)]


@pytest.mark.parametrize("part", [*PARTS, b"\0" + ASKED[3:] + b"\0"], ids=bytes.hex)
def test_a_part_of_an_echo_costs_nothing_but_itself(part: bytes) -> None:
    stream = ASKED + part + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert [(reading.item, reading.flags) for reading in readings_of(outputs)] == [("fc3/10", ()), ("fc3/11", ())]
    assert b"".join(output.data for output in outputs if isinstance(output, Noise)) == part
    bytewise = decode(FAMILY.decoder(FAMILY.profile(), passive=True), single_bytes(stream))
    assert readings_of(bytewise) == readings_of(outputs)


@pytest.mark.parametrize("other", ["01", "01 03", "01 03 00", "01 03 04 00 07", "55 AA", "01 83 02 00 00", "0A 00 03"])
def test_behind_anything_else_the_address_is_not_known(other: str) -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [ASKED + bytes.fromhex(other) + ANSWER])
    assert all("address_unknown" in reading.flags for reading in readings_of(outputs))
