# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-5000. The golden blocks were put together by hand from the layout of the facts; the
fields of a well are this family's inference (see `blocks`)."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

import pytest

from firmware_adapters.contract import FrameRejected, Reading, Specimen
from firmware_adapters.dy5000 import FAMILY
from firmware_adapters.dy5000.blocks import request
from firmware_adapters.profile import Profile, ProfileError
from tests.contract.adapter_kit import Expected, Vector, decode, frames_of, readings_of, rejected_of
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Role, Verdict

AT = datetime(2026, 3, 5, 9, 41, 7)
BINARY = bytes.fromhex("1A 03 05 09 29 07")
BCD = bytes.fromhex("26 03 05 09 41 07")


def _well(hole: int, numbers: str) -> bytes:
    return bytes((hole,)) + numbers.encode()


def _block(*wells: bytes, unit: str = "ug/kg", time: bytes = BINARY, item: str = "氯霉素", head: bytes = b"") -> bytes:
    tail = unit.encode().ljust(10, b"\0") + time + item.encode("gb2312").ljust(20, b" ")
    return b"s" + head + b"".join(wells) + tail + b"e"


ONE, TWO, UNUSED = _well(1, "0.30 1.250"), _well(2, "0    1.900"), _well(3, "          ")
NO_VALUE, LESS, LAST = _well(4, "-.---0.010"), _well(5, "<0.052.100"), _well(96, "12.5 0.101")
PLATE = _block(ONE, TWO, UNUSED, NO_VALUE, LESS, LAST)
# e and s in head, unit and item; the time in BCD
MARKS = _block(ONE, TWO, unit="seese", time=BCD, item="sees氯e", head=b"\xfe\xe5\xe3")
DIGITS = _block(ONE, time=b"260305")
ODD_WELL = _block(ONE, TWO, _well(97, "0.30 1.250"), LAST)
# An item of 21 bytes in its 20
CUT_ITEM = _block(ONE)[:-21] + "a莱克多巴胺莱克多巴胺".encode("gb2312")[:20] + b"e"
NO_DAY = _block(ONE, TWO, time=bytes.fromhex("1A 0D 20 09 29 07"))

READ_ONE = Expected(
    "chloramphenicol",
    0.3,
    "0.30",
    (
        ("unit", "ug/kg"),
        ("channel", 1),
        ("role", Role.SAMPLE),
        ("verdict", None),
        ("measured_at", AT),
        ("measured_at_text", "26-03-05 09:41:07"),
        ("flags", ()),
        ("extra", {"absorbance": "1.250"}),
    ),
)
READ_TWO = Expected("chloramphenicol", 0.0, "0", (("channel", 2), ("flags", ())))
READ_NO_VALUE = Expected(
    "chloramphenicol",
    None,
    "-.---",
    (("channel", 4), ("verdict", Verdict.INVALID), ("flags", ("not_available",))),
)
READ_LESS = Expected("chloramphenicol", None, "<0.05", (("channel", 5), ("flags", ("below_range",))))
READ_NO_DAY = replace(
    READ_ONE, has=(("measured_at", None), ("measured_at_text", "26-13-32 09:41:07"), ("flags", ("bad_time",)))
)
READ_LAST = Expected("chloramphenicol", 12.5, "12.5", (("channel", 96),))
READ_PLATE = (READ_ONE, READ_TWO, READ_NO_VALUE, READ_LESS, READ_LAST)
READ_MARKS = tuple(
    Expected("sees氯e", request.value, request.value_text, (("unit", "seese"), ("measured_at", AT)))
    for request in (READ_ONE, READ_TWO)
)
READ_CUT_ITEM = Expected("a莱克多巴胺莱克多巴", 0.3, "0.30", (("channel", 1), ("flags", ("cut_name",))))
READ_DIGITS = replace(READ_ONE, has=(("measured_at", datetime(2026, 3, 5)), ("flags", ("date_only",))))


