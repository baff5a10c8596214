"""What goes into the spool and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wire.events import Data
from wire.terms import Lane

LANES = {Lane.URGENT: 0, Lane.NORMAL: 1}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a number. `identity` (64 hex digits): a second draft with the same one is a repeat."""

    data: Data
    source: str
    lane: Lane = Lane.NORMAL
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A draft that is on disk now."""

    sequence: int
    id: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Bytes that no decoder could read; `start` is their offset in the bytes of the session."""

    device: str
    reason: str
    data: bytes
    start: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event as it is sent."""

    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of receipts did: events that are done, events that were refused, receipts that are not for us."""

    done: int = 0
    refused: int = 0
    foreign: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The spool in numbers."""

    sequence: int
    waiting: int
    refused: int
    dead_letters: int
    dead_dropped: int
