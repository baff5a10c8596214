"""The feed's text that is put together by hand is what the model would have written."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from ingest.effects.result import result_item
from ingest.verdict import Limits
from wire.clocks import moment_of
from wire.events import new_event, source_of
from wire.feed import ITEMS
from wire.kinds.result import ResultEvent, ResultItem, ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Role, Verdict
from wire.verdicts import shipped_limits

LIMITS = Limits(shipped_limits())
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=_ZONES)  # noqa: DTZ001 - zones are drawn


@given(
    texts=st.tuples(_TEXT, _TEXT, _TEXT, _TEXT),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    role=st.sampled_from(Role),
    says=st.none() | st.sampled_from(Verdict),
    times=st.tuples(_TIMES, st.none() | _TIMES),
)
def test_the_text_of_a_result_is_the_model_s(
    texts: tuple[str, str, str, str],
    value: float | None,
    role: Role,
    says: Verdict | None,
    times: tuple[datetime, datetime | None],
) -> None:
    data = ResultV1(
        identity="0" * 64,
        adapter="astm",
        profile="generic",
        item="pesticide_inhibition",
        item_name=texts[0],
        role=role,
        sample=SampleV1(number=texts[1], commodity=texts[2]),
        value=value,
        value_text=texts[3],
        unit="%",
        device_verdict=says,
        measured_at=times[1],
    )
    event = new_event(
        data,
        event_id=uuid7(),
        source=source_of("market-1", "tester-1"),
        time=times[0],
        stream=UUID(int=1),
        sequence=1,
        previous_hash="0" * 64,
    )
    assert isinstance(event, ResultEvent)
    judged = LIMITS.judge(event, "market-1", "tester-1", moment_of(event, NOW), NOW.date())
    wanted = ResultItem(
        id=event.id,
        station="market-1",
        device="tester-1",
        item=data.item,
        item_name=data.item_name,
        sample=texts[1],
        commodity=texts[2],
        role=role,
        value=value,
        value_text=texts[3],
        unit="%",
        verdict=judged.verdict,
        device_verdict=says,
        measured_at=times[1],
        recorded_at=moment_of(event, NOW).at,
        received_at=NOW,
        flags=" ".join(moment_of(event, NOW).flags),
    )
    assert ITEMS.validate_json(f"[{result_item(judged, NOW.isoformat())}]") == (wanted,)
