"""Records: each field's odd values."""

# ruff: noqa: DTZ001 - the clock of a device has no zone
import struct
from datetime import datetime

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.pesticide.frames import Frame, encode
from firmware_adapters.pesticide.records import RecordError, is_empty_answer, read_record
from wire.terms import Comparison, Role, Verdict

NOON = bytes((26, 3, 5, 12, 0, 0))


def lz(*, name: bytes = b"", time: bytes = NOON, value: int = 0, number: int = 1) -> Reading:
    payload = struct.pack("<HHH6s6sH", 1, 0, number, name, time, value & 0xFFFF)
    return read_record(Frame(0, encode(0x11, payload)), FAMILY.profile("lz-4000t")).reading


def tl(*, standard: int = 0, time: bytes = NOON, value: int = 0, verdict: int = 2, index: int = 1) -> Reading:
    payload = struct.pack("<BHHBB6s4sHBB", 0xFF, 1, index, 5, standard, time, b"", value & 0xFFFF, verdict, 0)
    return read_record(Frame(0, encode(0x16, payload)), FAMILY.profile("tl-310")).reading


@pytest.mark.parametrize(("raw", "value", "text"), [(0, 0.0, "0.00"), (1, 0.01, "0.01"), (4999, 49.99, "49.99")])
def test_hundredths_of_the_lz_4000t(raw: int, value: float, text: str) -> None:
    assert (lz(value=raw).value, lz(value=raw).value_text, lz(value=raw).flags) == (value, text, ())


@pytest.mark.parametrize(
    ("raw", "value", "text"), [(0, 0.0, "0.0"), (1, 0.1, "0.1"), (499, 49.9, "49.9"), (1000, 100.0, "100.0")]
)
def test_tenths_of_the_tl_310(raw: int, value: float, text: str) -> None:
    assert (tl(value=raw).value, tl(value=raw).value_text, tl(value=raw).flags) == (value, text, ())


def test_below_zero_is_a_value_on_both() -> None:
    assert (lz(value=-50).value, lz(value=-50).value_text) == (-0.5, "-0.50")
    assert (tl(value=-5).value, tl(value=-5).value_text) == (-0.5, "-0.5")


def test_what_is_too_high_for_an_inhibition_is_kept_and_flagged() -> None:
    reading = lz(value=11001)
    assert (reading.value, reading.verdict) == (110.01, None)
    assert reading.flags == ("implausible",)


@pytest.mark.parametrize("raw", [-10001, -32768])
def test_what_is_too_low_for_an_inhibition_is_no_clean_sample(raw: int) -> None:
    reading = lz(value=raw)
    assert (reading.value, reading.value_text, reading.verdict) == (None, f"{raw / 100:.2f}", Verdict.INVALID)
    assert reading.flags == ("implausible",)


@pytest.mark.parametrize(("code", "verdict"), [(1, Verdict.FAIL), (2, Verdict.INVALID), (9, Verdict.INVALID)])
def test_a_number_too_low_takes_no_fail_of_the_tester_away(code: int, verdict: Verdict) -> None:
    reading = tl(value=-1001, verdict=code)
    assert (reading.value, reading.value_text, reading.verdict) == (None, "-100.1", verdict)


@pytest.mark.parametrize("raw", [0x7FFE, 0x7FFF, 0xFFFF])
def test_no_inhibition_of_the_lz_4000t_can_be_so_high(raw: int) -> None:
    reading = lz(value=raw)
    assert (reading.value, reading.value_text, reading.verdict) == (None, "NA", Verdict.INVALID)
    assert reading.flags == ("not_available",)


@pytest.mark.parametrize("raw", [0x7FFE, 0x7FFF])
@pytest.mark.parametrize("verdict", [0, 1, 2])
def test_not_available_is_a_reading_without_a_value(raw: int, verdict: int) -> None:
    reading = tl(value=raw, verdict=verdict)
    assert (reading.value, reading.value_text, reading.verdict) == (None, "NA", Verdict.INVALID)
    assert reading.flags == ("not_available",)
    assert reading.extra["verdict_code"] == str(verdict)


@pytest.mark.parametrize(("code", "verdict"), [(1, Verdict.FAIL), (2, Verdict.PASS)])
def test_verdicts_of_the_tl_310(code: int, verdict: Verdict) -> None:
    assert tl(verdict=code).verdict is verdict


def test_a_verdict_code_that_nobody_documented_is_no_verdict() -> None:
    assert tl(verdict=9).verdict is None
    assert tl(verdict=9).flags == ("unknown_verdict",)


