"""The condition of a subscription: what it may ask, where it is wrong, and what holds when nobody can say."""

import pytest

from storage.rules.condition import FACTS, Known, meets, mistake_in

ALERT = Known(
    rule="failed_test",
    severity="critical",
    station="m1",
    device="tester",
    item="pesticide_inhibition",
    commodity="韭菜",
    sample="7",
    stall="A-3",
    vendor="",
    supplier="北环",
    areas=("east", "city"),
    late_s=0.0,
    facts={"value": 63, "unit": "%", "verdict": "fail", "lot": "L1"},
)


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("", True),
        ('rule == "failed_test" && value > 60.0 && unit == "%"', True),
        ('"city" in areas', True),
        ('verdict == "fail" && !is_retest && !is_drill', True),
        ("value < 60.0", False),
        ('supplier.startsWith("南")', False),
        ("late_s >= 0.0", True),
    ],
)
def test_a_condition_holds_or_not(text: str, is_met: bool) -> None:
    assert mistake_in(text) is None
    assert meets(text, ALERT) is is_met


def test_a_value_that_is_not_there_meets_no_comparison() -> None:
    assert not meets("value > 0.0", ALERT._replace(facts={}))
    assert meets("value == null", ALERT._replace(facts={}))


def test_a_drill_is_asked_as_what_it_plays() -> None:
    drill = ALERT._replace(rule="drill", facts={"drill": "1", "drill_of": "failed_test"})
    assert meets('rule == "failed_test" && is_drill', drill)
    assert meets("value > 40.0", drill)


def test_what_a_later_version_wrote_leaves_no_message_out() -> None:
    assert meets("a_fact_of_tomorrow > 1", ALERT)
    assert meets("1 / 0 == 1", ALERT)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("value >", 1, 8, "ends too early"),
        ('rule == "x" &&\n  weight > 1.0', 2, 3, "there is no weight"),
        ('severity == "urgent"', 1, 13, "never"),
        ("value", 1, 1, "true or false"),
    ],
)
def test_a_mistake_has_its_place_in_both_languages(text: str, line: int, column: int, said: str) -> None:
    mistake = mistake_in(text)
    assert mistake
    assert (mistake.key, mistake.line, mistake.column) == ("condition", line, column)
    assert said in mistake.words.en
    assert mistake.words.zh


def test_every_fact_can_be_had_of_an_alert() -> None:
    assert all(fact.of(ALERT) is not None for fact in FACTS.values())
