"""Every public function of the standard, by the worked examples of MODBUS Application Protocol V1.1b3: requests and
replies are frames, and registers around them keep their addresses."""

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from firmware_adapters.modbus_rtu import FAMILY
from firmware_adapters.modbus_rtu.frames import with_crc
from tests.contract.adapter_kit import decode, readings_of, single_bytes

EXAMPLES = {
    "01 read coils": ("01 0013 0013", "01 03 CD6B05"),
    "02 read inputs": ("02 00C4 0016", "02 03 ACDB35"),
    "03 read holding registers": ("03 006B 0003", "03 06 022B 0000 0064"),
    "04 read input registers": ("04 0008 0001", "04 02 000A"),
    "05 write a coil": ("05 00AC FF00", "05 00AC FF00"),
    "06 write a register": ("06 0001 0003", "06 0001 0003"),
    "07 read exception status": ("07", "07 6D"),
    "08 diagnostics": ("08 0000 A537", "08 0000 A537"),
    "0B event counter": ("0B", "0B FFFF 0108"),
    "0C event log": ("0C", "0C 08 0000 0108 0121 20 00"),
    "0F write coils": ("0F 0013 000A 02 CD01", "0F 0013 000A"),
    "10 write registers": ("10 0001 0002 04 000A 0102", "10 0001 0002"),
    "11 report server id": ("11", "11 06 01 FF 41 42 43 44"),
    "14 read file record": (
        "14 0E 06 0004 0001 0002 06 0003 0009 0002",
        "14 0C 05 06 0DFE 0020 05 06 33CD 0040",
    ),
    "15 write file record": ("15 0D 06 0004 0007 0003 06AF 04BE 100D", "15 0D 06 0004 0007 0003 06AF 04BE 100D"),
    "16 mask write": ("16 0004 00F2 0025", "16 0004 00F2 0025"),
    "17 read and write": ("17 0003 0006 000E 0003 06 00FF 00FF 00FF", "17 0C 00FE 0ACD 0001 0003 000D 00FF"),
    "18 read FIFO": ("18 04DE", "18 0006 0002 01B8 1284"),
    "2B read device identification": ("2B 0E 01 00", "2B 0E 01 01 00 00 03 00 03 414243 01 02 5859 02 03 312E30"),
}
ASKED = with_crc(bytes.fromhex("11 03 00 0A 00 01"))
ANSWER = with_crc(bytes.fromhex("11 03 02 00 2A"))


def frame(pdu: str, slave: int = 0x11) -> bytes:
    return with_crc(bytes((slave,)) + bytes.fromhex(pdu))


@pytest.mark.parametrize(("request_pdu", "reply_pdu"), EXAMPLES.values(), ids=EXAMPLES)
def test_request_and_reply_are_found(request_pdu: str, reply_pdu: str) -> None:
    asked, reply = frame(request_pdu), frame(reply_pdu)
    stream = ASKED + ANSWER + asked + reply + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert outputs == decode(FAMILY.decoder(FAMILY.profile(), passive=True), single_bytes(stream))
    assert not [output for output in outputs if isinstance(output, Noise | FrameRejected)]
    found = [(output.offset, output.length) for output in outputs if isinstance(output, FrameAccepted)]
    first = len(ASKED + ANSWER)
    assert found[2:4] == [(first, len(asked)), (first + len(asked), len(reply))]
    assert len(found) == 6
    values = readings_of(outputs)
    assert {value.item for value in (values[0], values[-1])} == {"fc3/10"}
    assert all("address_unknown" not in value.flags for value in values)


