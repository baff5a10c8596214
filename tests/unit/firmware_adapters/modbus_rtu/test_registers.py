"""The value in the bytes of one register."""

import struct

import pytest

from firmware_adapters.modbus_rtu.registers import Register, Value, read_value


def register(**settings: object) -> Register:
    return Register.model_validate({"item": "x", "address": 0, **settings})


@pytest.mark.parametrize(
    ("order", "data"),
    [("ABCD", "41480000"), ("CDAB", "00004148"), ("BADC", "48410000"), ("DCBA", "00004841")],
)
def test_each_word_order_reads_the_same_float(order: str, data: str) -> None:
    assert read_value(register(type="f32", order=order), bytes.fromhex(data)) == Value(12.5, "12.5")


@pytest.mark.parametrize(
    ("settings", "data", "number", "text"),
    [
        ({"type": "u16", "scale": 0.1}, "0292", 65.8, "65.8"),
        ({"type": "s16", "scale": 0.1}, "FF9B", -10.1, "-10.1"),
        ({"type": "u16"}, "0000", 0.0, "0"),
        ({"type": "s32"}, "FFFFFFFE", -2.0, "-2"),
        ({"type": "u32", "scale": 0.001}, "FFFFFFFF", 4294967.295, "4294967.295"),
        ({"type": "f32", "order": "CDAB"}, "1275431A", 154.0721, "154.072"),
        ({"type": "s16", "scale": 0.01, "offset": -40.0}, "0FA0", 0.0, "0.00"),
        ({"type": "u16", "order": "BADC"}, "0100", 1.0, "1"),
        ({"type": "u64"}, "0102030405060708", 72623859790382856, "72623859790382856"),
        ({"type": "s64", "order": "CDAB"}, "FFFEFFFFFFFFFFFF", -2.0, "-2"),
        ({"type": "f64", "order": "DCBA"}, "0000000000002940", 12.5, "12.5"),
        ({"type": "f64", "order": "BADC", "scale": 0.1}, "2940000000000000", 1.25, "1.25"),
        ({"type": "bits", "bit": 4, "count": 3}, "0050", 5.0, "5"),
        ({"type": "bits", "bit": 15}, "8000", 1.0, "1"),
        ({"type": "bits", "function": 2, "count": 3}, "06", 6.0, "6"),
    ],
)
def test_numbers_are_scaled_in_decimal(settings: dict[str, object], data: str, number: float, text: str) -> None:
    value = read_value(register(**settings), bytes.fromhex(data))
    assert value.number == pytest.approx(number, rel=1e-6)
    assert value.text.startswith(text)


@pytest.mark.parametrize("data", ["7FC00000", "7F800000", "FF800000"])
def test_a_float_that_is_no_number_is_no_value(data: str) -> None:
    value = read_value(register(type="f32"), bytes.fromhex(data))
    assert (value.number, value.flags) == (None, ("not_a_number",))


def test_the_code_for_not_available_is_no_value_in_either_notation() -> None:
    plain = register(type="s16", not_available=["7FFF"])
    assert read_value(plain, bytes.fromhex("7FFF")) == Value(None, "7FFF", ("not_available",))
    swapped = register(type="f32", order="CDAB", not_available=["C61C3C00"])
    assert read_value(swapped, bytes.fromhex("3C00C61C")).number is None


@pytest.mark.parametrize(
    "number", [0.1, 26.228420, 29.450287, 3.4028234e38, 1.1754944e-38, 1e-45, -123456.79, 16777217.0]
)
def test_a_float_is_written_as_short_as_it_can_be_and_stays_itself(number: float) -> None:
    data = struct.pack(">f", number)
    value = read_value(register(type="f32"), data)
    assert value.number is not None
    assert struct.pack(">f", value.number) == data
    assert float(value.text) == value.number
