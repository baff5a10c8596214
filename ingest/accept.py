"""Bytes from a topic -> an accepted event, or what was wrong with them. Pure."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from wire import codec
from wire.codec import Reason, RefusedError
from wire.events import MAX_SEQUENCE, Event, ReadingEvent, ResultEvent, SampleEvent
from wire.topics import Leaf, TopicError, parse

# With an offset, the first and the last year of a calendar lie partly outside of it: no one could read them back.
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that says what it must, from the station that its topic names. Not yet: enrolled, new, linked."""

    topic: str
    body: bytes
    hash: bytes
    event: Event


@dataclass(frozen=True, slots=True)
class Refused:
    """What goes to quarantine. `station` is the topic's ('' when it names none); `stream` and `sequence` only where
    they could be read, so that the sender can be told."""

    topic: str
    body: bytes
    hash: bytes
    reason: Reason
    detail: str
    station: str = ""
    stream: UUID | None = None
    sequence: int | None = None


def accept(topic: str, body: bytes) -> Accepted | Refused:
    """Never raises, whatever the bytes."""
    try:
        place = parse(topic)
    except TopicError as exc:
        return _refused(topic, body, Reason.BAD_TOPIC, str(exc))
    if place.leaf is not Leaf.EVENTS:
        return _refused(topic, body, Reason.BAD_TOPIC, f"no events come by .../{place.leaf}", place.station)
    try:
        event = codec.decode(body)
    except RefusedError as exc:
        return _refused(topic, body, exc.reason, exc.detail, place.station)
    accepted = Accepted(topic, body, hashlib.sha256(body).digest(), event)
    if event.station != place.station:
        return refuse(accepted, Reason.WRONG_STATION, f"the source is {event.source}")
    if not all(_EARLIEST <= it <= _LATEST for it in _times(event)):
        return refuse(accepted, Reason.NOT_STORABLE, "a time outside of the years 2 to 9998")
    return accepted


def _times(event: Event) -> Iterator[datetime]:
    yield event.time
    match event:
        case ResultEvent():
            yield from filter(None, (event.data.measured_at, event.data.sample.sampled_at))
        case SampleEvent() if event.data.sampled_at:
            yield event.data.sampled_at
        case ReadingEvent() if event.data.measured_at:
            yield event.data.measured_at
        case _:
            pass


def refuse(accepted: Accepted, reason: Reason, detail: str) -> Refused:
    """The refusal of an event that could be read."""
    event = accepted.event
    station = parse(accepted.topic).station
    return Refused(accepted.topic, accepted.body, accepted.hash, reason, detail, station, event.stream, event.sequence)


def _refused(topic: str, body: bytes, reason: Reason, detail: str, station: str = "") -> Refused:
    stream, sequence = _peek(body)
    return Refused(topic, body, hashlib.sha256(body).digest(), reason, detail, station, stream, sequence)


def _peek(body: bytes) -> tuple[UUID | None, int | None]:
    """Which event these bytes claim to be, both or neither: a sequence alone names nothing."""
    document: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(body)
    if not isinstance(document, dict):
        return None, None
    stream, sequence = document.get("stream"), document.get("sequence")
    if not isinstance(stream, str) or type(sequence) is not int or not 1 <= sequence <= MAX_SEQUENCE:
        return None, None
    try:
        return UUID(stream), sequence
    except ValueError:
        return None, None
