"""Known sums of documented frames."""

from firmware_adapters.checksums import crc8, crc16_modbus, sum8, xor8


def test_xor_of_the_documented_header() -> None:
    assert xor8(bytes.fromhex("03 FF 45 00 01 00 00 00 00 00")) == 0xB8


def test_sum_of_the_documented_version_reply() -> None:
    assert sum8(bytes.fromhex("02 00 03 01 10 13")) == 0x29


def test_crc8_of_the_documented_ping_and_reads() -> None:
    assert crc8(bytes.fromhex("00 02 00 00 00")) == 0x07
    assert crc8(bytes.fromhex("15 04 00 FF 00 00 00")) == 0x2B
    assert crc8(bytes.fromhex("15 04 00 FF FF FF FF")) == 0x4D


def test_crc16_gives_the_check_value_of_its_catalogue_entry() -> None:
    assert crc16_modbus(b"123456789") == 0x4B37


def test_sums_of_nothing() -> None:
    assert (sum8(b""), xor8(b""), crc8(b""), crc16_modbus(b"")) == (0, 0, 0, 0xFFFF)
