"""Names, values, words and roles in fixed fields."""

import pytest

from firmware_adapters.fields import Value, number_of, padded_text, read_value, role_of, verdict_of
from firmware_adapters.profile import Profile
from wire.terms import Role, Verdict

PROFILE = Profile(
    name="x",
    family="x",
    maker="x",
    model="x",
    evidence="simulator",
    not_available=("Overflow",),
    verdicts={"合格": Verdict.PASS, "阳性": Verdict.FAIL, "无效": Verdict.INVALID},
)


@pytest.mark.parametrize(
    ("data", "text", "flags"),
    [
        ("白菜".encode("gbk") + b"\0\0", "白菜", ()),
        (b"  AB  ", "AB", ()),
        (b"\xff" * 6, "", ()),
        ("小白菜".encode("gbk")[:5], "小白", ("cut_name",)),
        (b"\xb2\x20AB", "� AB", ("bad_name",)),
        (b"A\0garbage", "A", ()),
    ],
)
def test_a_padded_name(data: bytes, text: str, flags: tuple[str, ...]) -> None:
    assert padded_text(data, "gbk") == (text, flags)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Value(0.0, "0")),
        ("12.5 mg/kg", Value(12.5, "12.5 mg/kg", "mg/kg")),
        ("-0.5%", Value(-0.5, "-0.5%", "%")),
        ("<0.05", Value(None, "<0.05", flags=("below_range",))),
        ("≥100", Value(None, "≥100", flags=("above_range",))),
        ("-.---", Value(None, "-.---", flags=("not_available",))),
        ("NA", Value(None, "NA", flags=("not_available",))),
        ("overflow", Value(None, "overflow", flags=("not_available",))),
        ("无效", Value(None, "无效", flags=("not_available",))),
        ("阳性", Value(None, "阳性")),
        ("2012-01-31", Value(None, "2012-01-31")),
        ("1.2.3", Value(None, "1.2.3")),
        ("12℃", Value(12.0, "12℃", "℃")),
        ("3.5 μg/kg", Value(3.5, "3.5 μg/kg", "μg/kg")),
        ("1,010.9", Value(None, "1,010.9")),
        ("12，5", Value(None, "12，5")),
        ("3~5", Value(None, "3~5")),
        ("1.2×10^3", Value(None, "1.2×10^3")),
        ("1.2x10^3 RLU", Value(None, "1.2x10^3 RLU")),
        ("1/8", Value(None, "1/8")),
        ("1x25", Value(None, "1x25")),
        ("5 m3", Value(5.0, "5 m3", "m3")),
        ("45.6％", Value(45.6, "45.6％", "%")),
        ("3mg／kg", Value(3.0, "3mg／kg", "mg/kg")),
        (" ", Value(None, "", flags=("no_value",))),
    ],
)
def test_a_value_is_a_number_only_when_it_is_one(text: str, value: Value) -> None:
    assert read_value(text, PROFILE) == value


def test_the_profile_scales_a_number_and_leaves_its_text() -> None:
    assert read_value("5", PROFILE, 0.1) == Value(0.5, "5")


def test_no_number_is_infinite() -> None:
    assert number_of("1e999") is None


def test_what_is_not_available_is_invalid_whatever_the_verdict_says() -> None:
    assert verdict_of("合格", read_value("NA", PROFILE), PROFILE) == (Verdict.INVALID, ())
    assert verdict_of("合格", read_value("0", PROFILE), PROFILE) == (Verdict.PASS, ())
    assert verdict_of("perhaps", read_value("0", PROFILE), PROFILE) == (None, ("unknown_verdict",))
    assert verdict_of("", read_value("0", PROFILE), PROFILE) == (None, ())


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("对照1", Role.CONTROL),
        ("CK", Role.CONTROL),
        ("空白", Role.BLANK),
        ("空白对照", Role.BLANK),
        ("空白管", Role.BLANK),
        ("对照孔 #2", Role.CONTROL),
        ("质控样品", Role.CONTROL),
        ("白菜", Role.SAMPLE),
        ("样品", Role.SAMPLE),
        ("", Role.SAMPLE),
    ],
)
def test_a_well_that_is_no_sample_says_so(word: str, role: Role) -> None:
    assert role_of(word) is role