@pytest.mark.parametrize(("code", "standard", "percent"), [(0, "GB/T 5009.199", 50.0), (1, "NY/T 448", 70.0)])
def test_the_standard_sets_the_limit(code: int, standard: str, percent: float) -> None:
    limit = tl(standard=code).limit
    assert limit is not None
    assert (limit.comparison, limit.value, limit.unit, limit.standard) == (Comparison.AT_LEAST, percent, "%", standard)
    assert tl(standard=code).standard == standard


def test_an_unknown_standard_sets_no_limit() -> None:
    reading = tl(standard=7)
    assert (reading.limit, reading.standard, reading.flags) == (None, "", ("unknown_standard",))


def test_the_lz_4000t_names_neither_verdict_nor_standard() -> None:
    reading = lz(value=9000)
    assert (reading.verdict, reading.limit, reading.standard) == (None, None, "")


@pytest.mark.parametrize("time", [(26, 2, 30, 1, 2, 3), (0, 0, 0, 0, 0, 0), (26, 3, 5, 24, 0, 0), (255, 1, 1, 0, 0, 0)])
def test_an_impossible_date_keeps_its_text(time: tuple[int, ...]) -> None:
    for reading in (lz(time=bytes(time)), tl(time=bytes(time))):
        assert reading.measured_at is None
        assert "bad_time" in reading.flags
        assert reading.measured_at_text == "{:02d}-{:02d}-{:02d} {:02d}:{:02d}:{:02d}".format(*time)


def test_two_digit_years_are_of_this_century() -> None:
    assert lz(time=bytes((99, 12, 31, 23, 59, 59))).measured_at == datetime(2099, 12, 31, 23, 59, 59)


@pytest.mark.parametrize(
    ("name", "commodity"),
    [
        (b"", ""),
        (b"\0" * 6, ""),
        (b" " * 6, ""),
        (b"\xff" * 6, ""),
        ("菠菜".encode("gbk"), "菠菜"),
        ("菠菜".encode("gbk") + b"  ", "菠菜"),
        (b"\0\0" + "菠菜".encode("gbk"), "菠菜"),
        ("菜".encode("gbk") + b"\0\xb2\xcb\0", "菜"),
        ("小白菜".encode("gbk"), "小白菜"),
        (b"A" + "菠菜".encode("gbk") + b"B", "A菠菜B"),
    ],
)
def test_names_are_trimmed_gbk(name: bytes, commodity: str) -> None:
    assert (lz(name=name).commodity, lz(name=name).flags) == (commodity, ())


def test_a_name_cut_within_a_hanzi_does_not_raise() -> None:
    reading = lz(name=b"A" + "菠菜叶".encode("gbk")[:5])
    assert reading.commodity == "A菠菜"
    assert reading.flags == ("cut_name",)


@pytest.mark.parametrize(("name", "role"), [("对照", Role.CONTROL), ("空白1", Role.BLANK), ("白菜", Role.SAMPLE)])
def test_a_control_of_the_lz_4000t_says_so_by_its_name(name: str, role: Role) -> None:
    assert lz(name=name.encode("gbk")).role is role


def test_what_depends_on_the_question_is_not_part_of_the_record() -> None:
    assert tl(index=1).record == tl(index=2).record == ""
    assert tl(index=2).extra["index"] == "2"
    assert lz(number=77).record == "77"


def test_a_short_record_is_an_error_unless_it_counts_none() -> None:
    assert is_empty_answer(Frame(0, encode(0x11, b"")))
    assert is_empty_answer(Frame(0, encode(0x11, bytes(20))))
    assert is_empty_answer(Frame(0, encode(0x16, b"\xff\0\0")))
    assert is_empty_answer(Frame(0, encode(0x16, b"\xff" + bytes(20))))
    assert not is_empty_answer(Frame(0, encode(0x11, b"\1\0\0")))
    with pytest.raises(RecordError, match="20 bytes, not 3"):
        read_record(Frame(0, encode(0x11, b"\1\0\0")), FAMILY.profile())


def test_a_scale_of_the_profile_is_applied() -> None:
    profile = FAMILY.profile()
    items = {"inhibition": profile.items["inhibition"].model_copy(update={"scale": 0.01, "unit": "1"})}
    frame = Frame(0, encode(0x11, struct.pack("<HHH6s6sH", 1, 0, 1, b"", NOON, 5000)))
    reading = read_record(frame, profile.model_copy(update={"items": items})).reading
    assert (reading.value, reading.unit, reading.value_text) == (0.5, "1", "50.00")