@pytest.mark.parametrize(("request_pdu", "reply_pdu"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_refusal_is_an_exception(request_pdu: str, reply_pdu: str) -> None:
    function = bytes.fromhex(reply_pdu)[0]
    stream = frame(request_pdu) + frame(f"{function | 0x80:02X} 01") + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert [output.reason for output in outputs if isinstance(output, FrameRejected)] == ["exception"]
    assert not [output for output in outputs if isinstance(output, Noise)]
    assert [reading.value for reading in readings_of(outputs)] == [42.0]


@pytest.mark.parametrize("code", [0, 9, 12, 0x40, 0xE0, 0xFF])
@pytest.mark.parametrize("is_asked", [True, False])
def test_an_exception_of_a_makers_own_code_is_an_exception(code: int, is_asked: bool) -> None:
    asked = ASKED if is_asked else b""
    stream = asked + frame(f"83 {code:02X}") + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert outputs == decode(FAMILY.decoder(FAMILY.profile(), passive=True), single_bytes(stream))
    (told,) = [output for output in outputs if isinstance(output, FrameRejected)]
    assert (told.reason, told.data, told.offset) == ("exception", b"", len(asked) + 5)
    assert told.detail == f"slave 17, function 3: exception {code}, not a code of the standard"
    assert not [output for output in outputs if isinstance(output, Noise)]
    assert [reading.value for reading in readings_of(outputs)] == [42.0]


@pytest.mark.parametrize(("request_pdu", "reply_pdu"), EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("at", [0, -3, -1])
def test_a_damaged_reply_costs_nothing_but_itself(request_pdu: str, reply_pdu: str, at: int) -> None:
    reply = bytearray(frame(reply_pdu))
    reply[at] ^= 0x08
    stream = frame(request_pdu) + bytes(reply) + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert [(reading.item, reading.value, reading.flags) for reading in readings_of(outputs)] == [("fc3/10", 42.0, ())]
    lost = b"".join(output.data for output in outputs if isinstance(output, Noise | FrameRejected))
    assert lost == bytes(reply)


@pytest.mark.parametrize("pdu", ["05 00AC FF00", "06 0001 0003", "0F 0013 000A 02 CD01", "10 0001 0002 04 000A 0102"])
def test_a_broadcast_has_no_answer(pdu: str) -> None:
    stream = ASKED + ANSWER + frame(pdu, slave=0) + ASKED + ANSWER + frame(pdu, slave=0) + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert not [output for output in outputs if isinstance(output, Noise | FrameRejected)]
    assert [(reading.item, reading.flags) for reading in readings_of(outputs)] == [
        ("fc3/10", ()),
        ("fc3/10", ()),
        ("fc3/0", ("address_unknown",)),
    ]


# Its sum ends with 00: without that byte it is a sound reply of two bytes, B700.
SHORT_OF_ONE = bytes.fromhex("BB 03 02 B7 00 16 6F 00")


def test_a_request_that_is_a_reply_but_for_its_last_byte() -> None:
    answer = with_crc(bytes.fromhex("BB 03 2C") + bytes(range(44)))
    stream = ASKED + ANSWER + SHORT_OF_ONE + answer + SHORT_OF_ONE + answer
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert outputs == decode(FAMILY.decoder(FAMILY.profile(), passive=True), single_bytes(stream))
    assert not [output for output in outputs if isinstance(output, Noise | FrameRejected)]
    items = [reading.item for reading in readings_of(outputs)]
    assert items == ["fc3/10", *(f"fc3/{0x2B7 + place}" for place in range(22))] + [
        f"fc3/{0x2B7 + place}" for place in range(22)
    ]


def test_a_reply_that_is_a_request_with_the_00_behind_it() -> None:
    asked = with_crc(bytes.fromhex("BB 03 00 0A 00 01"))
    stream = ASKED + ANSWER + asked + SHORT_OF_ONE + ASKED + ANSWER
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert [(reading.item, reading.value) for reading in readings_of(outputs)] == [
        ("fc3/10", 42.0),
        ("fc3/10", 0xB700),
        ("fc3/10", 42.0),
    ]
    assert [output.data for output in outputs if isinstance(output, Noise)] == [b"\x00"]
