"""Today's wire beside an older one: a station and its centre are never upgraded at the same moment.

tests/contract/frozen/ has each released wire as it was (`git archive --format=zip TAG wire`); none of them changes.
"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.support.frozen import VERSIONS, read_by
from tests.support.kinds import STREAMS
from wire import codec, live, receipts, status
from wire.events import new_event, source_of
from wire.kinds import KINDS
from wire.kinds.agent import Again, AgentV1
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt, Refused

AT = datetime(2026, 11, 29, 1, tzinfo=UTC)
HASH = "ab" * 32
EVENTS = [body for bodies in STREAMS.values() for body in bodies]


def newest_words() -> bytes:
    """Return an event with what was added to its kind since."""
    data = AgentV1(state="started", replaces=UUID(int=9), cause="behind", again=(Again(first=1, last=2, hash=HASH),))
    event = new_event(
        data,
        event_id=UUID(int=1),
        source=source_of("m"),
        time=AT,
        stream=UUID(int=2),
        sequence=1,
        previous_hash=ZERO_HASH,
    )
    return codec.encode(event)


def within(part: Any, whole: Any) -> bool:
    """Say whether all that `part` says, `whole` says too: a newer model may say more."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(within, part, whole))
    return bool(part == whole)


def test_there_is_a_frozen_wire() -> None:
    assert "1.0.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_centre_reads_a_newer_station_or_names_a_type_that_it_does_not_know(version: str) -> None:
    bodies = [*EVENTS, newest_words()]
    answers = read_by(version, [("event", body) for body in bodies])
    for body, answer in zip(bodies, answers, strict=True):
        said = codec.decode(body)
        if "refused" in answer:
            assert answer["refused"] == "unknown_type", said.type
        else:
            assert within(answer["said"], said.model_dump(mode="json")), said.type
    known = {answer["said"]["type"] for answer in answers if "said" in answer}
    assert len(known) >= 7
    assert known <= {kind.event_type for kind in KINDS}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_newer_centre_reads_all_that_an_older_station_writes(version: str) -> None:
    for body, answer in zip(EVENTS, read_by(version, [("event", body) for body in EVENTS]), strict=True):
        if "body" in answer:
            # A golden event with what was added to its kind since is not what an older station writes.
            if body in STREAMS["samples-v1"]:
                assert within(json.loads(bytes.fromhex(answer["body"])), json.loads(body))
            else:
                assert bytes.fromhex(answer["body"]) == body
            written = bytes.fromhex(answer["body"])
            assert codec.encode(codec.decode(written)) == written


@pytest.mark.parametrize("version", VERSIONS)
def test_receipts_statuses_and_commands_are_read_both_ways(version: str) -> None:
    refused = Refused(sequence=9, reason="forked")
    receipt = Receipt(
        stream=UUID(int=2), through=5, extra=(7,), refused=(refused,), hash=HASH, extra_marks=("ab" * 8,), at=AT
    )
    said = status.Status(state="online", at=AT, stream=UUID(int=2), waiting=3, version="9.9")
    command = live.LiveCommand(id=UUID(int=3), camera="cam-1", mode="preview", at=AT)
    messages = [
        ("receipt", receipts.encode(receipt)),
        ("status", status.encode(said)),
        ("live", live.encode(command)),
    ]
    answers = [bytes.fromhex(answer["body"]) for answer in read_by(version, messages)]
    assert receipts.decode(answers[0]) == receipt
    assert status.decode(answers[1]) == said
    assert live.decode(answers[2]) == command
