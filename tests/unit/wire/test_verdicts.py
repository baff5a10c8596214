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
