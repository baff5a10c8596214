"""The conformance kit on the DY colloidal-gold module. Three frames are documented byte for byte; the others were put
together by hand from the layout of the facts, the CRC by the definition of its polynomial."""

import re
from collections.abc import Sequence
from datetime import datetime

from firmware_adapters.contract import FrameRejected, Reading, Specimen
from firmware_adapters.dy_gold import FAMILY
from firmware_adapters.dy_gold.frames import request
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector, decode, frames_of, readings_of, rejected_of

AT = datetime(2026, 3, 5, 9, 41, 7)  # noqa: DTZ001 - the clock of a device has no zone
HOST = re.compile(rb"(?s:\x7e[\x01\x11\x13\x15]\0\0.\x7e)*")
VERSION = bytes.fromhex("7E 02 00 03 01 10 13 29 7E")
MOVED = bytes.fromhex("7E 12 00 00 12 7E")
PRESENT = bytes.fromhex("7E 14 00 01 01 16 7E")
ABSENT = bytes.fromhex("7E 14 00 01 00 15 7E")


def _crc(data: bytes) -> int:
    """Compute the CRC by long division by x^8 + x^5 + x^4 + 1."""
    rest = int.from_bytes(data + b"\0", "big")
    for place in range(len(data) * 8 - 1, -1, -1):
        if rest >> (place + 8) & 1:
            rest ^= 0x131 << place
    return rest


def _v1(command: int, data: bytes) -> bytes:
    body = bytes((command,)) + len(data).to_bytes(2, "big") + data
    return b"\x7e" + body + bytes((sum(body) % 256, 0x7E))


def _v3(command: int, data: bytes) -> bytes:
    body = bytes((command,)) + len(data).to_bytes(2, "little") + data
    return b"\x7e" + body + bytes((_crc(body), 0x7E))


# 89 points of 7E7E, the lowest 0005 in their midst: heads and tails everywhere.
CURVE = b"\x7e\x7e" * 44 + b"\x05\x00" + b"\x7e\x7e" * 44
LONG_CURVE = bytes(range(256)) + bytes(range(226))  # 241 points
COUNTS = b"\x10\x27" * 64

SCANNED = Expected(
    "strip_scan",
    None,
    "",
    (
        ("verdict", None),
        ("measured_at", None),
        ("flags", ("curve_only",)),
        ("extra", {"points": "89", "lowest": "5", "lowest_at": "44", "kind": "strip", "module": "01 10 13"}),
    ),
)
SCANNED_LONG = Expected("strip_scan", None, "", (("flags", ("curve_only",)),))
SCANNED_UNKNOWN = Expected("strip_scan", None, "", (("extra", {"points": "89", "lowest": "5", "lowest_at": "44"}),))
COUNTED = Expected(
    "strip_scan",
    None,
    "",
    (("extra", {"points": "64", "lowest": "10000", "lowest_at": "0", "kind": "photometer", "module": "06 10 13"}),),
)
SCAN, LONG_SCAN = _v1(0x16, CURVE), _v1(0x16, LONG_CURVE)
V3_VERSION, V3_SCAN = _v3(0x02, b"\x03\x10\x20"), _v3(0x16, LONG_CURVE)
DAMAGED = SCAN[:50] + b"\x7f" + SCAN[51:]
NO_TAIL = SCAN[:-1] + b"\x7f"


class TestDyGold(AdapterKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte != 0x7E)
    vectors = (
        Vector("zeros, as of a cable plugged in, then a session", bytes(1500) + VERSION + SCAN, (SCANNED,), 2),
        Vector("a session", VERSION + ABSENT + MOVED + PRESENT + SCAN + LONG_SCAN, (SCANNED, SCANNED_LONG), 6),
        Vector("the capture began later", SCAN + V3_SCAN, (SCANNED_UNKNOWN, SCANNED_LONG), 2),
        Vector("v3", V3_VERSION + _v3(0x14, b"\1") + V3_SCAN, (SCANNED_LONG,), 3),
        Vector("the module was changed", VERSION + SCAN + V3_VERSION + V3_SCAN, (SCANNED, SCANNED_LONG), 4),
        Vector("hardware 06 counts light", _v1(0x02, b"\x06\x10\x13") + _v1(0x16, COUNTS), (COUNTED,), 2),
        Vector("a bad check", VERSION + DAMAGED + SCAN, (SCANNED,), 2, ("checksum",)),
        Vector("a wrong tail", VERSION + NO_TAIL + SCAN, (SCANNED,), 2, ("end_mark",)),
        Vector("a length that lies", VERSION + b"\x7e\x16\xff\xff" + SCAN, (SCANNED,), 2, ("length",)),
        Vector("the end is missing", VERSION + SCAN[:-1], (), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), "", "strip_scan", value, AT) for place, value in enumerate((0.0, 1.26, 32.0))
    )

    def is_range(self, rejected: FrameRejected) -> bool:
        """Return False for a whole frame whose data make no curve: it is counted as a frame too."""
        return rejected.reason != "record"

    def may_be_silent(self, gap: bytes) -> bool:
        """Return True for a host's request: six bytes without data."""
        return HOST.fullmatch(gap) is not None

    def simulated_profiles(self) -> Sequence[Profile]:
        return FAMILY.profile("dy-gold"), FAMILY.profile("dy-gold-v3")

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return reading.item == specimen.item and reading.extra["lowest"] == str(round(specimen.value * 100))


def test_the_documented_frames_come_out_whole() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [VERSION + MOVED + PRESENT])
    assert [(frame.offset, frame.length) for frame in frames_of(outputs)] == [(0, 9), (9, 6), (15, 7)]
    assert len(outputs) == 3


def test_once_the_variant_is_known_the_other_is_refused() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [VERSION + _v3(0x16, COUNTS)])
    assert not readings_of(outputs)
    assert rejected_of(outputs)


def test_what_the_host_said_is_passed_over_in_either_variant() -> None:
    for variant, version in (("v1", VERSION), ("v3", V3_VERSION)):
        asked = request(0x01, variant) + version + request(0x13, variant)  # type: ignore[arg-type]
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [asked])
        assert [(frame.offset, frame.length) for frame in frames_of(outputs)] == [(6, 9)]
        assert len(outputs) == 1


def test_the_curve_tells_scans_apart_and_is_no_name() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [VERSION + SCAN + LONG_SCAN + SCAN])
    marks = [reading.mark for reading in readings_of(outputs)]
    assert marks[0] == marks[2] != marks[1]
    assert {reading.record for reading in readings_of(outputs)} == {""}


def test_half_a_point_is_no_curve() -> None:
    odd = _v1(0x16, CURVE + b"\0")
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [VERSION + odd])
    assert [(rejection.reason, rejection.data) for rejection in rejected_of(outputs)] == [("record", odd)]


def test_what_has_the_form_of_a_request_and_data_is_not_passed_over_in_silence() -> None:
    """Reproduce a find of fuzzing: a scan whose command became 15 and whose sum happened to fit."""
    stream = VERSION + _v1(0x15, CURVE) + SCAN
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert len(readings_of(outputs)) == 1
    assert [(rejection.reason, rejection.offset) for rejection in rejected_of(outputs)] == [("length", len(VERSION))]
