"""Modbus against independent oracles: our own encoder written here, and pymodbus' framer."""

import struct
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from firmware_adapters.contract import FrameAccepted, Noise, Output, Reading
from firmware_adapters.modbus_rtu import FAMILY
from tests.contract.adapter_kit import decode, merged

GENERIC = FAMILY.profile("generic")
QUIET = st.binary(max_size=12).map(lambda data: bytes(0xFF if byte & 1 else 0 for byte in data))
REGISTERS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125)


def encode(slave: int, numbers: list[int]) -> bytes:
    body = struct.pack(f">BBB{len(numbers)}H", slave, 3, 2 * len(numbers), *numbers)
    return body + struct.pack(">H", FramerRTU.compute_CRC(body))


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[first:last] for first, last in pairwise(edges)]


def values(outputs: list[Output]) -> list[tuple[int | None, str]]:
    return [(output.channel, output.value_text) for output in outputs if isinstance(output, Reading)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 247), REGISTERS, QUIET), max_size=5), st.lists(st.integers(0), max_size=30))
def test_any_replies_between_any_quiet_noise_in_any_pieces_are_read(
    replies: list[tuple[int, list[int], bytes]], cuts: list[int]
) -> None:
    stream = b"".join(noise + encode(slave, numbers) for slave, numbers, noise in replies)
    outputs = decode(FAMILY.decoder(GENERIC, passive=True), cut(stream, cuts))
    assert values(outputs) == [(slave, str(number)) for slave, numbers, _ in replies for number in numbers]
    noise = b"".join(output.data for output in outputs if isinstance(output, Noise))
    assert noise == b"".join(noise for _, _, noise in replies)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 247), REGISTERS)
def test_pymodbus_reads_what_we_read(slave: int, numbers: list[int]) -> None:
    frame = encode(slave, numbers)
    _, theirs = FramerRTU(DecodePDU(False)).handleFrame(frame, 0, 0)
    assert isinstance(theirs, ReadHoldingRegistersResponse)
    ours = decode(FAMILY.decoder(GENERIC, passive=True), [frame])
    assert [number for _, number in values(ours)] == [str(number) for number in theirs.registers]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0), max_size=20))
def test_any_bytes_in_any_pieces_come_out_once_and_the_same(stream: bytes, cuts: list[int]) -> None:
    whole = decode(FAMILY.decoder(GENERIC, passive=True), [stream])
    pieces = decode(FAMILY.decoder(GENERIC, passive=True), cut(stream, cuts))
    assert pieces == merged(whole)
    accepted = sum(output.length for output in whole if isinstance(output, FrameAccepted))
    dropped = sum(len(output.data) for output in whole if isinstance(output, Noise))
    assert accepted + dropped <= len(stream)
