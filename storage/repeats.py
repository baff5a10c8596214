"""Events that come twice, and second bodies under one number. Pure: ingest and the walk of the ledger both ask."""

import hashlib
from uuid import UUID

from wire.kinds import Received
from wire.kinds.result import NO_IDENTITY, POSSIBLE_REPEAT, ResultEvent, ResultV1

DISPUTED = "disputed"

_VERSION_8 = 0x8000_8000_0000_0000_0000
_NOT_VERSION = ~0xF000_C000_0000_0000_0000


def name_of(digest: bytes) -> UUID:
    """Return the id of a disputed body by its hash (a UUID of version 8): the event's own id may be taken as well."""
    return UUID(int=(int.from_bytes(digest[:16], "big") & _NOT_VERSION) | _VERSION_8)


def as_disputed(event: ResultEvent, name: UUID) -> ResultEvent:
    """Return the event as its typed row says it: under its own name, and marked."""
    data = event.data.model_copy(update={"flags": (*event.data.flags, DISPUTED)})
    return event.model_copy(update={"id": name, "data": data})


def as_possible_repeat(event: ResultEvent) -> ResultEvent:
    """Return the event as its typed row says it when another stream of its station has one like it."""
    data = event.data.model_copy(update={"flags": (*event.data.flags, POSSIBLE_REPEAT)})
    return event.model_copy(update={"data": data})


def may_be_marked(event: ResultEvent) -> bool:
    """Return True when the row may have a mark of a possible repeat that the event has not."""
    return NO_IDENTITY in event.data.flags and POSSIBLE_REPEAT not in event.data.flags


def likeness_of(event: ResultEvent) -> bytes | None:
    """Return what two results without an identity have in common when one may repeat the other (24 bytes); None for one
    that has an identity. `claim_likenesses` in queries/ingest.sql makes the same of a row."""
    if NO_IDENTITY not in event.data.flags:
        return None
    data = event.data
    channel = "" if data.channel is None else str(data.channel)
    verdict = data.device_verdict.value if data.device_verdict else ""
    said = (event.device or "", data.item, data.sample.number, channel, data.value_text, verdict)
    return hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).digest()[:24]


def says_the_same(event: Received, other: Received) -> bool:
    """Return True when the two differ in nothing but their place in a stream."""
    return (event.type, event.source, event.time, event.data) == (other.type, other.source, other.time, other.data)


def may_fold(event: Received, other: Received) -> bool:
    """Return True when `event` may be folded into `other`: one records the other again, or both are one test by its
    identity."""
    if event.station != other.station:
        return False
    return is_one_test(event, other) or (bool(_ids(event) & _ids(other)) and says_the_same(event, other))


def is_one_test(event: Received, other: Received) -> bool:
    """Return True when both are results of one test by its identity. One whose value differs all the same is another
    test."""
    if not isinstance(event, ResultEvent) or not isinstance(other, ResultEvent):
        return False
    return _test(event.data) == _test(other.data)


def _test(data: ResultV1) -> tuple[object, ...]:
    return data.identity, data.item, data.value, data.value_text, data.unit, data.device_verdict


def _ids(event: Received) -> set[UUID]:
    return {event.id, event.originalid or event.id}
