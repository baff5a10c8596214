"""Bytes in, an event or a named reason out; never an exception."""

import json
from uuid import UUID

import pytest

from ingest.accept import Accepted, Refused, accept
from tests.support.station import ChainedStation, result
from wire.codec import MAX_BYTES
from wire.kinds.envelope import NotUnderstood


def _event() -> tuple[ChainedStation, bytes]:
    station = ChainedStation("market-1")
    return station, station.add(result())


def test_an_event_of_the_topic_s_station_is_accepted() -> None:
    station, body = _event()
    match accept(station.topic, body):
        case Accepted() as accepted:
            assert accepted.body is body
            assert accepted.event.sequence == 1
        case refused:
            pytest.fail(f"{refused}")


@pytest.mark.parametrize(
    ("topic", "change", "reason"),
    [
        ("shian/1/market-1/events", lambda body: body + b" " * (MAX_BYTES + 1 - len(body)), "too_large"),
        ("shian/1/market-1/events", lambda body: body[:-1] + b"\xff}", "not_utf8"),
        ("shian/1/market-1/events", lambda body: b"", "not_json"),
        ("shian/1/market-1/events", lambda body: body[:-1], "not_json"),
        ("shian/1/market-1/events", lambda body: b"[" * 60_000, "not_json"),
        ("shian/1/market-1/events", lambda body: b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "not_json"),
        ("shian/1/market-1/events", lambda body: body.replace(b":12.5", b":NaN"), "not_json"),
        ("shian/1/market-1/events", lambda body: body.replace(b":12.5", b":-Infinity"), "not_json"),
        ("shian/1/market-1/events", lambda body: b"[]", "not_an_event"),
        ("shian/1/market-1/events", lambda body: body.replace(b'"sequence":1', b'"sequence":0'), "not_an_event"),
        ("shian/1/market-1/events", lambda body: body.replace(b"shian.result", b"org.story"), "unknown_type"),
        ("shian/1/market-2/events", lambda body: body, "wrong_station"),
        ("shian/1/market-1/receipts", lambda body: body, "bad_topic"),
        ("shian/2/market-1/events", lambda body: body, "bad_topic"),
        ("shian/1/Market_1/events", lambda body: body, "bad_topic"),
        ("shian/1/market-1/events", lambda body: body.replace("菠".encode(), b"\\u0000"), "not_storable"),
        ("shian/1/market-1/events", lambda body: body.replace("菠".encode(), b"\\ud800"), "not_json"),
    ],
)
def test_everything_else_is_refused_with_its_reason(topic: str, change: object, reason: str) -> None:
    _, body = _event()
    assert callable(change)
    changed = change(body)
    refused = accept(topic, changed)
    assert isinstance(refused, Refused)
    assert refused.reason == reason
    assert refused.body == changed


@pytest.mark.parametrize(
    ("said", "later", "why"),
    [
        (b":12.5", b":1e999", "data.value"),
        (b'"item"', b'"itim"', "data.item"),
        (b"result.v1", b"result.v2", "unknown type shian.result.v2"),
        (b"shian.result", b"shian.story", "unknown type shian.story.v1"),
    ],
)
def test_data_that_is_not_understood_in_a_sound_envelope_is_accepted(said: bytes, later: bytes, why: str) -> None:
    station, body = _event()
    accepted = accept(station.topic, body.replace(said, later))
    assert isinstance(accepted, Accepted)
    assert isinstance(accepted.event, NotUnderstood)
    assert why in accepted.event.why


def test_a_refusal_says_which_event_it_was_when_that_can_be_read() -> None:
    station, body = _event()
    refused = accept(station.topic, body.replace(b"/stations/market-1", b"/stations/market-2"))
    assert isinstance(refused, Refused)
    assert (refused.station, refused.stream, refused.sequence) == ("market-1", station.stream, 1)


@pytest.mark.parametrize("sequence", ["1", 0, -1, 2**63, 1.0, True, None])
def test_a_stream_without_a_usable_sequence_names_nothing(sequence: object) -> None:
    body = json.dumps({"stream": str(UUID(int=7)), "sequence": sequence}).encode()
    refused = accept("shian/1/market-1/events", body)
    assert isinstance(refused, Refused)
    assert (refused.stream, refused.sequence) == (None, None)


@pytest.mark.parametrize("time", [b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:00:00-08:00"])
@pytest.mark.parametrize("which", [b"2026-03-02T01:00:01Z", b"2026-03-02T01:00:00Z"])
def test_a_time_that_nobody_could_read_back_costs_no_test(time: bytes, which: bytes) -> None:
    # The row is written without the time (wire.clocks). Refused, the test would be acknowledged and unseen.
    station, body = _event()
    changed = body.replace(which, time)
    assert changed != body
    assert isinstance(accept(station.topic, changed), Accepted)
