# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-3000 family. The golden frames were written out by hand from the layout of the
facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from firmware_adapters.checksums import xor8
from firmware_adapters.contract import FrameRejected, Reading, Specimen
from firmware_adapters.dy3000 import FAMILY, requests
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector, decode, frames_of, readings_of, rejected_of
from wire.terms import Role, Verdict

IDENTITY = bytes.fromhex("03 FE 20 00 00 00 00 00 08 00 D5 1D 44 45 56 49 43 45 37 32")  # DEVICE72
EMPTY = bytes.fromhex("03 FE 75 00 00 00 00 00 00 00 88 00")
COUNTED = bytes.fromhex("03 FE 43 00 00 00 00 00 02 00 BC 04 04 00")
CABBAGE = bytes.fromhex("03 FE 75 00 00 00 00 00 6E 00 E6 64") + (
    "样品编号：0007\r样品名称：白菜\r检测项目：农药残留\r检测结果：12.3%\r判定结果：合格\r"
    "检测时间：2026-03-05 09:41:07\r"
).encode("gb2312")
CONTROL = bytes.fromhex("03 FE 75 00 00 00 00 00 85 00 0D 69") + (
    "样品编号：0008\r样品名称：对照\r检测项目：甲醛\r检测结果：NA\r单位：mg/kg\r判定结果：合格\r"
    "检测日期：2026-03-05\r检测时间：09:42\r产地：本地\r"
).encode("gb2312")
BOTH = bytes.fromhex("03 FE 75 00 00 00 00 00 F3 00 7B 0D") + CABBAGE[12:] + CONTROL[12:]
BAD_HEAD = CABBAGE[:10] + b"\xe7" + CABBAGE[11:]
TOO_LONG = bytes.fromhex("03 FE 75 00 00 00 00 00 FF FF 88 00")
# Number, 32-bit time, value: 12.3; FE7F; FF7F; 0 with no time. A layout of this test's own: none is documented.
BINARY = bytes.fromhex(
    "03 FE 45 00 00 00 00 00 20 00 98 46 01 00 24 4D 65 34 7B 00 02 00 24 4D 65 34 FE 7F"
    "03 00 24 4D 65 34 FF 7F 04 00 00 00 00 00 00 00"
)
LAYOUT = {"size": 8, "number_at": 0, "time_at": 2, "value_at": 6, "divisor": 10.0}

READ_CABBAGE = Expected(
    "pesticide_inhibition",
    12.3,
    "12.3%",
    (
        ("unit", "%"),
        ("sample_number", "0007"),
        ("commodity", "白菜"),
        ("role", Role.SAMPLE),
        ("verdict", Verdict.PASS),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("measured_at_text", "2026-03-05 09:41:07"),
        ("flags", ()),
    ),
)
READ_CONTROL = Expected(
    "formaldehyde",
    None,
    "NA",
    (
        ("unit", "mg/kg"),
        ("role", Role.CONTROL),
        ("verdict", Verdict.INVALID),
        ("measured_at", datetime(2026, 3, 5, 9, 42)),
        ("flags", ("not_available",)),
        ("extra", {"产地": "本地"}),
    ),
)


class TestDy3000(AdapterKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte != 3)
    simulated_profile = "dy-7200"
    vectors = (
        Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + CABBAGE, (READ_CABBAGE,), 1),
        Vector(
            "identity, two records, an empty answer",
            IDENTITY + CABBAGE + CONTROL + EMPTY,
            (READ_CABBAGE, READ_CONTROL),
            4,
        ),
        Vector("two records in a frame", BOTH, (READ_CABBAGE, READ_CONTROL), 1),
        Vector("a bad check of the data", CABBAGE[:-1] + b"\n" + CONTROL, (READ_CONTROL,), 1, ("checksum",)),
        Vector("a bad check of the head", BAD_HEAD + CONTROL, (READ_CONTROL,), 1, ("checksum",)),
        Vector("cut short, then whole", CABBAGE[:60] + CONTROL, (READ_CONTROL,), 1, ("checksum",)),
        Vector("a count of records", COUNTED + CABBAGE, (READ_CABBAGE,), 2),
        Vector("a length that lies", TOO_LONG + CABBAGE, (READ_CABBAGE,), 1, ("length",)),
        Vector("the end is missing", CABBAGE + CONTROL[:-1], (READ_CABBAGE,), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(f"{place:04d}", commodity, "pesticide_inhibition", value, datetime(2026, 3, 5, 9, place, 8), verdict)
        for place, (commodity, value, verdict) in enumerate(
            (
                ("白菜", 0.0, Verdict.PASS),
                ("韭菜", 49.9, Verdict.PASS),
                ("芹菜", 63.2, Verdict.FAIL),
                ("豇豆", 48.0, Verdict.SUSPECT),
                ("茄子", -9.0, Verdict.INVALID),
            )
        )
    )

    def is_range(self, rejected: FrameRejected) -> bool:
        """Return False for a whole frame whose data make no sense (two XORs let much through): it is counted as a frame
        too."""
        return rejected.reason != "record"

    def simulated_profiles(self) -> Sequence[Profile]:
        return (
            FAMILY.profile("dy-7200"),
            _with_layout(FAMILY.profile("dy-3000")),
            _with_layout(FAMILY.profile("dy-6600")),
        )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        is_text = profile.name == "dy-7200"
        verdict = specimen.verdict if is_text or specimen.verdict is Verdict.INVALID else None
        return (
            int(reading.sample_number) == int(specimen.number)
            and reading.commodity == (specimen.commodity if is_text else "")
            and reading.value == (None if specimen.verdict is Verdict.INVALID else specimen.value)
            and reading.measured_at == specimen.measured_at
            and reading.verdict == verdict
        )


