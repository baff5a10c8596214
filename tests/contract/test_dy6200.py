# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-6200 and DY-6400. The golden records were written out by hand from the layouts of the
facts."""

from dataclasses import replace
from datetime import datetime

import pytest

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.dy6200 import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import Expected, Vector, decode, readings_of, rejected_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Verdict

HELLO, READ = bytes.fromhex("6A 5A A5 69"), bytes.fromhex("6A 5B A4 69")
END = bytes.fromhex("6A 99 99 99 99 99 99 99 99")
# Number 7, 12.34, item 02, pass, 2026-03-05 09:41:07
PASS = bytes.fromhex("6A 07 00 D2 04 02 01 26 03 05 09 41 07")
# Number 27241 (6A 69), 0, item 6A, over: marks within the data
OVER = bytes.fromhex("6A 69 6A 00 00 6A 04 26 03 05 09 41 08")
# Number 42330: begins as the hello command does (6A 5A A5 69), 2.73 (0069 + 0100), item 01, suspect
LIKE_HELLO = bytes.fromhex("6A 5A A5 69 01 01 03 26 03 05 23 59 59")
# Number 257, 5.12, item 02: behind the read command the two pass for one record
LIKE_READ = bytes.fromhex("6A 01 01 00 02 02 01 26 03 05 09 41 07")
NO_VERDICT = bytes.fromhex("6A 07 00 D2 04 02 05 26 03 05 09 41 07")
NEVER_SET = bytes.fromhex("6A 07 00 D2 04 02 01 00 00 00 00 00 00")
NO_DAY = bytes.fromhex("6A 07 00 D2 04 02 01 26 02 30 09 41 07")
NO_TIME = bytes.fromhex("6A 07 00 D2 04 02 01 FF FF FF FF FF FF")
# Its first nine bytes are a record of the DY-6400 as well: 10.0, 2004-01-01
PASS_IN_APRIL = bytes.fromhex("6A 01 00 D2 04 01 01 24 05 06 09 30 15")
# DY-6400: 123.4, kind 01, 2026-03-05, number 513
SHORT = bytes.fromhex("6A 12 34 01 26 03 05 01 02")
SHORT_NEVER_SET = bytes.fromhex("6A 12 34 01 00 00 00 01 02")
SHORT_NO_DAY = bytes.fromhex("6A 12 34 01 26 00 05 01 02")
SHORT_ZERO = bytes.fromhex("6A 00 00 6A 26 03 05 6A 00")
SHORT_NO_BCD = bytes.fromhex("6A 1F 34 01 26 03 05 01 02")

READ_PASS = Expected(
    "item-02",
    12.34,
    "12.34",
    (
        ("record", "7"),
        ("verdict", Verdict.PASS),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("measured_at_text", "26-03-05 09:41:07"),
        ("flags", ()),
        ("raw", PASS),
    ),
)
READ_NEVER_SET = Expected(
    "item-02",
    12.34,
    "12.34",
    (("measured_at", None), ("measured_at_text", "00-00-00 00:00:00"), ("flags", ("bad_time",))),
)
READ_OVER = Expected("item-6A", 0.0, "0.00", (("record", "27241"), ("verdict", Verdict.FAIL), ("flags", ())))
READ_LIKE_HELLO = Expected("item-01", 3.61, "3.61", (("record", "42330"), ("verdict", Verdict.SUSPECT)))
READ_SHORT = Expected(
    "item-01",
    123.4,
    "123.4",
    (
        ("record", "513"),
        ("verdict", None),
        ("measured_at", datetime(2026, 3, 5)),
        ("measured_at_text", "26-03-05"),
        ("flags", ("date_only",)),
    ),
)
READ_SHORT_NEVER_SET = Expected(
    "item-01",
    123.4,
    "123.4",
    (("measured_at", None), ("measured_at_text", "00-00-00"), ("flags", ("date_only", "bad_time"))),
)
READ_SHORT_ZERO = Expected("item-6A", 0.0, "0.0", (("record", "106"),))


class _Kit(UncheckedKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte != 0x6A)

    def may_be_silent(self, gap: bytes) -> bool:
        for mark in (END, HELLO, READ):
            gap = gap.replace(mark, b"")
        return all(
            gap[at : at + 4][3:] == b"\x69" and gap[at + 1] ^ gap[at + 2] == 0xFF for at in range(0, len(gap), 4)
        )


class TestDy6200(_Kit):
    vectors = (
        Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + PASS, (READ_PASS,), 1),
        Vector("hello, records, the end", HELLO + END + PASS + OVER + END, (READ_PASS, READ_OVER), 2),
        Vector("both sides captured", HELLO + HELLO + END + READ + READ + PASS + END, (READ_PASS,), 1),
        Vector("a number like a command", PASS + LIKE_HELLO + OVER + END, (READ_PASS, READ_LIKE_HELLO, READ_OVER), 3),
        Vector("cut short, then whole", PASS[:9] + OVER + END, (READ_OVER,), 1),
        Vector("the end is missing", PASS + OVER[:8], (READ_PASS,), 1, ("truncated",)),
        Vector("a clock that was never set", PASS + NEVER_SET + END, (READ_PASS, READ_NEVER_SET), 2),
    )
    specimens = tuple(
        Specimen(str(place), "", "item-01", value, datetime(2026, 3, 5, 9, place, 0), verdict)
        for place, (value, verdict) in enumerate(
            (
                (0.0, Verdict.PASS),
                (12.34, Verdict.PASS),
                (655.35, Verdict.FAIL),
                (0.01, Verdict.SUSPECT),
            )
        )
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.record == str(int(specimen.number) + 1)
            and reading.value == specimen.value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is specimen.verdict
        )


class TestDy6400(_Kit):
    simulated_profile = "dy-6400"
    vectors = tuple(
        replace(vector, profile="dy-6400")
        for vector in (
            Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + SHORT, (READ_SHORT,), 1),
            Vector("records and the end", HELLO + END + SHORT + SHORT_ZERO + END, (READ_SHORT, READ_SHORT_ZERO), 2),
            Vector("a value that is no BCD", SHORT_NO_BCD + SHORT + END, (READ_SHORT,), 1, ("record",)),
            Vector("the end is missing", SHORT + SHORT_ZERO[:5], (READ_SHORT,), 1, ("truncated",)),
            Vector("a clock that was never set", SHORT_NEVER_SET + SHORT + END, (READ_SHORT_NEVER_SET, READ_SHORT), 2),
        )
    )
    specimens = tuple(
        Specimen(str(place), "", "item-01", value, datetime(2026, 3, 5 + place))
        for place, value in enumerate((0.0, 123.4, 999.9, 0.1))
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.record == str(int(specimen.number) + 1)
            and reading.value == specimen.value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is None
        )


def test_what_the_profile_calls_not_available_is_an_invalid_result() -> None:
    profile = FAMILY.profile().model_copy(update={"not_available": ("7FFE",)})
    record = bytes.fromhex("6A 07 00 FE 7F 02 01 26 03 05 09 41 07")
    (reading,) = readings_of(decode(FAMILY.decoder(profile, passive=True), [record]))
    assert (reading.value, reading.value_text, reading.verdict) == (None, "NA", Verdict.INVALID)


def test_a_profile_may_say_that_values_go_below_zero() -> None:
    profile = FAMILY.profile().model_copy(update={"settings": {"model": "6200", "signed": True}})
    record = bytes.fromhex("6A 07 00 CE FF 02 01 26 03 05 09 41 07")
    (reading,) = readings_of(decode(FAMILY.decoder(profile, passive=True), [record]))
    assert (reading.value, reading.value_text) == (-0.5, "-0.50")


@pytest.mark.parametrize(
    ("stream", "records"),
    [
        (b"\x6a\x07" + PASS + OVER + END, [PASS, OVER]),
        (OVER + b"\x6a\x55" + PASS + END, [OVER, PASS]),
        (READ + LIKE_READ + END, [LIKE_READ]),
        (b"\x6a\x07" + PASS, [PASS]),
    ],
    ids=["before the first", "between two", "a command", "the end is missing"],
)
def test_noise_that_makes_the_next_record_pass_too_early(stream: bytes, records: list[bytes]) -> None:
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    assert [reading.raw for reading in readings_of(decode(decoder, [stream]))] == records


@pytest.mark.parametrize(
    ("profile", "stream", "has"),
    [
        ("dy-6200", NO_DAY + PASS + END, ("26-02-30 09:41:07", None, 12.34, Verdict.PASS, ("bad_time",))),
        ("dy-6200", HELLO + END + NO_DAY + END, ("26-02-30 09:41:07", None, 12.34, Verdict.PASS, ("bad_time",))),
        ("dy-6200", PASS + NO_DAY, ("26-02-30 09:41:07", None, 12.34, Verdict.PASS, ("bad_time",))),
        (
            "dy-6200",
            PASS + NO_VERDICT + END,
            ("26-03-05 09:41:07", datetime(2026, 3, 5, 9, 41, 7), 12.34, None, ("unknown_verdict",)),
        ),
        ("dy-6200", PASS + NO_TIME + END, ("ff ff ff ff ff ff", None, 12.34, Verdict.PASS, ("bad_time",))),
        ("dy-6400", SHORT + SHORT_NO_DAY + END, ("26-00-05", None, 123.4, None, ("date_only", "bad_time"))),
    ],
)
def test_an_odd_day_or_verdict_where_a_record_is_due_costs_no_result(
    profile: str, stream: bytes, has: tuple[object, ...]
) -> None:
    for chunks in ([stream], single_bytes(stream)):
        outputs = decode(FAMILY.decoder(FAMILY.profile(profile), passive=True), chunks)
        assert not rejected_of(outputs)
        said = [
            (reading.measured_at_text, reading.measured_at, reading.value, reading.verdict, reading.flags)
            for reading in readings_of(outputs)
        ]
        assert has in said


@pytest.mark.parametrize("odd", [NO_DAY, NO_VERDICT])
@pytest.mark.parametrize("noise", [(b"\0", b""), (b"", b"\0")])
def test_an_odd_record_with_noise_beside_it_is_rejected(odd: bytes, noise: tuple[bytes, bytes]) -> None:
    before, behind = noise
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [PASS + before + odd + behind + PASS + END])
    assert [reading.raw for reading in readings_of(outputs)] == [PASS, PASS]
    assert [rejection.data for rejection in rejected_of(outputs)] == [odd]


def test_records_of_the_other_model_are_no_results() -> None:
    stream = HELLO + END + PASS_IN_APRIL + PASS_IN_APRIL + END
    for chunks in ([stream], single_bytes(stream)):
        outputs = decode(FAMILY.decoder(FAMILY.profile("dy-6400"), passive=True), chunks)
        assert not readings_of(outputs)
        assert [rejection.detail for rejection in rejected_of(outputs)] == ["a record of the other model"] * 2
