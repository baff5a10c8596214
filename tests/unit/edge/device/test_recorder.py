import base64
import dataclasses
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.device.recorder import Judged, Origin, Recorder
from edge.spool.rows import DeadLetter
from firmware_adapters.contract import DeviceLimit, Reading
from wire.codec import decode, encode
from wire.events import new_event
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.result import ResultEvent, ResultV1
from wire.terms import Comparison, Lane, RecordKind, Role, TimeSource, Verdict
from wire.verdicts import shipped_limits

NOW = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)
ORIGIN = Origin("m1", "reader", "line", "line", "", ZoneInfo("Asia/Shanghai"))
READING = Reading(
    item="pesticide_inhibition",
    raw=b"raw",
    offset=0,
    value=12.5,
    value_text="12.5",
    unit="%",
    record="7",
    measured_at=datetime(2026, 1, 10, 8, 30),  # noqa: DTZ001
    measured_at_text="20260110083000",
    record_kind=RecordKind.DAILY,
    time_source=TimeSource.TEST,
)


def judged(reading: Reading, origin: Origin = ORIGIN) -> Judged:
    found = Recorder(origin, shipped_limits(), uuid4).judge(reading, NOW)
    assert isinstance(found, Judged)
    return found


def changed(**fields: Any) -> Reading:
    return dataclasses.replace(READING, **fields)


def test_the_devices_clock_becomes_utc_by_the_stations_zone() -> None:
    result = judged(READING).result
    assert result.measured_at == datetime(2026, 1, 10, 0, 30, tzinfo=UTC)
    assert base64.b64decode(result.raw) == b"raw"


@pytest.mark.parametrize(
    ("fields", "lane"),
    [
        ({"value": 49.9}, Lane.NORMAL),
        ({"value": 50.0}, Lane.URGENT),
        ({"value": 50.0, "role": Role.CONTROL}, Lane.NORMAL),
        ({"value": 60.0, "standard": "NY/T 448"}, Lane.NORMAL),
        ({"value": 12.5, "verdict": Verdict.FAIL}, Lane.URGENT),
        ({"item": "unheard_of", "value": 99.0}, Lane.NORMAL),
    ],
)
def test_failed_tests_of_samples_are_urgent(fields: dict[str, Any], lane: Lane) -> None:
    found = judged(changed(**fields))
    assert found.draft.lane is lane
    assert found.is_failed is (lane is Lane.URGENT)


@pytest.mark.parametrize(
    "fields",
    [
        {"record": "8"},
        {"measured_at_text": "20260110083001"},
        {"channel": 3},
        {"item": "lead"},
        {"sample_number": "S2"},
        {"value_text": "12.6"},
        {"verdict": Verdict.PASS},
        {"device_serial": "SN2"},
    ],
)
def test_another_test_has_another_identity(fields: dict[str, Any]) -> None:
    assert judged(changed(**fields)).draft.identity != judged(READING).draft.identity


def test_the_same_test_read_again_has_the_same_identity_at_another_port_too() -> None:
    again = changed(raw=b"other", offset=99, operator="Li")
    assert judged(again).draft.identity == judged(READING).draft.identity
    at_home, moved = (
        dataclasses.replace(ORIGIN, serial="SN1"),
        dataclasses.replace(ORIGIN, serial="SN1", device="x", station="m2"),
    )
    assert judged(READING, at_home).draft.identity == judged(READING, moved).draft.identity


def test_readings_that_nothing_tells_apart_are_never_taken_for_repeats() -> None:
    bare = changed(record="", measured_at_text="", measured_at=None)
    first, second = judged(bare), judged(bare)
    assert first.draft.identity != second.draft.identity
    assert first.result.flags == ("no_identity",)


def test_what_cannot_be_an_event_is_a_dead_letter_with_its_bytes() -> None:
    found = Recorder(ORIGIN, (), uuid4).judge(changed(channel=-5), NOW)
    assert isinstance(found, DeadLetter)
    assert (found.reason, found.data) == ("not_an_event", b"raw")


TEXTS = ["item", "item_name", "value_text", "unit", "standard", "method", "record", "run", "operator"]
TEXTS += ["sample_number", "commodity", "measured_at_text"]
ANY_TEXT = st.text(st.characters(), max_size=5000) | st.text("\x01\0\ud800\U0001f600", max_size=5000)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        dict.fromkeys(TEXTS, ANY_TEXT)
        | {
            "raw": st.binary(max_size=200) | st.just(b"\xff" * 60_000),
            "value": st.none() | st.floats(),
            "flags": st.lists(ANY_TEXT, max_size=40).map(tuple),
            "measured_at": st.none() | st.datetimes(),
            "limit": st.none() | st.builds(DeviceLimit, st.sampled_from(Comparison), st.floats(), ANY_TEXT, ANY_TEXT),
        }
    )
)
def test_whatever_a_decoder_says_becomes_an_event_that_the_centre_takes(fields: dict[str, Any]) -> None:
    found = Recorder(ORIGIN, shipped_limits(), uuid4).judge(changed(**fields), NOW)
    if isinstance(found, DeadLetter):
        assert found.data == fields["raw"]
        return
    assert isinstance(found, Judged)
    event = new_event(
        found.result, event_id=UUID(int=1), source=ORIGIN.source, time=NOW, stream=UUID(int=2), sequence=1,
        previous_hash=ZERO_HASH,
    )  # fmt: skip
    again = decode(encode(event))
    assert isinstance(again, ResultEvent)
    assert isinstance(again.data, ResultV1)
    json.loads(encode(event))


@pytest.mark.parametrize("filling", ["\x01", "\0", "\ud800", "\U0001f600", '"', "検"])
def test_the_largest_reading_still_fits_into_an_event(filling: str) -> None:
    texts: dict[str, Any] = dict.fromkeys(TEXTS, filling * 5000)
    limit = DeviceLimit(Comparison.ABOVE, 1.0, filling * 5000, filling * 5000)
    found = judged(changed(**texts, raw=b"x" * 60_000, flags=(filling * 5000,) * 40, limit=limit))
    event = new_event(
        found.result, event_id=UUID(int=1), source=ORIGIN.source, time=NOW, stream=UUID(int=2), sequence=2**62,
        previous_hash=ZERO_HASH,
    )  # fmt: skip
    decode(encode(event))
    assert {"cut:raw", "cut:value_text"} <= set(found.result.flags)
