# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-5800. The golden records were put together by hand from the layout of the facts."""

from dataclasses import replace
from datetime import datetime

import pytest

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.dy5800 import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import Expected, Vector, decode, readings_of
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Role, Verdict


def _record(
    head: str, texts: tuple[str, str], tail: str, people: tuple[str, str], size: int = 162, pad: bytes = b" "
) -> bytes:
    def wide(text: str, width: int) -> bytes:
        return text.encode("gb2312").ljust(width, pad)

    front = head.encode() + wide(texts[0], 20) + wide(texts[1], 10)
    back = tail.encode() + wide(people[0], 10) + wide(people[1], 10) + b"X"
    return front.ljust(size - len(back), pad) + back


NITRITE = _record("P001      7", ("亚硝酸盐", "mg/kg"), "3.50 0.125120131102030", ("王五", "白菜"))
# X and P in every field that may hold them
MARKS = _record("PX02PX00012", ("XPX甲醛", "PX"), "0    0.000120131102031", ("PX", "XP"))
CONTROL = _record("P00300000CK", ("甲醛", "mg/kg"), "-.---1.250120131102032", ("", "对照"), pad=b"\0")
NO_DAY = _record("P001      7", ("亚硝酸盐", "mg/kg"), "3.50 0.125120231102030", ("王五", "白菜"))
# An item of 21 bytes in its 20
CUT_ITEM = NITRITE[:11] + "a农药残留农药残留农药残留".encode("gb2312")[:20] + NITRITE[31:]
WITH_COLONS = _record("P001      7", ("亚硝酸盐", "mg/kg"), "3.50 0.12512013110:20:30", ("王五", "白菜"), size=164)
TO_THE_MINUTE = _record("P001      7", ("亚硝酸盐", "mg/kg"), "3.50 0.1251201311020", ("王五", "白菜"), size=160)

READ_NITRITE = Expected(
    "nitrite",
    3.5,
    "3.50",
    (
        ("unit", "mg/kg"),
        ("channel", 1),
        ("sample_number", "7"),
        ("commodity", "白菜"),
        ("operator", "王五"),
        ("role", Role.SAMPLE),
        ("verdict", None),
        ("measured_at", datetime(2012, 1, 31, 10, 20, 30)),
        ("measured_at_text", "12-01-31 10:20:30"),
        ("flags", ()),
        ("extra", {"absorbance": "0.125", "hole": "001"}),
    ),
)
READ_NO_DAY = Expected(
    "nitrite", 3.5, "3.50", (("measured_at", None), ("measured_at_text", "12-02-31 10:20:30"), ("flags", ("bad_time",)))
)
READ_CUT_ITEM = Expected("a农药残留农药残留农", 3.5, "3.50", (("channel", 1), ("flags", ("cut_name",))))
READ_MARKS = Expected("XPX甲醛", 0.0, "0", (("channel", 2), ("sample_number", "PX00012"), ("commodity", "XP")))
READ_CONTROL = Expected(
    "formaldehyde", None, "-.---", (("role", Role.CONTROL), ("verdict", Verdict.INVALID), ("flags", ("not_available",)))
)


class TestDy5800(UncheckedKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte != 0x50)
    vectors = (
        Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + NITRITE, (READ_NITRITE,), 1),
        Vector("records", NITRITE + MARKS + CONTROL, (READ_NITRITE, READ_MARKS, READ_CONTROL), 3),
        Vector("a day that is none", NO_DAY + NITRITE, (READ_NO_DAY, READ_NITRITE), 2),
        Vector("an item cut within a hanzi", CUT_ITEM + NITRITE, (READ_CUT_ITEM, READ_NITRITE), 2),
        Vector(
            "cut short, then whole", NITRITE[:100] + NITRITE + CONTROL, (READ_NITRITE, READ_CONTROL), 2, ("record",)
        ),
        Vector(
            "cut very short, then whole", NITRITE[:5] + CONTROL + NITRITE, (READ_CONTROL, READ_NITRITE), 2, ("record",)
        ),
        Vector("records of two lengths", NITRITE + WITH_COLONS + NITRITE, (READ_NITRITE,) * 3, 3),
        Vector("the end is missing", NITRITE + CONTROL[:150], (READ_NITRITE,), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), name, "formaldehyde", value, datetime(2026, 3, 5, 9, place, 7), verdict)
        for place, (name, value, verdict) in enumerate(
            (
                ("白菜", 0.0, Verdict.PASS),
                ("韭菜", 12.5, Verdict.PASS),
                ("芹菜", 99999.0, Verdict.PASS),
                ("豇豆", -0.25, Verdict.PASS),
                ("茄子", -9.0, Verdict.INVALID),
            )
        )
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        is_invalid = specimen.verdict is Verdict.INVALID
        return (
            reading.sample_number == specimen.number
            and reading.commodity == specimen.commodity
            and reading.value == (None if is_invalid else specimen.value)
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is (Verdict.INVALID if is_invalid else None)
        )

    def test_a_line_that_damages_bytes_neither_loses_nor_alters_a_result(self) -> None:
        pytest.skip("it pushes each record once: what the line damaged is rejected and gone")


