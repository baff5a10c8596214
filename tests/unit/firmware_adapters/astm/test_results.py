"""A result record -> a Reading, by the profile."""

from datetime import datetime

import pytest

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import DeviceLimit
from firmware_adapters.profile import ProfileError
from tests.unit.firmware_adapters.astm.framing import ENQ, EOT, HEADER, only_reading, passive, profile_with, readings
from tests.unit.firmware_adapters.astm.framing import frame as make_frame
from wire.terms import Comparison, Role, Verdict


@pytest.mark.parametrize(
    ("test", "item"),
    [
        (b"^^^GLU", "GLU"),
        (b"^^^GLU^1^x", "GLU"),
        (b"^^^^WBC^1", "WBC"),
        (b"GLU", "GLU"),
        (b"^GLU", "GLU"),
        (b"^^^ GLU ", "GLU"),
        (b"", "ORDERED"),
        (b"^^^", "ORDERED"),
    ],
)
def test_the_item_is_the_local_code_or_the_first_that_there_is(test: bytes, item: str) -> None:
    assert only_reading(b"R|1|" + test + b"|5", order=b"O|1|S||^^^ORDERED\r").item == item


def test_without_any_code_the_item_is_unknown_and_still_a_result() -> None:
    assert only_reading(b"R|1||5", order=b"O|1|S||^^^A\\^^^B\r").item == "unknown"
    assert only_reading(b"R").item == "GLU"


@pytest.mark.parametrize(
    ("order", "sample"),
    [
        (b"O|1|S1||", "S1"),
        (b"O|1|44444411^2^10||", "44444411"),
        (b"O|1|^1068687|", "1068687"),
        (b"O|1||X7^1|", "X7"),
        (b"O|1||10^2^              1234567^M|", "1234567"),
        (b"O|1||^^   1234567^B|", "1234567"),
        (b"O|1||000000^02^     6550049^B^|", "6550049"),
        (b"O|1||000000^02^^B^|", ""),
        (b"O|1||", ""),
    ],
)
def test_the_sample_is_the_specimen_id(order: bytes, sample: str) -> None:
    assert only_reading(b"R|1|^^^X|5", order=order + b"\r").sample_number == sample


def test_two_quotes_are_an_empty_field() -> None:
    reading = only_reading(b'R|1|^^^X|""|""||""||F||""', order=b'O|1|""|X7\r')
    assert (reading.value, reading.value_text, reading.unit, reading.operator) == (None, '""', "", "")
    assert (reading.sample_number, reading.flags[:2]) == ("X7", ("no_value", "status:F"))


def test_a_patient_id_stands_in_for_a_missing_specimen_id_and_a_name_never_does() -> None:
    stream = make_frame(1, HEADER + b"P|1|PID9|||Doe^John\rO|1||\rR|1|^^^X|5\rL|1\r")
    (reading,) = readings(passive(ENQ + stream + EOT))
    assert reading.sample_number == "PID9"
    assert "sample_is_patient_id" in reading.flags
    assert "Doe" not in repr(reading)


@pytest.mark.parametrize(
    ("completed", "measured"),
    [
        (b"20261123081530", datetime.fromisoformat("2026-11-23T08:15:30")),
        (b"202611230815", datetime.fromisoformat("2026-11-23T08:15:00")),
        (b"2026112308", datetime.fromisoformat("2026-11-23T08:00:00")),
        (b"20261123081530+0800", datetime.fromisoformat("2026-11-23T08:15:30")),
        (b"20261123081530.250", datetime.fromisoformat("2026-11-23T08:15:30")),
        (b"20261123", None),
        (b"20261323081530", None),
        (b"00000000000000", None),
        (b"yesterday", None),
    ],
)
def test_the_time_is_the_devices_own_and_may_be_partial(completed: bytes, measured: datetime | None) -> None:
    reading = only_reading(b"R|1|^^^X|5|||||F|||20250101000000|" + completed)
    assert reading.measured_at == measured
    assert reading.measured_at_text == completed.decode()


def test_started_stands_in_for_completed_and_the_message_for_both() -> None:
    assert only_reading(b"R|1|^^^X|5|||||F|||20250101000000").measured_at_text == "20250101000000"
    reading = only_reading(b"R|1|^^^X|5")
    assert reading.measured_at_text == "20260101080000"
    assert "time_of_message" in reading.flags


def test_a_result_that_cannot_be_done_is_invalid() -> None:
    reading = only_reading(b"R|1|^^^X|5.1|||||X")
    assert reading.verdict is Verdict.INVALID
    assert reading.flags[-2:] == ("status:X", "time_of_message")


@pytest.mark.parametrize("flag", [b"<", b"H\\<"])
def test_a_number_off_the_scale_is_no_value(flag: bytes) -> None:
    reading = only_reading(b"R|1|^^^X|15|mg/L||" + flag)
    assert reading.value is None
    assert reading.value_text == "15"
    assert "below_range" in reading.flags


def test_two_repeats_are_no_value() -> None:
    reading = only_reading(b"R|1|^^^X|1\\2")
    assert (reading.value, reading.value_text) == (None, "1\\2")
    assert "ambiguous_value" in reading.flags


@pytest.mark.parametrize(
    ("order", "header", "role"),
    [
        (b"O|1|S||^^^X|||||||Q\r", HEADER, Role.CONTROL),
        (b"O|1|S||^^^X|||||||N\r", HEADER, Role.SAMPLE),
        (b"O|1|S||^^^X\r", HEADER.replace(b"|P|", b"|Q|"), Role.CONTROL),
    ],
)
def test_a_control_is_never_a_sample(order: bytes, header: bytes, role: Role) -> None:
    assert only_reading(b"R|1|^^^X|5", order=order, header=header).role is role


