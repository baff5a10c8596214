"""The meaning of an observation: types, escapes, charsets, line ends within a field, whose sample it is."""

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.hl7 import FAMILY
from firmware_adapters.profile import Profile, ProfileError, parse_profile
from tests.contract.adapter_kit import decode, readings_of, rejected_of
from tests.contract.hl7_messages import framed
from wire.terms import Role, Verdict

HEADER = "MSH|^~\\&|A|B|||20260305101500||ORU^R01|7|P|2.5||||||{charset}"


def read(*lines: str, charset_name: str = "", charset: str = "utf-8", profile: Profile | None = None) -> list[Reading]:
    message = framed(HEADER.format(charset=charset_name), *lines, charset=charset)
    return readings_of(decode(FAMILY.decoder(profile or FAMILY.profile(), passive=True), [message]))


def one(observation: str, **more: str) -> Reading:
    (reading,) = read(observation, **more)  # type: ignore[arg-type]
    return reading


@pytest.mark.parametrize(
    ("kind", "field", "value", "flag"),
    [
        ("NM", "5.10", 5.1, None),
        ("NM", "0", 0.0, None),
        ("NM", "-0.5e2", -50.0, None),
        ("NM", "<5", None, "below_range"),
        ("NM", "5~6", None, "ambiguous_value"),
        ("NM", "", None, "no_value"),
        ("NM", '""', None, "no_value"),
        ("NM", "NaN", None, "not_a_number"),
        ("NM", "1,5", None, "not_a_number"),
        ("NM", "----", None, "not_available"),
        ("SN", "^5", 5.0, None),
        ("SN", "=^5", 5.0, None),
        ("SN", "<^5", None, "below_range"),
        ("SN", "^<^5", None, "below_range"),
        ("SN", ">=^5", None, "above_range"),
        ("SN", "^1^:^16", None, "not_one_number"),
        ("SN", "^1^-^5", None, "not_one_number"),
        ("SN", "<>^5", None, "not_one_number"),
        ("SN", "^", None, "not_one_number"),
        ("ST", "7.25", 7.25, None),
        ("ST", "12.6 %  314.9 md/dl", None, None),
        ("ST", ">400", None, "above_range"),
        ("TX", "see note", None, None),
        ("TX", "3", 3.0, None),
        ("CE", "1^Positive", None, None),
        ("CE", "1", None, None),
        ("CWE", "5^x", None, None),
        ("DT", "20260305", None, None),
        ("", "4.2", 4.2, None),
    ],
)
def test_the_value_by_its_type(kind: str, field: str, value: float | None, flag: str | None) -> None:
    reading = one(f"OBX|1|{kind}|A^a||{field}|g|||||F")
    assert reading.value == value
    assert reading.value_text == field
    assert (flag in reading.flags) if flag else (set(reading.flags) <= {"status:F", "time_of_message"})


def test_two_quotes_are_an_empty_field() -> None:
    (reading,) = read("PID|1||p9", 'OBR|1|""|S3|X', 'OBX|1|NM|A^""||""|""||""|||F')
    assert (reading.value, reading.item_name, reading.unit) == (None, "", "")
    assert (reading.sample_number, reading.flags[:2]) == ("S3", ("no_value", "status:F"))


def test_pictures_and_documents_are_no_readings() -> None:
    assert read("OBX|1|ED|IMG||^Image^BMP^Base64^AAAA||||||F", "OBX|2|RP|DOC||x||||||F") == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\X0D0A\x", "\r\nx"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ text", "bold text"),
        (r"\Z99\ and C:\dir", r"\Z99\ and C:\dir"),
        (r"\XZZ\ ", r"\XZZ\ "),
    ],
)
def test_escapes_are_resolved_behind_the_splitting(written: str, meant: str) -> None:
    assert one(f"OBX|1|ST|A||{written}|g|||||F").value_text.strip() == meant.strip()


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("UNICODE", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("GB18030", "gb18030"),
        ("GB 18030-2000", "gb18030"),
        ("ASCII~GB18030", "gb18030"),
        ("", "utf-8"),
        ("ASCII", "utf-8"),
        ("no such charset", "utf-8"),
    ],
)
def test_the_charset_is_that_of_the_header_then_that_of_the_profile(name: str, charset: str) -> None:
    reading = one("OBX|1|ST|A^名称||阴性|g|||||F", charset_name=name, charset=charset)
    assert (reading.item_name, reading.value_text) == ("名称", "阴性")
    assert "bad_charset" not in reading.flags


