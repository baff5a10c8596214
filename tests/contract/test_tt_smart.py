"""The conformance kit on the TT smart series. The golden groups were put together by hand from the layout of the
facts."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from firmware_adapters.contract import Reading, Send, Specimen
from firmware_adapters.profile import ItemMap, Profile
from firmware_adapters.tt_smart import FAMILY
from tests.contract.adapter_kit import Expected, Vector, decode, readings_of, rejected_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Role, Verdict

START, END, MODEL = b"\x1b\xc1", b"\x1b\xfe", b"\x1b\x05"
PASSED_OVER = re.compile(rb"(\x1b[\x01-\x3f\xc1\xfe\xfb\xbf\xb1\xb9\xff]|\x24|\xb1\xff|\x00{501}|\xff{501})*")
COMMON = bytes.fromhex("01 00 1A 03 05 09 29 07").ljust(29, b"\0")


def _well(channel: int, number: int, name: str, source: str, note: str, floats: str, verdict: int) -> bytes:
    texts = ((name, 15), (source, 7), (note, 21))
    padded = b"".join(text.encode("gbk").ljust(width, b"\0") for text, width in texts)
    return bytes((channel, number & 0xFF, number >> 8)) + padded + bytes.fromhex(floats) + bytes((verdict,))


def _group(*wells: bytes, common: bytes = COMMON) -> bytes:
    return (common + b"".join(wells)).ljust(501, b"\0")


# 0.596 and 34.8 are the documented floats; the third is 50.
CABBAGE = _well(1, 7, "小白菜", "东门", "早市", "3F18928B 420B32FB 42480000", 1)
CHIVES = _well(2, 258, "韭菜", "", "", "3F18928B 42A00000 42480000", 2)
NAMED_ONLY = _well(3, 9, "芹菜", "", "", "00000000 00000000 00000000", 0)
CONTROL = _well(4, 0, "对照", "", "", "3F800000 00000000 00000000", 0)
UNREADABLE = _well(5, 10, "豇豆", "", "", "3F800000 7FC00000 42480000", 1)
ZERO = _well(6, 11, "茄子", "", "", "00000000 00000000 00000000", 1)
MARKS = _well(1, 11, "\x1b", "", "", "1BFE1BC1 1BB91BFF 24242424", 1)

ONE = _group(CABBAGE, CHIVES, NAMED_ONLY, CONTROL, UNREADABLE, ZERO)
OTHER = _group(CABBAGE, common=b"\x24" + COMMON[1:])

READ_CABBAGE = Expected(
    "unknown",
    34.79978561401367,
    "34.799786",
    (
        ("channel", 1),
        ("sample_number", "7"),
        ("commodity", "小白菜"),
        ("verdict", Verdict.PASS),
        ("role", Role.SAMPLE),
        ("measured_at", None),
        ("mark", COMMON.hex()),
        ("flags", ()),
        ("extra", {"source": "东门", "note": "早市", "float_1": "0.59598607", "float_3": "50"}),
    ),
)
READ_CHIVES = Expected("unknown", 80.0, "80", (("sample_number", "258"), ("verdict", Verdict.FAIL)))
READ_CONTROL = Expected("unknown", 0.0, "0", (("channel", 4), ("role", Role.CONTROL), ("verdict", None)))
READ_NA = Expected("unknown", None, "NA", (("verdict", Verdict.INVALID), ("flags", ("not_available",))))
READ_ZERO = Expected("unknown", 0.0, "0", (("channel", 6), ("verdict", Verdict.PASS)))
ALL = (READ_CABBAGE, READ_CHIVES, READ_CONTROL, READ_NA, READ_ZERO)
READ_OTHER = replace(READ_CABBAGE, has=(("channel", 1),))


class TestTtSmart(UncheckedKit):
    family = FAMILY
    quiet = bytes((0xF0, 0xAA, 0xE7))
    vectors = (
        Vector("a noisy line, then a group", b"\xf0" * 1500 + START + ONE + END, ALL, 1),
        Vector("two groups", MODEL + START + ONE + OTHER + END, (*ALL, READ_OTHER), 2),
        Vector(
            "groups asked one by one, both sides captured",
            b"\x1b\xbf" + MODEL + b"\x1b\xb1" + START + b"\x24" + ONE + b"\x24" + OTHER + b"\x24" + END + b"\x1b\xff",
            (*ALL, READ_OTHER),
            2,
        ),
        Vector("numbers never measured", START + _group(MARKS, CHIVES) + ONE + END, ALL, 1, ("record",)),
        Vector("one byte was lost", START + ONE[:300] + ONE[301:] + OTHER + END, (READ_OTHER,), 1, ("record",)),
        Vector("the capture began in a group", ONE[200:] + OTHER + END, (READ_OTHER,), 1),
        Vector("the end is missing", START + ONE + OTHER[:400], ALL, 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), name, "unknown", value, datetime(2026, 3, 5, 9, place, 7), verdict)  # noqa: DTZ001
        for place, (name, value, verdict) in enumerate(
            (
                ("白菜", 0.0, Verdict.PASS),
                ("韭菜", 49.5, Verdict.PASS),
                ("芹菜", 63.25, Verdict.FAIL),
                ("豇豆", -9.0, Verdict.INVALID),
                *((f"茄子{place}", place / 4, Verdict.PASS) for place in range(6)),
            )
        )
    )

    def may_be_silent(self, gap: bytes) -> bool:
        return PASSED_OVER.fullmatch(gap) is not None

    def simulated_profiles(self) -> Sequence[Profile]:
        asking = FAMILY.profile()
        return asking, asking.model_copy(update={"settings": {**asking.settings, "asks_next": False}})

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.sample_number == specimen.number
            and reading.commodity == specimen.commodity
            and reading.value == (None if specimen.verdict is Verdict.INVALID else specimen.value)
            and reading.verdict is specimen.verdict
        )


def test_the_profile_says_what_is_tested_for_and_which_float_is_the_result() -> None:
    item = ItemMap(code="pesticide_inhibition", name="农药残留（抑制率）", unit="%").model_dump()
    profile = FAMILY.profile().model_copy(update={"settings": {"item": item, "value_float": 1}})
    first = readings_of(decode(FAMILY.decoder(profile, passive=True), [START + ONE + END]))[0]
    assert (first.item, first.unit, first.value_text) == ("pesticide_inhibition", "%", "0.59598607")
    assert first.extra["float_2"] == "34.799786"


def test_a_command_goes_out_before_the_tester_returns_home() -> None:
    """Keep the tester awake: it returns home after ten seconds without a command."""
    decoder = FAMILY.decoder(FAMILY.profile())
    decoder.start(0.0)
    decoder.receive(MODEL, 0.1)
    decoder.tick(0.7)
    decoder.receive(START, 1.0)
    for now in (1.6, 5.0, 9.0):
        assert decoder.tick(now) == [Send(b"\x24")]
        decoder.receive(ONE, now + 0.6)
        assert decoder.deadline is not None
        assert decoder.deadline <= now + 1.2


def test_a_verdict_that_is_not_documented_costs_no_result() -> None:
    odd = CHIVES[:-1] + b"\x03"
    for chunks in ([START + _group(CABBAGE, odd) + END], single_bytes(START + _group(CABBAGE, odd) + END)):
        readings = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), chunks))
        assert [(reading.channel, reading.verdict, reading.flags) for reading in readings] == [
            (1, Verdict.PASS, ()),
            (2, None, ("unknown_verdict",)),
        ]


def test_a_verdict_on_no_number_is_no_group() -> None:
    outputs = decode(
        FAMILY.decoder(FAMILY.profile(), passive=True), [START + _group(CABBAGE, bytes(58) + b"\x03") + END]
    )
    assert not readings_of(outputs)
    assert [rejection.reason for rejection in rejected_of(outputs)] == ["record"]
