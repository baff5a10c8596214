"""The value field: a number only where the device says a number."""

import pytest

from firmware_adapters.astm.values import Value, read_value


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0.0), ("-0.0", 0.0), (" 5.10 ", 5.1), ("+3", 3.0), (".5", 0.5), ("7.", 7.0), ("1e-05", 1e-5)],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert read_value((text,)) == Value(number)


@pytest.mark.parametrize(
    "text",
    ["NEGATIVE", "No Result", "5,1", "1:40", "1+", "12.6 %", "--.--", "nan", "inf", "1e999", "0x1F", "٣", "1_000"],
)
def test_a_word_is_no_number(text: str) -> None:
    assert read_value((text,)) == Value()


@pytest.mark.parametrize("text", ["<15", "< 15", "<=15", "<", "≤15", "＜15"])
def test_below_a_bound_is_never_the_bound(text: str) -> None:
    assert read_value((text,)) == Value(flags=("below_range",))
    assert read_value(("", text)) == Value(flags=("below_range",))


@pytest.mark.parametrize("components", [(">400",), (">", "400"), ("≥400",)])
def test_above_a_bound_is_never_the_bound(components: tuple[str, ...]) -> None:
    assert read_value(components) == Value(flags=("above_range",))


def test_nothing_is_no_zero() -> None:
    assert read_value(("",)) == Value(flags=("no_value",))
    assert read_value(("", "")) == Value(flags=("no_value",))


def test_the_unit_may_stand_beside_the_number() -> None:
    assert read_value(("5.1", "mg/dL")) == Value(5.1, "mg/dL")
    assert read_value(("5.1", "%")) == Value(5.1, "%")
    assert read_value(("5.1", "H")) == Value(5.1)
    assert read_value(("50", "3+")) == Value(50.0)


def test_a_qualitative_flag_may_stand_before_the_number() -> None:
    assert read_value(("-1", "0.201")) == Value(0.201, flags=("qualitative:-1",))


def test_of_two_numbers_none_is_chosen_unless_the_profile_says_which() -> None:
    assert read_value(("5.1", "6.2")) == Value(flags=("ambiguous_value",))
    assert read_value(("5.1", "6.2"), position=2) == Value(6.2)
    assert read_value(("5.1",), position=2) == Value(flags=("no_value",))


def test_the_form_that_a_value_is_sent_in_is_no_unit() -> None:
    # Sysmex U-WAM sends each result as it was measured and as it is reported.
    assert read_value(("5.5", "RAW")) == read_value(("5.5", "MAINFORMAT")) == Value(5.5)
    assert read_value(("", "RAW")) == Value(flags=("no_value",))