def test_a_header_that_lies_about_its_charset_falls_back_to_the_profiles() -> None:
    reading = one("OBX|1|ST|A||阴性|g|||||F", charset_name="GB18030", charset="utf-8")
    assert reading.value_text in ("阴性", "阴性".encode().decode("gb18030", "replace"))
    profile = FAMILY.profile("virtual-food")
    (reading,) = read("OBX|1|ST|A||阴性|g|||||F", charset_name="UTF-8", charset="gb18030", profile=profile)
    assert reading.value_text == "阴性"
    reading = one("OBX|1|ST|A||阴性|g|||||F", charset_name="UTF-8", charset="gb18030")
    assert "bad_charset" in reading.flags


def test_the_second_byte_of_a_gbk_character_may_be_a_separator() -> None:
    text = "".join(bytes((lead, trail)).decode("gbk") for lead in (0x81, 0xB1) for trail in (0x5C, 0x5E, 0x7C, 0x7E))
    reading = one(f"OBX|1|ST|A||{text}|g|||||F", charset_name="GB18030", charset="gb18030")
    assert reading.value_text == text


def test_a_line_feed_within_a_field_is_data_where_segments_end_with_cr() -> None:
    readings = read("OBX|1|TX|A||first\nsecond line|g|||||F", "OBX|2|NM|B||1|g|||||F")
    assert [reading.value_text for reading in readings] == ["first\nsecond line", "1"]


def test_a_line_feed_before_a_segment_ends_the_one_before_it() -> None:
    (first, second) = read("OBX|1|NM|A||1|g|||||F\nOBX|2|NM|B||2|g|||||F")
    assert (first.item, first.value, second.item, second.value) == ("A", 1.0, "B", 2.0)


def test_other_separators_are_those_of_the_header() -> None:
    message = framed("MSH#*@!$#A#B###20260305101500##ORU*R01#7#P#2.5", "OBX#1#SN#G*Glu##<*5#g$l")
    (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [message]))
    assert (reading.item, reading.item_name, reading.value, reading.unit) == ("G", "Glu", None, "g$l")


@pytest.mark.parametrize(
    ("lines", "sample"),
    [
        (("OBR|1|PLACER|FILLER", "OBX|1|NM|A||1"), "FILLER"),
        (("OBR|1|PLACER", "OBX|1|NM|A||1"), "PLACER"),
        (("SPM|1|^LAB-7", "OBR|1|P|F", "OBX|1|NM|A||1"), "LAB-7"),
        (("OBR|1", "OBX|1|NM|A||1", "SPM|1|BEHIND"), "BEHIND"),
        (("SPM|1|ONE", "OBR|1", "OBX|1|NM|A||1", "SPM|2|TWO", "OBR|1|P"), "ONE"),
        (("SPM|1", "SAC|||TUBE", "OBR|1", "OBX|1|NM|A||1"), "TUBE"),
        (("PID|1||PAT", "OBR|1", "OBX|1|NM|A||1"), "PAT"),
        (("OBX|1|NM|A||1",), ""),
    ],
)
def test_whose_sample_it_is(lines: tuple[str, ...], sample: str) -> None:
    (reading,) = read(*lines)
    assert reading.sample_number == sample
    assert ("sample_is_patient_id" in reading.flags) == (sample == "PAT")


def test_the_order_of_one_patient_is_not_that_of_the_next() -> None:
    first, second = read("PID|1||P1", "OBR|1||S1", "OBX|1|NM|A||1", "PID|2||P2", "OBX|1|NM|A||2")
    assert (first.sample_number, second.sample_number) == ("S1", "P2")


def test_the_profile_maps_items_words_and_controls() -> None:
    profile = FAMILY.profile("virtual-food")
    lines = ("OBR|1||S1", "OBX|1|NM|AFB1||23.7|||POS|||F", "OBR|2||QC-1", "OBX|1|ST|AFM1||无效||||||F")
    failed, control = read(*lines, charset_name="GB18030", charset="gb18030", profile=profile)
    assert (failed.item, failed.unit, failed.verdict, failed.role) == (
        "aflatoxin_b1",
        "ug/kg",
        Verdict.FAIL,
        Role.SAMPLE,
    )
    assert (control.value, control.verdict, control.role) == (None, Verdict.INVALID, Role.CONTROL)


