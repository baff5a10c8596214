from collections.abc import Sequence
from datetime import date

import pytest

from tests.support.station import result
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Comparison, Verdict
from wire.verdicts import AnalyteLimit, Decision, LimitTable, effective, is_violated, shipped_limits

DAY = date(2026, 11, 23)
NITRITE = result(0.1, item="nitrite", commodity="").model_copy(update={"unit": "mg/kg"})


def _decide(limits: Sequence[AnalyteLimit], data: ResultV1, day: date = DAY) -> Decision:
    return LimitTable(limits).decide(data, day)


@pytest.mark.parametrize(
    ("item", "value", "unit", "standard", "verdict", "code"),
    [
        ("pesticide_inhibition", 49.99, "%", "", Verdict.PASS, "pesticide-inhibition-5009.199"),
        ("pesticide_inhibition", 50.0, "%", "", Verdict.FAIL, "pesticide-inhibition-5009.199"),
        ("pesticide_inhibition", 50.0, "%", "NY/T 448", Verdict.PASS, "pesticide-inhibition-448"),
        ("pesticide_inhibition", 70.0, "%", "NY/T 448", Verdict.FAIL, "pesticide-inhibition-448"),
        ("pesticide_inhibition", 0.0, "%", "", Verdict.PASS, "pesticide-inhibition-5009.199"),
        ("pesticide_inhibition", 60.0, "mg/kg", "", Verdict.UNDETERMINED, None),
        ("pesticide_inhibition", None, "%", "", Verdict.UNDETERMINED, None),
        ("polar_compounds", 27.0, "%", "", Verdict.PASS, "polar-compounds-2716"),
        ("polar_compounds", 27.1, "%", "", Verdict.FAIL, "polar-compounds-2716"),
        ("unheard_of", 1.0, "%", "", Verdict.UNDETERMINED, None),
    ],
)
def test_the_shipped_limits_decide_as_the_standards_say(
    item: str, value: float | None, unit: str, standard: str, verdict: Verdict, code: str | None
) -> None:
    decision = _decide(
        shipped_limits(), result(value, item=item).model_copy(update={"unit": unit, "standard": standard})
    )
    assert decision.verdict is verdict
    assert (decision.limit.code if decision.limit else None) == code


def test_every_shipped_limit_names_its_standard_and_source() -> None:
    codes = [limit.code for limit in shipped_limits()]
    assert len(codes) == len(set(codes))
    assert all(limit.standard and limit.source for limit in shipped_limits())


def limit(code: str, **changes: object) -> AnalyteLimit:
    fields: dict[str, object] = {
        "code": code,
        "item": "nitrite",
        "standard": "S",
        "comparison": Comparison.ABOVE,
        "value": 4.0,
        "unit": "mg/kg",
        "valid_from": date(2020, 1, 1),
    }
    return AnalyteLimit.model_validate(fields | changes)


def test_the_days_limit_decides_and_a_limit_of_zero_is_a_limit() -> None:
    limits = (
        limit("old", valid_to=date(2026, 1, 1)),
        limit("new", value=0.0, valid_from=date(2026, 1, 1)),
        limit("future", value=9.0, valid_from=date(2027, 1, 1)),
    )
    new = _decide(limits, NITRITE)
    assert (new.verdict, new.limit and new.limit.code) == (Verdict.FAIL, "new")
    old = _decide(limits, NITRITE, date(2025, 12, 31))
    assert (old.verdict, old.limit and old.limit.code) == (Verdict.PASS, "old")


def test_the_limit_of_the_commodity_goes_before_the_general_one() -> None:
    limits = (limit("any"), limit("pickle", commodity="酱腌菜", value=20.0))
    chosen = _decide(limits, NITRITE.model_copy(update={"value": 10.0, "sample": SampleV1(commodity="酱腌菜")}))
    assert (chosen.verdict, chosen.limit and chosen.limit.code) == (Verdict.PASS, "pickle")


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        (Comparison.ABOVE, False, False, True),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.BELOW, True, False, False),
        (Comparison.AT_MOST, True, True, False),
    ],
)
def test_comparisons(comparison: Comparison, below: bool, at: bool, above: bool) -> None:
    assert [is_violated(value, comparison, 5.0) for value in (4.0, 5.0, 6.0)] == [below, at, above]


@pytest.mark.parametrize(
    ("decided", "device", "verdict"),
    [
        (Verdict.FAIL, Verdict.PASS, Verdict.FAIL),
        (Verdict.PASS, Verdict.FAIL, Verdict.PASS),
        (Verdict.UNDETERMINED, Verdict.FAIL, Verdict.FAIL),
        (Verdict.UNDETERMINED, None, Verdict.UNDETERMINED),
        (Verdict.PASS, None, Verdict.PASS),
        (Verdict.PASS, Verdict.INVALID, Verdict.INVALID),
        (Verdict.FAIL, Verdict.SUSPECT, Verdict.FAIL),
    ],
)
def test_the_effective_verdict(decided: Verdict, device: Verdict | None, verdict: Verdict) -> None:
    assert effective(decided, device) is verdict


@pytest.mark.parametrize(
    ("value", "unit", "verdict", "flags"),
    [
        (4.1, "mg/kg", Verdict.FAIL, ()),
        (4000.0, "ug/kg", Verdict.PASS, ()),
        (4000.1, "µg/kg", Verdict.FAIL, ()),
        (0.41, "mg/100g", Verdict.FAIL, ()),
        (4.1, "mg/L", Verdict.UNDETERMINED, ("unit_incomparable",)),
        (4.1, "mg", Verdict.UNDETERMINED, ("unit_incomparable",)),
        (4.1, "", Verdict.UNDETERMINED, ("unit_incomparable",)),
    ],
)
def test_a_limit_is_held_against_the_value_in_its_own_unit(
    value: float, unit: str, verdict: Verdict, flags: tuple[str, ...]
) -> None:
    data = NITRITE.model_copy(update={"value": value, "unit": unit})
    decision = _decide([limit("a")], data)
    assert (decision.verdict, decision.flags) == (verdict, flags)


def test_no_limit_at_all_is_no_question_of_units() -> None:
    assert _decide([limit("a", item="lead")], NITRITE).flags == ()
    assert _decide([limit("a", valid_to=DAY)], NITRITE).flags == ()


def test_the_limit_of_a_food_wins_in_any_unit_and_among_equals_the_same_unit() -> None:
    data = NITRITE.model_copy(update={"value": 3.0, "sample": SampleV1(commodity="乳粉")})
    limits = [limit("any"), limit("food", commodity="乳粉", value=2000.0, unit="ug/kg")]
    decision = _decide(limits, data)
    assert (decision.verdict, decision.limit) == (Verdict.FAIL, limits[1])
    twice = [limit("z", value=4000.0, unit="ug/kg"), limit("a")]
    assert _decide(twice, NITRITE).limit == twice[1]


def test_the_engine_of_old_judged_its_own_unit_alone() -> None:
    data = NITRITE.model_copy(update={"value": 5000.0, "unit": "ug/kg"})
    assert LimitTable([limit("a")], converts=False).decide(data, DAY) == Decision(Verdict.UNDETERMINED)