class TestDy5000(UncheckedKit):
    # The kit's conversation tells no day, so the family is told one here.
    family = replace(FAMILY, decoder=partial(FAMILY.decoder, today=lambda: date(2026, 3, 6)))
    quiet = bytes(byte for byte in range(256) if byte != 0x73)
    vectors = (
        Vector("zeros, as of a cable plugged in, then a plate", bytes(1500) + PLATE, READ_PLATE, 1),
        Vector("two plates, nothing more", PLATE + MARKS + b"se", READ_PLATE + READ_MARKS, 2),
        Vector("a day in digits", DIGITS + PLATE, (READ_DIGITS, *READ_PLATE), 2),
        Vector("an item cut within a hanzi", CUT_ITEM + PLATE, (READ_CUT_ITEM, *READ_PLATE), 2),
        Vector(
            "a day that is none",
            NO_DAY + PLATE,
            (READ_NO_DAY, replace(READ_TWO, has=(("channel", 2),)), *READ_PLATE),
            2,
        ),
        Vector("cut short, then whole", PLATE[:50] + MARKS, READ_MARKS, 1, ("truncated",)),
        Vector("the end is missing", PLATE + MARKS[:-1], READ_PLATE, 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), "", "chloramphenicol", value, AT.replace(minute=place // 3), verdict)
        for place, (value, verdict) in enumerate(
            (
                (0.0, Verdict.PASS),
                (12.5, Verdict.PASS),
                (99999.0, Verdict.PASS),
                (-0.25, Verdict.PASS),
                (-9.0, Verdict.INVALID),
            )
        )
    )

    def is_range(self, rejected: FrameRejected) -> bool:
        """Return False for a well of a block that is none: it lies within a frame that is one."""
        return not rejected.detail.startswith("a well")

    def may_be_silent(self, gap: bytes) -> bool:
        return not gap.replace(b"se", b"")

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        is_invalid = specimen.verdict is Verdict.INVALID
        return (
            reading.channel == int(specimen.number) % 3 + 1
            and reading.value == (None if is_invalid else specimen.value)
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is (Verdict.INVALID if is_invalid else None)
        )


def test_the_documented_request() -> None:
    assert request(date(2012, 1, 1), date(2012, 1, 31)) == b"s120101120131"


def test_a_request_in_a_capture_is_passed_over_and_dates_in_the_head_are_a_head() -> None:
    asked = request(date(2026, 3, 1), date(2026, 3, 5))
    for stream in (asked + PLATE, _block(ONE, TWO, UNUSED, NO_VALUE, LESS, LAST, head=asked[1:])):
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
        assert [reading.channel for reading in readings_of(outputs)] == [1, 2, 4, 5, 96]
        assert len(frames_of(outputs)) == 1
        assert not rejected_of(outputs)


def test_a_well_that_is_none_costs_itself() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [ODD_WELL])
    assert [reading.channel for reading in readings_of(outputs)] == [1, 2, 96]
    assert [output for output in outputs if isinstance(output, FrameRejected)] == [
        FrameRejected("record", 23, _well(97, "0.30 1.250"), "a well of a block that is none")
    ]


def test_a_word_for_no_value_is_an_invalid_result() -> None:
    word = bytes((1,)) + "无效 ".encode("gb2312")
    for well in (word + b"1.250", word + word[1:]):
        (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [_block(well)]))
        assert (reading.value, reading.value_text, reading.verdict) == (None, "无效", Verdict.INVALID)


def test_the_profile_names_controls_and_blanks_and_lays_out_a_well() -> None:
    well = {"hole_at": 10, "value_at": 0, "absorbance_at": 5}
    settings = {"controls": [1], "blanks": [2], "well": well}
    profile = FAMILY.profile().model_copy(update={"settings": settings})
    turned = _block(*(cell[1:] + cell[:1] for cell in (ONE, TWO, LAST)))
    outputs = decode(FAMILY.decoder(profile, passive=True), [turned])
    assert [(reading.channel, reading.role) for reading in readings_of(outputs)] == [
        (1, Role.CONTROL),
        (2, Role.BLANK),
        (96, Role.SAMPLE),
    ]


def test_a_whole_plate_of_96_wells() -> None:
    plate = _block(*(_well(hole, "0.30 1.250") for hole in range(1, 97)))
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [plate])
    assert [reading.channel for reading in readings_of(outputs)] == list(range(1, 97))


def test_a_layout_that_leaves_the_well_is_refused() -> None:
    profile = FAMILY.profile().model_copy(update={"settings": {"well": {"hole_at": 11}}})
    with pytest.raises(ProfileError, match=r"settings\.well\.hole_at"):
        FAMILY.decoder(profile)


@pytest.mark.parametrize("fill", [b"\0", b" ", b"\xff"])
def test_wells_that_were_not_used_may_be_empty_wherever_they_are(fill: bytes) -> None:
    empty = fill * 11
    plate = _block(*[empty] * 5, ONE, *[empty] * 3, TWO, *[empty] * 80, LAST)
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [plate])
    assert [reading.channel for reading in readings_of(outputs)] == [1, 2, 96]
    assert not rejected_of(outputs)


def test_a_wrong_clock_is_no_excuse_for_a_well_that_is_none() -> None:
    odd = _block(ONE, TWO, _well(97, "0.30 1.250"), LAST, time=bytes.fromhex("1A 0D 20 09 29 07"))
    assert not readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [odd]))