def test_a_training_run_is_said() -> None:
    assert "training" in only_reading(b"R|1|^^^X|5", header=HEADER.replace(b"|P|", b"|T|")).flags


def test_comments_belong_to_the_record_above_them() -> None:
    text = HEADER + b"O|1|S\rC|1|I|of the order\rR|1|^^^X|5\rC|1|I|first\rC|2|I|second\rM|1|x\rC|1|I|of M\rL|1\r"
    (reading,) = readings(passive(ENQ + make_frame(1, text) + EOT))
    assert reading.extra["comment"] == "first; second"


def test_a_word_is_a_verdict_only_where_the_profile_says_so() -> None:
    assert only_reading(b"R|1|^^^X|NEGATIVE^0.2").verdict is None
    profile = profile_with('verdicts = { NEGATIVE = "pass" }')
    reading = only_reading(b"R|1|^^^X|NEGATIVE^0.2", profile)
    assert (reading.verdict, reading.value, reading.unit) == (Verdict.PASS, 0.2, "")


def test_verdicts_may_stand_in_the_flags() -> None:
    profile = profile_with('verdicts = { A = "fail" }\noptions = { verdict_from = "flags" }')
    assert only_reading(b"R|1|^^^X|0.2|||N\\A", profile).verdict is Verdict.FAIL


def test_items_are_mapped_and_scaled() -> None:
    profile = profile_with('items = { X = { code = "nitrite", name = "n", unit = "mg/kg", scale = 0.001 } }')
    reading = only_reading(b"R|1|^^^X|1500|ug/kg", profile)
    assert (reading.item, reading.item_name, reading.unit) == ("nitrite", "n", "mg/kg")
    assert reading.value == pytest.approx(1.5)
    assert reading.value_text == "1500"


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        (b"<=0.5", DeviceLimit(Comparison.ABOVE, 0.5, "mg/kg")),
        (b"<0.5", DeviceLimit(Comparison.AT_LEAST, 0.5, "mg/kg")),
        (b">= 6", DeviceLimit(Comparison.BELOW, 6.0, "mg/kg")),
        (b"0.15 - 0.40", None),
        (b"", None),
    ],
)
def test_the_range_is_a_limit_where_the_profile_says_so(written: bytes, limit: DeviceLimit | None) -> None:
    profile = profile_with("options = { limit_from_range = true }")
    assert only_reading(b"R|1|^^^X|1|mg/kg|" + written, profile).limit == limit
    assert only_reading(b"R|1|^^^X|1|mg/kg|" + written).limit is None


def test_line_feeds_between_records_are_borne() -> None:
    text = b"H|\\^&|||A\r\nO|1|S\r\nR|1|^^^X|5\r\nL|1\r\n"
    for variant in (text, text.replace(b"\r\n", b"\n")):
        (reading,) = readings(passive(ENQ + make_frame(1, variant) + EOT))
        assert (reading.sample_number, reading.value, reading.raw) == ("S", 5.0, b"R|1|^^^X|5")


@pytest.mark.parametrize("cut", [b"|5.12", b"|5", b""])
def test_frames_cut_by_etx_are_joined_unless_a_record_begins(cut: bytes) -> None:
    first = make_frame(1, HEADER + b"O|1|S\rR|1|^^^X" + cut)
    rest = b"|5.12|mg\r".removeprefix(cut)
    (joined,) = readings(passive(ENQ + first + make_frame(2, rest + b"L|1\r") + EOT))
    assert (joined.value, joined.unit) == (5.12, "mg")


def test_records_without_line_ends_are_ended_by_their_frames() -> None:
    frames = [
        make_frame(i + 1, text)
        for i, text in enumerate([HEADER[:-1], b"O|1|S", b"R|1|^^^X|5", b"R|2|^^^X|6", b"L|1|N"])
    ]
    outputs = readings(passive(ENQ + b"".join(frames) + EOT))
    assert [reading.value for reading in outputs] == [5.0, 6.0]


@pytest.mark.parametrize(
    "text",
    [
        "options = { nonsense = 1 }",
        "settings = { nonsense = 1 }",
        'options = { verdict_from = "anywhere" }',
        'options = { item_pattern = "(" }',
        'options = { item_pattern = "x" }',
        'options = { item_components = "4,,7" }',
        'options = { sample_from = "patient" }',
        'quirks = [{ name = "odd", evidence = "none" }]',
    ],
)
def test_a_profile_with_options_that_mean_nothing_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match="test"):
        FAMILY.decoder(profile_with(text))


def test_a_rerun_under_one_order_is_kept_and_marked() -> None:
    first, other = b"R|1|^^^ALB|NA\r", b"R|2|^^^ALB^I|5\r"
    again = b"R|1|^^^ALB|4.1\rC|1|I|rerun\rR|1|^^^ALB|4.1\r"
    next_order = b"O|2|S2\rR|1|^^^ALB|4.1\rL|1\r"
    stream = make_frame(1, HEADER + b"P|1\rO|1|S1\r" + first + other + again + next_order)
    read = readings(passive(ENQ + stream + EOT))
    assert [reading.value for reading in read] == [None, 5.0, 4.1, 4.1, 4.1]
    assert ["repeated" in reading.flags for reading in read] == [False, False, True, True, False]


@pytest.mark.parametrize("word", [b"INVALID^", b".....", b"No Result"])
def test_a_test_that_could_not_be_read_is_invalid(word: bytes) -> None:
    reading = only_reading(b"R|1|^^^X|" + word)
    assert (reading.value, reading.verdict) == (None, Verdict.INVALID)
