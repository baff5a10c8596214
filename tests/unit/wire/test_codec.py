"""Hostile bytes: every message gives an event or a refusal with a named reason, and no other exception."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import codec, events
from wire.codec import Reason, RefusedError
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.result import ResultEvent, ResultV1

RESULT = ResultV1(identity="a" * 64, adapter="line", profile="p", item="i", value=0.0, value_text="0")
EVENT = events.new_event(
    RESULT,
    event_id=UUID(int=1),
    source=events.source_of("m1", "d1"),
    time=datetime(2026, 1, 1, tzinfo=UTC),
    stream=UUID(int=2),
    sequence=1,
    previous_hash=ZERO_HASH,
)
BODY = codec.encode(EVENT)


def with_data(**changes: Any) -> bytes:
    document = json.loads(BODY)
    document["data"] |= changes
    return json.dumps(document).encode()


def with_attribute(**changes: Any) -> bytes:
    return json.dumps(json.loads(BODY) | changes).encode()


def reason_of(body: bytes) -> Reason:
    with pytest.raises(RefusedError) as caught:
        codec.decode(body)
    return caught.value.reason


def test_zero_is_a_value_and_survives() -> None:
    event = codec.decode(BODY)
    assert isinstance(event, ResultEvent)
    assert event.data.value == 0.0
    assert event.data.value is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"\xff\xfe", Reason.NOT_UTF8),
        (BODY.replace(b'"p"', b'"\xff"'), Reason.NOT_UTF8),
        (BODY[:-1], Reason.NOT_JSON),
        (b"[" * 60_000, Reason.NOT_JSON),
        (BODY[:-1] + b',"x":' + b"[" * 9000 + b"]" * 9000 + b"}", Reason.NOT_JSON),
        (BODY.replace(b'"value":0.0', b'"value":NaN'), Reason.NOT_JSON),
        (BODY[:-1] + b',"unlooked":Infinity}', Reason.NOT_JSON),
        (BODY.replace(b'"p"', b'"\\u0000"'), Reason.NOT_STORABLE),
        (BODY.replace(b'"p"', b'"\\ud800"'), Reason.NOT_JSON),
        (BODY + b" " * (codec.MAX_BYTES + 1 - len(BODY)), Reason.TOO_LARGE),
        (b"{}", Reason.NOT_AN_EVENT),
        (b"null", Reason.NOT_AN_EVENT),
        (with_attribute(type="shian.result.v2"), Reason.UNKNOWN_TYPE),
        (with_attribute(type=7), Reason.UNKNOWN_TYPE),
        (with_attribute(specversion="0.3"), Reason.NOT_AN_EVENT),
        (with_attribute(sequence=0), Reason.NOT_AN_EVENT),
        (with_attribute(sequence=2**63), Reason.NOT_AN_EVENT),
        (with_attribute(sequence=10**400), Reason.NOT_AN_EVENT),
        (with_attribute(time="2026-01-01T00:00:00"), Reason.NOT_AN_EVENT),
        (with_attribute(source="/stations/../devices/x"), Reason.NOT_AN_EVENT),
        (with_attribute(previoushash="0" * 63), Reason.NOT_AN_EVENT),
        (with_data(value=1e999), Reason.NOT_JSON),
        (with_data(channel=-1), Reason.NOT_AN_EVENT),
        (with_data(item=""), Reason.NOT_AN_EVENT),
        (with_data(device_verdict="good"), Reason.NOT_AN_EVENT),
    ],
)
def test_a_bad_message_is_refused_with_a_named_reason(body: bytes, reason: Reason) -> None:
    assert reason_of(body) is reason


def test_a_message_of_just_64_kib_is_taken() -> None:
    assert codec.decode(BODY + b" " * (codec.MAX_BYTES - len(BODY))) == EVENT


def test_an_unknown_attribute_is_ignored_as_cloudevents_asks() -> None:
    assert codec.decode(with_attribute(traceparent="00-aa")) == EVENT


def test_an_event_above_64_kib_is_not_made() -> None:
    big = EVENT.model_copy(update={"data": RESULT.model_copy(update={"raw": "A" * codec.MAX_BYTES})})
    with pytest.raises(RefusedError, match="too_large"):
        codec.encode(big)


@given(st.binary(max_size=300))
def test_noise_never_raises_anything_else(noise: bytes) -> None:
    with pytest.raises(RefusedError):
        codec.decode(noise)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_an_event_or_a_refusal(position: int, byte: int) -> None:
    body = BODY[:position] + bytes([byte]) + BODY[position + 1 :]
    try:
        codec.decode(body)
    except RefusedError as refusal:
        assert refusal.reason in Reason