def _with_layout(profile: Profile, **more: Any) -> Profile:
    return profile.model_copy(update={"settings": {**profile.settings, "record": {**LAYOUT, **more}}})


def test_the_documented_requests() -> None:
    assert requests.records(0) == bytes.fromhex("03 FF 45 00 01 00 00 00 00 00 B8 00")
    asked = requests.days(0, datetime(2026, 3, 5), datetime(2026, 3, 5))
    assert asked[:11] == bytes.fromhex("03 FF 43 00 00 00 00 00 08 00 B7")
    assert asked[12:] == bytes.fromhex("00 00 65 34 7D BF 65 34")


def test_binary_records_are_read_as_the_profile_lays_them_out_and_none_is_dropped() -> None:
    outputs = decode(FAMILY.decoder(_with_layout(FAMILY.profile()), passive=True), [BINARY])
    assert [
        (reading.sample_number, reading.value, reading.value_text, reading.verdict, reading.flags)
        for reading in readings_of(outputs)
    ] == [
        ("1", 12.3, "12.3", None, ()),
        ("2", None, "NA", Verdict.INVALID, ("not_available",)),
        ("3", None, "NA", Verdict.INVALID, ("invalid",)),
        ("4", 0.0, "0", None, ("bad_time",)),
    ]
    first = readings_of(outputs)[0]
    assert (first.measured_at, first.raw, first.offset) == (datetime(2026, 3, 5, 9, 41, 8), BINARY[12:20], 12)


def test_a_binary_record_that_nobody_described_is_a_whole_frame_whose_data_are_kept() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [BINARY])
    assert len(frames_of(outputs)) == 1
    assert [(rejection.reason, rejection.data) for rejection in rejected_of(outputs)] == [("record", BINARY)]


def test_records_of_another_length_than_the_layout_are_kept_too() -> None:
    outputs = decode(FAMILY.decoder(_with_layout(FAMILY.profile(), skip=3), passive=True), [BINARY])
    assert [output.reason for output in outputs if isinstance(output, FrameRejected)] == ["record"]


def test_what_the_host_said_in_a_capture_is_passed_over() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [requests.records(2) + CABBAGE])
    assert [replace(reading, extra={}).offset for reading in readings_of(outputs)] == [12]
    assert len(outputs) == 2


def test_records_that_became_a_request_are_not_passed_over_in_silence() -> None:
    """Reproduce a find of fuzzing: 03 FE became 03 FF, and the head's XOR with it."""
    turned = b"\x03\xff" + CABBAGE[2:10] + b"\xe7" + CABBAGE[11:]
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [turned + CONTROL])
    assert len(readings_of(outputs)) == 1
    assert [(rejection.reason, rejection.offset) for rejection in rejected_of(outputs)] == [("length", 0)]


def _lines(text: bytes) -> bytes:
    head = bytes.fromhex("03 FE 65 00 00 00 00 00") + len(text).to_bytes(2, "little")
    return head + bytes((xor8(head), xor8(text))) + text


RESULT = "编号：{}\r样品名称：{}\r检测项目：甲醛\r检测结果：0\r"


def _read(text: bytes) -> list[FrameRejected | Reading]:
    outputs = decode(FAMILY.decoder(FAMILY.profile("dy-7200"), passive=True), [_lines(text)])
    return [output for output in outputs if isinstance(output, FrameRejected | Reading)]


def test_a_name_that_was_cut_within_a_hanzi_costs_no_result() -> None:
    text = RESULT.format("1", "白菜").encode("gb2312").replace("菜".encode("gb2312"), b"\xb2")
    cut, whole = _read(text + RESULT.format("2", "白菜").encode("gb2312"))
    assert isinstance(cut, Reading)
    assert isinstance(whole, Reading)
    assert (cut.commodity, cut.value, cut.flags) == ("白", 0.0, ("cut_name",))
    assert (whole.commodity, whole.sample_number, whole.flags) == ("白菜", "2", ())


def test_a_title_a_rule_and_the_head_of_a_report_cost_no_result() -> None:
    text = (
        "检测报告\r检测设备：DY-7200\r--------\r" + RESULT.format("1", "白菜") + "----\r" + RESULT.format("2", "韭菜")
    )
    rejected, *readings = _read(text.encode("gb2312"))
    assert isinstance(rejected, FrameRejected)
    assert [reading.commodity for reading in readings if isinstance(reading, Reading)] == ["白菜", "韭菜"]


def test_a_line_without_a_label_is_kept_with_the_record_before_it() -> None:
    (reading,) = _read((RESULT.format("1", "白菜") + "复检\r").encode("gb2312"))
    assert isinstance(reading, Reading)
    assert reading.extra == {"text": "复检"}
