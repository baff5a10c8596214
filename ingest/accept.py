"""Bytes from a topic -> an accepted event, or what was wrong with them. Pure."""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from wire import codec
from wire.codec import Reason, RefusedError
from wire.kinds import KINDS, Received
from wire.kinds.envelope import MAX_SEQUENCE
from wire.topics import Leaf, TopicError, parse

_EVENTS = (Leaf.EVENTS, Leaf.URGENT)
_OF_CENTRE = frozenset(kind.event_type for kind in KINDS if kind.is_of_centre)
_parse = lru_cache(4096)(parse)

Place = tuple[int, int]


class Accepted(NamedTuple):
    """An event that says what it must, from the station that its topic names. Not yet: enrolled, new, linked.

    `device` is None for an event of the agent itself. `place`: the stream, as a number because that is compared faster
    than a UUID, and the sequence.
    """

    topic: str
    body: bytes
    hash: bytes
    event: Received
    station: str
    device: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Refused:
    """Message that goes to quarantine. `station` is the topic's ('' when it names none); `stream` and `sequence` only
    where they could be read, so that the sender can be told. `is_other_event`: a sound event under a number that
    another one has, not the same one in two versions."""

    topic: str
    body: bytes
    hash: bytes
    reason: Reason
    detail: str
    station: str = ""
    stream: UUID | None = None
    sequence: int | None = None
    is_other_event: bool = False


def accept(topic: str, body: bytes) -> Accepted | Refused:
    """Accept or refuse a message. Never raises, whatever the bytes."""
    try:
        place = _parse(topic)
    except TopicError as exc:
        return _refused(topic, body, Reason.BAD_TOPIC, str(exc))
    if place.leaf not in _EVENTS:
        return _refused(topic, body, Reason.BAD_TOPIC, f"no events come by .../{place.leaf}", place.station)
    try:
        event = codec.read(body)
    except RefusedError as exc:
        return _refused(topic, body, exc.reason, exc.detail, place.station)
    names = event.source.split("/")
    device = names[4] if len(names) == 5 else None
    digest = hashlib.sha256(body).digest()
    accepted = Accepted(topic, body, digest, event, place.station, device, (event.stream.int, event.sequence))
    if names[2] != place.station:
        return refuse(accepted, Reason.WRONG_STATION, f"the source is {event.source}")
    if event.type in _OF_CENTRE:
        return refuse(accepted, Reason.WRONG_STATION, f"{event.type} is written by the centre alone")
    return accepted


def refuse(accepted: Accepted, reason: Reason, detail: str) -> Refused:
    """Refuse an event that could be read."""
    return Refused(
        accepted.topic,
        accepted.body,
        accepted.hash,
        reason,
        detail,
        accepted.station,
        accepted.event.stream,
        accepted.event.sequence,
    )


def _refused(topic: str, body: bytes, reason: Reason, detail: str, station: str = "") -> Refused:
    stream, sequence = _peek(body)
    return Refused(topic, body, hashlib.sha256(body).digest(), reason, detail, station, stream, sequence)


def _peek(body: bytes) -> tuple[UUID | None, int | None]:
    """Return stream and sequence that these bytes claim, both or neither: a sequence alone names nothing."""
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