@pytest.mark.parametrize("record", [WITH_COLONS, TO_THE_MINUTE])
def test_a_tester_may_write_its_time_in_another_width(record: bytes) -> None:
    readings = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [record * 2]))
    expected = replace(READ_NITRITE, has=(("commodity", "白菜"), ("operator", "王五"), ("channel", 1)))
    assert len(readings) == 2
    for reading in readings:
        expected.check(reading, is_shifted=False)
        assert reading.measured_at is not None
        assert reading.measured_at.replace(second=30) == datetime(2012, 1, 31, 10, 20, 30)


def test_a_word_for_no_value_is_an_invalid_result() -> None:
    word = "无效 ".encode("gb2312")
    record = NITRITE.replace(b"3.50 ", word)
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [record]))
    assert (reading.value, reading.value_text, reading.verdict) == (None, "无效", Verdict.INVALID)
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [record.replace(b"0.125", word)]))
    assert reading.extra["absorbance"] == "无效"


def test_nothing_is_ever_sent() -> None:
    decoder = FAMILY.decoder(FAMILY.profile())
    assert decoder.start(0.0) == []
    assert decoder.deadline is None
    decoder.receive(NITRITE[:50], 0.0)
    assert decoder.deadline == 1.0
    (rejected,) = decoder.tick(1.0)
    assert (rejected.reason, rejected.data) == ("timeout", NITRITE[:50])  # type: ignore[union-attr]
    assert decoder.deadline is None


@pytest.mark.parametrize(
    ("numbers", "value", "text"),
    [
        ("1,0100.125", None, "1,010"),
        ("1e3  0.125", 1000.0, "1e3"),
        ("+++  0.125", None, "+++"),
        ("阳性 0.125", None, "阳性"),
        ("3.50 #####", 3.5, "3.50"),
    ],
)
def test_what_is_written_for_a_number_never_shifts_the_fields(numbers: str, value: float | None, text: str) -> None:
    tail = f"{numbers}120131102030"
    record = _record("P001      7", ("亚硝酸盐", "mg/kg"), "3.50 0.125120131102030", ("王五", "白菜"))
    at = record.index(b"3.50 0.125")
    stream = record[:at] + tail.encode("gb2312") + record[at + 22 :]
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream]))
    assert (reading.value, reading.value_text) == (value, text)
    assert reading.measured_at == datetime(2012, 1, 31, 10, 20, 30)


@pytest.mark.parametrize(
    ("sample", "name", "role", "flags"),
    [("对照", "对照", Role.CONTROL, ()), ("小白菜丝", "小白菜", Role.SAMPLE, ("cut_name",))],
)
def test_a_sample_may_be_called_by_a_name(sample: str, name: str, role: Role, flags: tuple[str, ...]) -> None:
    record = NITRITE[:4] + sample.encode("gb2312").ljust(7)[:7] + NITRITE[11:]
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [record]))
    assert (reading.sample_number, reading.role, reading.value, reading.flags) == (name, role, 3.5, flags)


def test_a_unit_is_written_in_half_width_signs() -> None:
    record = NITRITE[:31] + "mg／kg".encode("gb2312").ljust(10) + NITRITE[41:]
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [record]))
    assert reading.unit == "mg/kg"
