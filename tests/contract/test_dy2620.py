# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-2620. The golden frames were written out by hand from the layout of the facts; their
CRCs were computed by pymodbus."""

from dataclasses import replace
from datetime import datetime
from random import Random

from firmware_adapters.contract import Reading, Send, Specimen
from firmware_adapters.dy2620 import FAMILY
from firmware_adapters.dy2620.frames import page_request
from firmware_adapters.dy2620.simulator import VirtualOilTester
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Conversation, Expected, Vector, readings_of
from wire.terms import Verdict

ITEM = "polar_compounds"
REQUEST = bytes.fromhex("01 65 00 00 00 01 8C 02")
# 2026-03-05 09:41, 171.5 degrees, 27.1 %; then 10:01 (01 65 within the record), 160.0 degrees, 0 %
TWO = bytes.fromhex("01 65 14 1A 03 05 09 29 00 06 B3 01 0F 1A 03 05 0A 01 65 06 40 00 00 47 D2")
EMPTY = bytes.fromhex("01 65 00 0B 50")
NO_PAGE = bytes.fromhex("01 E5 02 EB 51")
# Never written; then a month that is none, 6.5 %; then FFFF
ODD = bytes.fromhex("01 65 1E" + "FF" * 10 + "1A 0D 05 09 29 00 06 B3 00 41 1A 03 05 09 29 00 06 B3 FF FF E2 3C")
OTHER_LAYOUT = bytes.fromhex("01 65 0B 1A 03 05 09 29 00 06 B3 01 0F 00 FB E5")

FRIED = Expected(
    ITEM,
    27.1,
    "27.1",
    (
        ("item_name", "极性组分"),
        ("unit", "%"),
        ("verdict", None),
        ("limit", None),
        ("measured_at", datetime(2026, 3, 5, 9, 41)),
        ("measured_at_text", "26-03-05 09:41:00"),
        ("flags", ()),
        ("extra", {"temperature": "171.5", "temperature_unit_code": "0"}),
        ("raw", TWO[3:13]),
        ("offset", 3),
    ),
)
FRESH = Expected(ITEM, 0.0, "0.0", (("measured_at", datetime(2026, 3, 5, 10, 1)), ("flags", ())))
BAD_MONTH = Expected(ITEM, 6.5, "6.5", (("measured_at", None), ("flags", ("bad_time",))))
OVER = Expected(ITEM, 6553.5, "6553.5", (("flags", ("implausible",)),))


class TestDy2620(AdapterKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte != 1)
    vectors = (
        Vector("zeros, as of a cable plugged in, then a page", bytes(1500) + TWO, (replace(FRIED, has=()), FRESH), 1),
        Vector("two records and an empty page", TWO + EMPTY, (FRIED, FRESH), 2),
        Vector("no such page", TWO + NO_PAGE, (FRIED, FRESH), 2),
        Vector("a bad check", TWO[:-1] + b"\0" + TWO, (replace(FRIED, has=()), FRESH), 1, ("checksum",)),
        Vector("records that were never written or cannot be", ODD, (BAD_MONTH, OVER), 1),
        Vector("a length that lies", b"\x01\x65\xff" + TWO, (replace(FRIED, has=()), FRESH), 1, ("length",)),
        Vector("another layout", OTHER_LAYOUT + TWO, (replace(FRIED, has=()), FRESH), 1, ("length",)),
        Vector("a longer length, cut short", b"\x01\x65\xf0" + TWO, (replace(FRIED, has=()), FRESH), 1, ("truncated",)),
        Vector("the end is missing", EMPTY + TWO[:-3], (), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), "", ITEM, value, datetime(2026, 3, 5, 9, place))
        for place, value in enumerate((0.0, 27.0, 27.1, 5.5, 99.9, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0))
    )

    def may_be_silent(self, gap: bytes) -> bool:
        return gap in (b"", REQUEST)

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.value == specimen.value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is None
        )


def test_the_documented_request() -> None:
    assert page_request(0) == REQUEST


def test_a_request_in_a_capture_is_passed_over() -> None:
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    decoder.start(0.0)
    outputs = decoder.receive(REQUEST + TWO + REQUEST + EMPTY, 0.0)
    assert [reading.offset for reading in readings_of(outputs)] == [11, 21]
    assert decoder.stop(0.0) == []


def test_what_the_profile_calls_not_available_is_an_invalid_result() -> None:
    profile = FAMILY.profile().model_copy(update={"not_available": ("FFFF",)})
    decoder = FAMILY.decoder(profile, passive=True)
    decoder.start(0.0)
    last = readings_of(decoder.receive(ODD, 0.0))[-1]
    assert (last.value, last.value_text, last.verdict, last.flags) == (None, "NA", Verdict.INVALID, ("not_available",))


def test_pages_are_asked_until_one_is_empty_or_is_refused() -> None:
    for says_no in (False, True):
        simulator = VirtualOilTester(Random(1), says_no=says_no)
        for place in range(15):
            simulator.measure(Specimen(str(place), "", ITEM, 5.0, datetime(2026, 3, 5, 9, place)))
        outputs = Conversation(FAMILY.decoder(FAMILY.profile()), simulator).run(lambda found: len(found) > 15)
        sent = [output.data for output in outputs if isinstance(output, Send)]
        assert sent[:4] == [page_request(0), page_request(1), page_request(2), page_request(0)]


def test_a_virtual_test_that_is_read_again_is_the_same_to_the_byte() -> None:
    """Keep the oil's temperature, which is in the record: one drawn at each read would make a new test of it."""
    simulator = VirtualOilTester(Random(1))
    for place in range(3):
        simulator.measure(Specimen(str(place), "", ITEM, 5.0, datetime(2026, 3, 5, 9, place)))
    first, again = (simulator.receive(page_request(0), now) for now in (0.0, 60.0))
    assert first == again
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    decoder.start(0.0)
    once, twice = (readings_of(decoder.receive(page, 0.0)) for page in (first, again))
    assert [replace(reading, offset=0) for reading in once] == [replace(reading, offset=0) for reading in twice]
