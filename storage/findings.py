"""Findings of the walk of the chains."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """Kind of a fault. The order of the list is that of docs/storage.md."""

    GAP = "gap"  # never came, while later ones did
    DAMAGED = "damaged"  # the station's disk changed it before it was sent; the station named it
    REMOVED = "removed"  # was stored once and is not there
    CHANGED = "changed"  # is not what its own hash, its successor or its typed row says
    REORDERED = "reordered"  # stands under another event's number
    REPLAYED = "replayed"  # is a copy of an event that stands elsewhere
    FORKED = "forked"  # was sent with two different bodies; the second is in quarantine
    SIGNATURE = "signature"  # a checkpoint that does not prove what it should
    ADDED = "added"  # a typed row that no event says
    VERDICT = "verdict"  # is not what the limits of its time say
    LIMIT = "limit"  # of the limit table: changed or gone in a way that no history allows
    ALERT = "alert"  # is missing, or in a state that its steps do not say
    LINK = "link"  # what holds of a sample or a link: is not what its newest row says
    VOID = "void"  # a result that is void without a deed, or is not void though a deed says so
    ATTACHMENT = "attachment"  # of an alert: without a deed, gone, or of other bytes than its deed says
    COUNT = "count"  # of a day: is not what the typed rows come to
    # Against anchors that were kept outside:
    CUT = "cut"  # the end of a stream that was anchored is not there
    DELETED = "deleted"  # a stream that was anchored is not there
    REWRITTEN = "rewritten"  # another event stands where one was anchored
    SLIPPED = "slipped"  # a key came into the list of a station's keys, or went, and no deed of the time says so
    RESTORED = "restored"  # the database is an older state of itself
    ANCHOR = "anchor"  # an anchor that proves nothing: its signature, its lists, its place in the chain


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw, by station ('': of the whole district), stream and sequence (None where there is none). `last`: the end
    of a range."""

    kind: Kind
    station: str
    stream: UUID | None
    sequence: int | None
    detail: str
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """A stream was walked to its end. Events above `signed_through` are linked, and not signed yet. `folded`: so many
    say what another one says, and make no row of their own; `waiting`: so many are not understood yet."""

    station: str
    stream: UUID
    events: int
    signed_through: int
    folded: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Retired:
    """Rows of a kind that were taken away by age: those of before `day`. They are no flaw."""

    kind: str
    day: date
    rows: int
