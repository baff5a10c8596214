"""Framing: what the documented frames prove, and what becomes of bytes that are no frames."""

from itertools import product

import pytest

from firmware_adapters.checksums import crc8
from firmware_adapters.contract import FrameRejected, Noise
from firmware_adapters.framing import LONGEST_NOISE, Found, Scanner
from firmware_adapters.pesticide.frames import LengthGrammar, encode

DOCUMENTED = [
    bytes.fromhex("7E 00 02 00 00 00 07 AA"),
    bytes.fromhex("7E 15 04 00 FF 00 00 00 2B AA"),
    bytes.fromhex("7E 15 04 00 FF FF FF FF 4D AA"),
]
RECORD = encode(0x11, bytes(range(1, 21)))


def _framer() -> Scanner:
    return Scanner(LengthGrammar())


def _whole(offset: int, data: bytes) -> Found:
    return Found(offset, data, "frame")


@pytest.mark.parametrize("frame", DOCUMENTED)
def test_the_documented_frames_are_whole_frames(frame: bytes) -> None:
    assert _framer().feed(frame) == [_whole(0, frame)]
    assert encode(frame[1], frame[4:-2]) == frame
    assert len(frame) == int.from_bytes(frame[2:4], "little") + 6


def _crc(data: bytes, *, is_reflected: bool, crc: int) -> int:
    for byte in data:
        crc ^= int(f"{byte:08b}"[::-1], 2) if is_reflected else byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return int(f"{crc:08b}"[::-1], 2) if is_reflected else crc


def test_only_one_reading_of_the_check_fits_all_documented_frames() -> None:
    fitting = [
        choice
        for choice in product((0, 1, 2, 3, 4), (-2, -3), (False, True), (0x00, 0xFF))
        if all(
            _crc(frame[choice[0] : choice[1]], is_reflected=choice[2], crc=choice[3]) == frame[-2]
            for frame in DOCUMENTED
        )
    ]
    assert fitting == [(1, -2, False, 0x00)]


def test_records_have_the_documented_sizes() -> None:
    assert len(encode(0x11, bytes(20))) == 26
    assert len(encode(0x16, bytes(21))) == 27
    assert encode(0x16, bytes(21))[:4] == bytes.fromhex("7E 16 15 00")


def test_noise_is_reported_with_its_place() -> None:
    framer = _framer()
    found = framer.feed(b"ab" + RECORD + b"c" + RECORD + b"d")
    assert found == [Noise(0, b"ab"), _whole(2, RECORD), Noise(28, b"c"), _whole(29, RECORD)]
    assert framer.is_holding
    assert framer.give_up("truncated") == [Noise(55, b"d")]
    assert not framer.is_holding


def test_endless_noise_comes_out_in_pieces() -> None:
    framer = _framer()
    found = framer.feed(bytes(LONGEST_NOISE * 2 + 5))
    assert found == [Noise(0, bytes(LONGEST_NOISE)), Noise(LONGEST_NOISE, bytes(LONGEST_NOISE))]
    assert framer.give_up("truncated") == [Noise(LONGEST_NOISE * 2, bytes(5))]


def test_a_good_frame_inside_the_claimed_length_of_a_bad_one_is_found() -> None:
    cut = RECORD[:10]
    assert _framer().feed(cut + RECORD) == [FrameRejected("checksum", 0, cut), _whole(10, RECORD)]


def test_a_head_mark_inside_a_bad_record_makes_no_second_rejection() -> None:
    bad = encode(0x11, b"\x7e\x15\x04\x00\xff\x7e\x11" + bytes(13))
    bad = bad[:-2] + bytes((bad[-2] ^ 1, 0xAA))
    assert _framer().feed(bad + RECORD) == [FrameRejected("checksum", 0, bad), _whole(26, RECORD)]


def test_two_cut_records_in_a_row_are_two_rejections() -> None:
    found = _framer().feed(RECORD[:9] + RECORD[:12] + RECORD)
    assert found == [
        FrameRejected("checksum", 0, RECORD[:9]),
        FrameRejected("checksum", 9, RECORD[:12]),
        _whole(21, RECORD),
    ]


@pytest.mark.parametrize("length", [21, 64, 65, 0x1414, 0xFFFF])
def test_a_record_that_claims_too_much_is_refused_at_once(length: int) -> None:
    lying = b"\x7e\x11" + length.to_bytes(2, "little") + RECORD[4:]
    assert _framer().feed(lying + RECORD) == [FrameRejected("length", 0, lying), _whole(26, RECORD)]


def test_a_wrong_end_mark_is_named() -> None:
    assert _framer().feed(RECORD[:-1] + b"\xab" + RECORD) == [
        FrameRejected("end_mark", 0, RECORD[:-1] + b"\xab"),
        _whole(26, RECORD),
    ]


def test_a_damaged_type_is_a_rejected_frame_when_the_end_mark_is_where_the_length_says() -> None:
    damaged = b"\x7e\x91" + RECORD[2:]
    assert _framer().feed(damaged + RECORD) == [FrameRejected("checksum", 0, damaged), _whole(26, RECORD)]


def test_any_other_7e_is_noise() -> None:
    junk = b"\x7e~\x03\x00abcdefgh"
    assert _framer().feed(junk + RECORD) == [Noise(0, junk), _whole(len(junk), RECORD)]


@pytest.mark.parametrize("size", range(1, 26))
def test_a_frame_cut_anywhere_is_truncated_at_the_end(size: int) -> None:
    framer = _framer()
    assert framer.feed(RECORD[:size]) == []
    assert framer.give_up("truncated") == [FrameRejected("truncated", 0, RECORD[:size])]


def test_a_good_frame_that_waited_behind_a_false_head_comes_out_when_the_line_falls_silent() -> None:
    framer = _framer()
    false = b"\x7e\x12\x40\x00"
    assert framer.feed(false + RECORD) == []
    assert framer.give_up("timeout") == [FrameRejected("timeout", 0, false), _whole(4, RECORD)]


def test_the_buffer_holds_one_frame_at_most() -> None:
    framer = _framer()
    for _ in range(1000):
        framer.feed(b"\x7e\x99\x40\x00" + bytes(500))
    assert len(framer._buffer) <= 70


def test_the_check_is_not_blind_to_order() -> None:
    assert crc8(b"\x01\x02") != crc8(b"\x02\x01")
