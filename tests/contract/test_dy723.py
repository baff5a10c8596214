# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-723PC. The golden rows were written out by hand from the layout of the facts."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

import pytest

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.dy723 import FAMILY
from firmware_adapters.dy723.rows import request
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import Expected, Vector, decode, readings_of, rejected_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Role, Verdict


def _row(text: str, end: str = "\r\n") -> bytes:
    return (text + end).encode("gb2312")


NITRITE = _row("R,00012,1,亚硝酸盐,0.125,3.50,mg/kg,合格,2012-01-31 10:20:30,5A,")
FINISH_ITEM = _row("R,13,2,FINISH,1.250,0,mg/kg,不合格,2012-01-31 10:20:30,FINISH,", "")
BLANK = _row("R,14,3,空白,0.000,0.000,,,2012/1/31 10:21,00,")
NO_VALUE = _row("R,15,4,甲醛,-.---,-.---,mg/kg,合格,2012-01-31 10:22:00,00,")
LESS = _row("R,16,5,甲醛,0.010,<0.5,mg/kg,合格,2012-01-31 10:22:00,00")
NO_DAY = _row("R,12,1,亚硝酸盐,0.125,3.50,mg/kg,合格,2012-02-31 10:20:30,5A,")
NO_TIME = _row("R,12,1,亚硝酸盐,0.125,3.50,mg/kg,合格,昨天,5A,")
NO_HOLE = _row("R,12,x,亚硝酸盐,0.125,3.50,mg/kg,合格,2012-01-31 10:20:30,5A,")

READ_NITRITE = Expected(
    "nitrite",
    3.5,
    "3.50",
    (
        ("item_name", "亚硝酸盐"),
        ("unit", "mg/kg"),
        ("sample_number", "00012"),
        ("channel", 1),
        ("verdict", Verdict.PASS),
        ("role", Role.SAMPLE),
        ("measured_at", datetime(2012, 1, 31, 10, 20, 30)),
        ("measured_at_text", "2012-01-31 10:20:30"),
        ("flags", ()),
        ("extra", {"absorbance": "0.125", "check": "5A", "hole": "1"}),
    ),
)
READ_NO_DAY = Expected(
    "nitrite",
    3.5,
    "3.50",
    (("measured_at", None), ("measured_at_text", "2012-02-31 10:20:30"), ("flags", ("bad_time",))),
)
READ_FINISH = Expected("FINISH", 0.0, "0", (("channel", 2), ("verdict", Verdict.FAIL)))
READ_BLANK = Expected("空白", 0.0, "0.000", (("role", Role.BLANK), ("verdict", None)))
READ_NO_VALUE = Expected("formaldehyde", None, "-.---", (("verdict", Verdict.INVALID), ("flags", ("not_available",))))
READ_LESS = Expected("formaldehyde", None, "<0.5", (("verdict", Verdict.PASS), ("flags", ("below_range",))))


class TestDy723(UncheckedKit):
    # The kit's conversation tells no day, so the family is told one here.
    family = replace(FAMILY, decoder=partial(FAMILY.decoder, today=lambda: date(2026, 3, 6)))
    quiet = bytes(byte for byte in range(256) if chr(byte) not in "RF%\r\n")
    vectors = (
        Vector("zeros, as of a cable plugged in, then a row", bytes(1500) + NITRITE, (READ_NITRITE,), 1),
        Vector(
            "rows and the end", NITRITE + FINISH_ITEM + BLANK + b"FINISH", (READ_NITRITE, READ_FINISH, READ_BLANK), 3
        ),
        Vector("no value, a bound, no last comma", NO_VALUE + LESS + b"FINISH", (READ_NO_VALUE, READ_LESS), 2),
        Vector("a day that is none", NO_DAY + NITRITE, (READ_NO_DAY, READ_NITRITE), 2),
        Vector("a time that is none", NO_TIME + NITRITE, (READ_NITRITE,), 1, ("record",)),
        Vector("a hole that is none", NO_HOLE + NITRITE, (READ_NITRITE,), 1, ("record",)),
        Vector("cut short, then whole", NITRITE[:30] + NITRITE, (READ_NITRITE,), 1, ("record",)),
        Vector("a line was cut", NITRITE[:30] + b"\r\n" + NITRITE, (READ_NITRITE,), 1, ("record",)),
        Vector("too long", b"R,1,1," + b"x" * 300 + NITRITE, (READ_NITRITE,), 1, ("too_long",)),
        Vector("the end is missing", NITRITE + NO_VALUE[:40], (READ_NITRITE,), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place + 1), "", "formaldehyde", value, datetime(2026, 3, 5, 9, place, 7), verdict)
        for place, (value, verdict) in enumerate(
            (
                (0.0, Verdict.PASS),
                (12.5, Verdict.PASS),
                (-0.25, Verdict.SUSPECT),
                (1000.5, Verdict.FAIL),
                (-9.0, Verdict.INVALID),
            )
        )
    )

    def may_be_silent(self, gap: bytes) -> bool:
        return not gap.replace(b"FINISH", b"").strip(b"\r\n")

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.sample_number == specimen.number
            and reading.value == (None if specimen.verdict is Verdict.INVALID else specimen.value)
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is specimen.verdict
        )


def test_the_documented_request() -> None:
    assert request(date(2012, 1, 1), date(2012, 1, 31)) == b"%D2012-01-01D2012-01-31~"


def test_a_request_in_a_capture_is_passed_over() -> None:
    asked = request(date(2012, 1, 1), date(2012, 1, 31))
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [asked + NITRITE + b"FINISH"])
    assert len(outputs) == 2
    assert readings_of(outputs)[0].offset == 24


@pytest.mark.parametrize(
    ("number", "hole", "role"), [("CK1", "1", Role.CONTROL), ("对照", "1", Role.CONTROL), ("7", "空白", Role.BLANK)]
)
def test_a_control_says_so_by_its_number_or_in_place_of_its_hole(number: str, hole: str, role: Role) -> None:
    row = _row(f"R,{number},{hole},甲醛,0.1,0.1,mg/kg,合格,2012-01-31 10:20:30,00,")
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [row]))
    assert (reading.sample_number, reading.role) == (number, role)


def test_an_item_that_was_cut_within_a_hanzi_and_an_absorbance_out_of_range_cost_no_result() -> None:
    row = _row("R,12,1,农药残留,OVER,3.50,%,合格,2012-01-31 10:20:30,5A,").replace("留".encode("gb2312"), b"\xc1")
    for chunks in ([row], single_bytes(row)):
        (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), chunks))
        assert (reading.item, reading.value, reading.flags) == ("农药残", 3.5, ("cut_name",))
        assert reading.extra["absorbance"] == "OVER"


@pytest.mark.parametrize(
    "text", ["R,1,1,甲醛,0.1,0.1,mg/kg,合格,,00,", "R,1,1,,0.1,0.1,mg/kg,合格,2012-01-31 10:20:30,00,"]
)
def test_rows_that_cannot_be(text: str) -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [_row(text)])
    assert [rejection.reason for rejection in rejected_of(outputs)] == ["record"]
