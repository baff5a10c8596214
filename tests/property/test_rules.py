"""The rules over all results that can be: who alerts, and what joins what."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from ingest.rules import on_result
from ingest.verdict import Judged, Limits
from tests.support.station import START, result
from wire.clocks import Moment
from wire.events import new_event, source_of
from wire.kinds.result import ResultEvent
from wire.terms import Role, Rule, Severity, Verdict
from wire.verdicts import LimitTable, shipped_limits

LIMITS = Limits(shipped_limits())
VALUES = st.none() | st.floats(-20, 120)
VERDICTS = st.none() | st.sampled_from(Verdict)


def _judged(
    value: float | None,
    device: Verdict | None,
    role: Role = Role.SAMPLE,
    *,
    number: str = "1",
    is_retest: bool = False,
    commodity: str = "菠菜",
) -> Judged:
    event = new_event(
        result(value, number=number, device_verdict=device, role=role, is_retest=is_retest, commodity=commodity),
        event_id=uuid7(),
        source=source_of("market-1", "tester-1"),
        time=START,
        stream=UUID(int=1),
        sequence=1,
        previous_hash="0" * 64,
    )
    assert isinstance(event, ResultEvent)
    return LIMITS.judge(event, "market-1", "tester-1", Moment(START, is_believed=True), START.date())


@given(value=VALUES, device=VERDICTS, role=st.sampled_from([Role.CONTROL, Role.BLANK]), is_retest=st.booleans())
def test_controls_and_blanks_never_alert(
    value: float | None, device: Verdict | None, role: Role, is_retest: bool
) -> None:
    assert on_result(_judged(value, device, role, is_retest=is_retest)) == []


@given(value=VALUES, device=VERDICTS, is_retest=st.booleans())
def test_a_failed_test_alert_opens_exactly_when_the_effective_verdict_is_fail(
    value: float | None, device: Verdict | None, is_retest: bool
) -> None:
    judged = _judged(value, device, is_retest=is_retest)
    opened = [signal for signal in on_result(judged) if signal.rule is Rule.FAILED_TEST and signal.opens]
    assert bool(opened) == (judged.verdict is Verdict.FAIL)
    assert all(signal.severity is Severity.CRITICAL for signal in opened)


@given(value=VALUES, device=VERDICTS)
def test_the_verdict_of_a_readable_value_is_that_of_the_limit(value: float | None, device: Verdict | None) -> None:
    judged = _judged(value, device)
    if device is Verdict.INVALID:
        assert judged.verdict is Verdict.INVALID
    elif value is not None:
        assert judged.verdict is (Verdict.FAIL if value >= 50 else Verdict.PASS)
    else:
        assert judged.verdict is (device or Verdict.UNDETERMINED)


@given(value=VALUES, standard=st.sampled_from(["", "NY/T 448", "GB/T 5009.199"]), unit=st.sampled_from(["%", "mg/kg"]))
def test_ingest_judges_as_the_engine_that_the_edge_uses(value: float | None, standard: str, unit: str) -> None:
    judged = _judged(value, None)
    data = judged.event.data.model_copy(update={"standard": standard, "unit": unit})
    ours = LIMITS.judge(
        judged.event.model_copy(update={"data": data}),
        "market-1",
        "tester-1",
        Moment(START, is_believed=True),
        START.date(),
    )
    theirs = LimitTable(shipped_limits()).decide(data, START.date())
    assert (ours.decided, ours.limit) == (theirs.verdict, theirs.limit.code if theirs.limit else None)


@given(value=VALUES, device=VERDICTS)
def test_verdicts_disagree_only_when_both_say_something_else(value: float | None, device: Verdict | None) -> None:
    judged = _judged(value, device)
    says = Rule.VERDICTS_DISAGREE in [signal.rule for signal in on_result(judged)]
    both = device not in (None, Verdict.UNDETERMINED) and judged.decided is not Verdict.UNDETERMINED
    assert says == (both and device is not judged.decided)


@given(number=st.text(max_size=5), commodity=st.text(max_size=5))
def test_a_retest_has_the_key_of_what_it_repeats_and_another_food_or_number_has_not(
    number: str, commodity: str
) -> None:
    first = on_result(_judged(90.0, None, number=number, commodity=commodity))[0]
    retest = on_result(_judged(10.0, None, number=number, commodity=commodity, is_retest=True))[0]
    assert (first.key == retest.key) == bool(number)
    assert not retest.opens
    other = on_result(_judged(90.0, None, number=number + "x", commodity=commodity))[0]
    assert other.key != first.key
