"""Function 08 (diagnostics) between a host and its slave is traffic of the bus: no noise, no reading."""

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from firmware_adapters.modbus_rtu import FAMILY
from firmware_adapters.modbus_rtu.frames import with_crc
from tests.contract.adapter_kit import decode, readings_of, single_bytes

ASKED = with_crc(bytes.fromhex("01 03 00 00 00 01"))
ANSWER = with_crc(bytes.fromhex("01 03 02 00 2A"))
ECHO = with_crc(bytes.fromhex("01 08 00 00 A5 37"))
COUNTERS = with_crc(bytes.fromhex("01 08 00 0B 00 00")), with_crc(bytes.fromhex("01 08 00 0B 01 9C"))
REFUSED = with_crc(bytes.fromhex("01 88 01"))


@pytest.mark.parametrize("diagnosis", [ECHO + ECHO, b"".join(COUNTERS), ECHO + REFUSED], ids=["echo", "counters", "no"])
def test_it_is_passed_over_and_the_registers_are_read(diagnosis: bytes) -> None:
    stream = ASKED + ANSWER + diagnosis + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert outputs == decode(FAMILY.decoder(FAMILY.profile(), passive=True), single_bytes(stream))
    assert [reading.value for reading in readings_of(outputs)] == [42.0, 42.0]
    assert not [output for output in outputs if isinstance(output, Noise)]
    assert not [output for output in outputs if isinstance(output, FrameRejected) and output.reason != "exception"]
    assert [output for output in outputs if isinstance(output, FrameAccepted)]


def test_one_with_a_bad_sum_is_noise() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [ECHO[:-1] + b"\x00" + ASKED + ANSWER])
    assert [output.data for output in outputs if isinstance(output, Noise)] == [ECHO[:-1] + b"\x00"]
    assert [reading.value for reading in readings_of(outputs)] == [42.0]
