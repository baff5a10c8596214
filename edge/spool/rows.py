"""The rows that go into the spool and come out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wire import chain
from wire.kinds.envelope import Data
from wire.terms import Lane, LinkRule, Verdict

LANES = {Lane.URGENT: 0, Lane.NORMAL: 1}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a number.

    `identity` (64 hex digits): a second draft with the same one is a repeat. `likeness` (64 hex digits): a second draft
    with the same one is perhaps a repeat, and is marked. `again`: a proven repeat of the event of that number (0: not
    known); nothing is recorded. `is_kept`: it lies in the device's memory. `tie`: the sample of a result; `verdict`: as
    the station judged it."""

    data: Data
    source: str
    lane: Lane = Lane.NORMAL
    identity: str | None = None
    likeness: str | None = None
    again: int | None = None
    is_kept: bool = False
    tie: "Tie | None" = None
    verdict: Verdict = Verdict.UNDETERMINED


@dataclass(frozen=True, slots=True)
class Tie:
    """Sample that a result was found to be of, before it is recorded: its key and number, and the rule."""

    sample: UUID
    number: str
    rule: LinkRule
    who: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A draft that is on disk now. `recorded_at` is the event's time, or a better one where that is wrong. `number` is
    its place in the file, which holds several streams. `is_possible_repeat`: its likeness was there before."""

    sequence: int
    id: UUID
    recorded_at: datetime
    number: int
    is_possible_repeat: bool = False


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
    """An event as it is sent. `hash`: the hash with which it was recorded."""

    sequence: int
    body: bytes
    hash: str

    @property
    def is_sound(self) -> bool:
        """Tell whether the bytes are those that were recorded (10 us for 1 KB)."""
        return chain.digest(self.body) == self.hash


class Cause(StrEnum):
    """The reason why a stream was given up. `behind`: the centre has more of it than we gave, so this spool is an older
    copy; `diverged`: the centre has other bytes under our numbers."""

    BEHIND = "behind"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Began:
    """A new stream in the same spool. `rerecorded`: events without a receipt that were recorded again in it; `damaged`:
    those that could not be, because their bytes are not those that were recorded."""

    stream: UUID
    replaces: UUID
    cause: Cause
    detail: str
    rerecorded: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of a batch of receipts: events that are done, events that were refused, receipts of other streams.

    `is_answer`: a receipt among them tells what the centre has. `began`: they showed that our stream is not what the
    centre has; `is_blocked`: they showed so, and there was no room to begin another."""

    done: int = 0
    refused: int = 0
    foreign: int = 0
    is_answer: bool = False
    is_blocked: bool = False
    began: Began | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The spool in numbers."""

    sequence: int
    waiting: int
    refused: int
    dead_letters: int
    dead_dropped: int