@pytest.mark.parametrize(
    ("written", "unit"), [("10*9/L", "10*9/L"), ("10^9/L", "10^9/L"), ("g/L^gram per litre^UCUM", "g/L"), ("^%", "%")]
)
def test_units(written: str, unit: str) -> None:
    assert one(f"OBX|1|NM|A||1|{written}|||||F").unit == unit


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ('sample_from = ["SPM2"]', "settings.sample_from"),
        ('answer = "maybe"', "settings.answer"),
        ("x = 1", "settings.x"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_file_and_key(settings: str, key: str) -> None:
    head = 'name = "x"\nfamily = "hl7"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\n[settings]\n'
    with pytest.raises(ProfileError, match=rf"^mine\.toml:\d+: {key}"):
        FAMILY.decoder(parse_profile(head + settings, "mine.toml"))


@pytest.mark.parametrize(
    ("lines", "role"),
    [
        *((("SPM|1|S||X|||||||" + code, "OBR|1||S|GLU"), Role.CONTROL) for code in "CEFOQV"),
        *((("SPM|1|S||X|||||||" + code, "OBR|1||S|GLU"), Role.SAMPLE) for code in ("P", "R", "")),
        (("PID||LOT7", "OBR||||LQC"), Role.CONTROL),
        (("PID||35", "OBR||||OBS"), Role.SAMPLE),
    ],
)
def test_controls_and_calibrators_are_no_samples(lines: tuple[str, ...], role: Role) -> None:
    (reading,) = read(*lines, "OBX|0|NM|GLU||0.00|g|||||F")
    assert (reading.role, reading.value) == (role, 0.0)


@pytest.mark.parametrize("word", ["INVALID", "-.--", "n.a.", "-----"])
def test_a_test_that_could_not_be_read_is_invalid(word: str) -> None:
    reading = one(f"OBX|1|ST|A||{word}|g|||||F")
    assert (reading.value, reading.value_text, reading.verdict) == (None, word, Verdict.INVALID)


@pytest.mark.parametrize(
    ("fields", "item", "name", "record"),
    [
        ("2|test2", "2", "test2", "1"),
        ("|TSH", "TSH", "", "1"),
        ("HbA1c|糖化血红蛋白", "HbA1c", "糖化血红蛋白", "1"),
        ("6690-2^WBC^LN|a1", "6690-2", "WBC", "1.a1"),
        ("GLU|2", "GLU", "", "1.2"),
        ("GLU|1.7.4", "GLU", "", "1.1.7.4"),
        ("|", "unknown", "", "1"),
    ],
)
def test_the_name_of_the_item_may_stand_where_the_sub_id_does(fields: str, item: str, name: str, record: str) -> None:
    reading = one(f"OBX|1|NM|{fields}|5|g/L|||||F")
    assert (reading.item, reading.item_name, reading.record) == (item, name, record)


@pytest.mark.parametrize(("written", "value"), [("6.2^^^", 6.2), ("^6.2", 6.2), ("6^2", None), ("1^390.9", 390.9)])
def test_components_of_nothing_are_no_part_of_a_number(written: str, value: float | None) -> None:
    assert one(f"OBX|1|NM|X||{written}|g/L|||||F").value == value


@pytest.mark.parametrize(("kind", "role"), [("0", Role.SAMPLE), ("1", Role.CONTROL), ("2", Role.CONTROL)])
def test_a_digit_for_the_acknowledgement_is_mindrays_kind_of_result(kind: str, role: Role) -> None:
    header = f"MSH|^~\\&|Mindray|BS|||20260305101500||ORU^R01|7|P|2.3.1||||{kind}||ASCII|||"
    for order, sample in (("OBR|1|L-7|2", "2"), ("OBR|1|L-7|", "L-7")):
        message = framed(header, order, "OBX|1|NM|2|GLU|5.4|mmol/L|||||F")
        (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [message]))
        assert (reading.role, reading.sample_number) == (role, sample)


def test_a_control_of_mindray_is_told_by_its_order_alone() -> None:
    header = "MSH|^~\\&|Mindray|BS|||20260305101500||ORU^R01|7|P|2.3.1||||2||ASCII|||"
    order = "OBR|1|12|GLU|Mindray^BS||20260305101143|||||||QUAL1|L-11|20270720000000||H|5.0|2.0|5.11|mmol/L||"
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [framed(header, order)])
    (reading,) = readings_of(outputs)
    assert (reading.item, reading.item_name, reading.value, reading.unit) == ("12", "GLU", 5.11, "mmol/L")
    assert (reading.role, reading.sample_number) == (Role.CONTROL, "QUAL1")
    assert reading.measured_at_text == "20260305101143"
    assert reading.extra["control_lot"] == "L-11"
    assert rejected_of(outputs) == []


def test_an_order_without_a_value_is_no_control() -> None:
    header = "MSH|^~\\&|Mindray|BS|||20260305101500||ORU^R01|7|P|2.3.1||||2||ASCII|||"
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [framed(header, "OBR|1|12|GLU")])
    assert [rejection.reason for rejection in rejected_of(outputs)] == ["record"]


def test_a_flag_that_is_the_mark_of_repeats_is_kept() -> None:
    assert one("OBX|1|NM|X||393|g/L||\\~|||F").flags == ("~", "status:F", "time_of_message")
