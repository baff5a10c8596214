# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-6100. The golden reports were written out by hand from the layout of the facts."""

from dataclasses import replace
from datetime import datetime
from typing import cast

import pytest

from firmware_adapters.contract import Decoder, Reading, RoundRead, Send, Specimen
from firmware_adapters.dy6100 import FAMILY
from firmware_adapters.dy6100.reports import request
from firmware_adapters.profile import Profile
from firmware_adapters.registry import MakeDecoder
from tests.contract.adapter_kit import AdapterKit, Expected, Vector, decode, readings_of, rejected_of

ITEM = "atp"
# 256 RLU (00 01 00), 2026-03-05 09:41:07, limits 0A 00 1E
DIRTY = bytes.fromhex("01 00 01 00 00 1A 03 05 09 29 00 00 00 00 0A 00 1E 07")
# 0 RLU, 09:42:30
CLEAN = bytes.fromhex("02 00 00 00 00 1A 03 05 09 2A 00 00 00 00 0A 00 1E 1E")
# 16711422 RLU (FE FE FE): end marks in the data; an hour that is none
ODD = bytes.fromhex("03 FE FE FE 00 1A 03 05 FF 2A 00 00 00 00 0A 00 1E 1E")
EMPTY = bytes(18)


def _sealed(body: bytes) -> bytes:
    return (body + bytes((sum(body[1:]) % 256, 0xFE))).ljust(64, b"\0")


TWO = _sealed(bytes.fromhex("FF 3C 30 02") + DIRTY + CLEAN + EMPTY)
THREE = _sealed(bytes.fromhex("FF 3C 31 03") + ODD + CLEAN + DIRTY)
NONE = _sealed(bytes.fromhex("FF 3C 31 00") + EMPTY * 3)
BAD = TWO[:58] + bytes(((TWO[58] + 0x55) % 256,)) + TWO[59:]
# A report that fills its 64 bytes; the same with the head in its sum.
FILLED = bytes.fromhex("FF 40 30 01") + DIRTY + EMPTY * 2 + bytes(4)
OTHER_SUM = FILLED + bytes((sum(FILLED) % 256, 0xFE))
FILLED += bytes((sum(FILLED[1:]) % 256, 0xFE))

READ_DIRTY = Expected(
    ITEM,
    256.0,
    "256",
    (
        ("unit", "RLU"),
        ("verdict", None),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("measured_at_text", "26-03-05 09:41:07"),
        ("flags", ()),
        ("extra", {"limits": "0a001e", "first_byte": "1"}),
        ("raw", DIRTY),
    ),
)
READ_CLEAN = Expected(ITEM, 0.0, "0", (("measured_at", datetime(2026, 3, 5, 9, 42, 30)), ("flags", ())))
READ_ODD = Expected(ITEM, 16711422.0, "16711422", (("measured_at", None), ("flags", ("bad_time",))))

ALL_FIVE = (READ_DIRTY, READ_CLEAN, READ_ODD, READ_CLEAN, READ_DIRTY)


def _decoder(profile: Profile, *, passive: bool = False) -> Decoder:
    """Return the decoder of a tester whose sums begin at a known place: then every damage of a byte is seen."""
    known = profile.model_copy(update={"settings": {**profile.settings, "sum_from": 1}})
    return FAMILY.decoder(known, passive=passive)


class TestDy6100(AdapterKit):
    family = replace(FAMILY, decoder=cast("MakeDecoder", _decoder))
    quiet = bytes(byte for byte in range(1, 255))
    ignorable = b"\0"
    vectors = (
        Vector("a noisy line, then a report", b"\x01" * 1500 + TWO, (READ_DIRTY, READ_CLEAN), 1),
        Vector("reports until one is empty", TWO + THREE + NONE, ALL_FIVE, 3),
        Vector("a bad sum", BAD + THREE, ALL_FIVE[2:], 1, ("checksum",)),
        Vector("a report without its padding", TWO[:60] + THREE[:60], ALL_FIVE, 2),
        Vector("64 bytes long", FILLED + TWO, (READ_DIRTY, READ_DIRTY, READ_CLEAN), 2),
        Vector("the end is missing", TWO + THREE[:40], (READ_DIRTY, READ_CLEAN), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), "", ITEM, value, datetime(2026, 3, 5, 9, place, 7))
        for place, value in enumerate((0.0, 1.0, 256.0, 65536.0, 16777215.0, 30.0, 31.0))
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.value == specimen.value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is None
        )


def test_a_request_is_a_whole_report() -> None:
    assert request(0x30, 1) == bytes.fromhex("FF 08 30 00 00 00 38 FE").ljust(64, b"\0")
    assert request(0x31, 0) == bytes.fromhex("FF 08 31 00 00 00 38 FE").ljust(64, b"\0")


def test_requests_in_a_capture_are_passed_over() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [request(0x30, 1) + TWO + request(0x31, 1) + NONE])
    assert [reading.value for reading in readings_of(outputs)] == [256.0, 0.0]
    assert len(outputs) == 4


def test_the_next_records_are_asked_until_a_report_is_empty_or_comes_again() -> None:
    for last in (NONE, TWO, bytes.fromhex("FF 08 31 00 00 00 39 FE").ljust(64, b"\0")):
        decoder = FAMILY.decoder(FAMILY.profile())
        assert decoder.start(0.0) == [Send(request(0x30, 1))]
        decoder.receive(TWO, 0.1)
        assert decoder.tick(0.3) == [Send(request(0x31, 1))]
        decoder.receive(last, 0.4)
        assert decoder.tick(0.6) == [RoundRead()]
        assert decoder.tick(30.7) == [Send(request(0x30, 1))]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_where_the_sum_begins_is_learnt_from_the_first_good_report(first: int) -> None:
    body = TWO[:58]
    report = (body + bytes((sum(body[first:]) % 256, 0xFE))).ljust(64, b"\0")
    damaged = report[:6] + bytes((report[6] ^ 1,)) + report[7:]
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [report + damaged + report])
    assert [reading.value for reading in readings_of(outputs)] == [256.0, 0.0, 256.0, 0.0]
    assert [rejection.reason for rejection in rejected_of(outputs)] == ["checksum"]


def test_a_report_may_fill_its_64_bytes_whatever_its_sum() -> None:
    assert readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [OTHER_SUM]))[0].value == 256.0
