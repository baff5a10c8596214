"""Stream heads: how far a stream is whole, and whether each link and each signature on the way holds. Pure.

    1 <- 2 <- 3 <- 4            6 <- 7
    `through` = 4: all stored   a gap: 5 has not come yet; `highest` = 7

A head advances over stored events only, one by one from `through` + 1, so every link and every checkpoint is judged
exactly once and with everything before it at hand, in whatever order the events came.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from wire.chain import is_signed
from wire.kinds.checkpoint import CheckpointV1


@dataclass(frozen=True, slots=True)
class Head:
    """A row of `stream`. `hash` is that of event `through`; zeros before the first."""

    stream: UUID
    station: str
    through: int = 0
    hash: bytes = bytes(32)
    highest: int = 0
    gap_since: datetime | None = None
    signed_through: int = 0
    broken_at: int | None = None
    folds: bool = False
    began_at: datetime | None = None
    forked_at: datetime | None = None


class Link(NamedTuple):
    """Link of a stored event in the chain. `previous` is None for a number that was accounted for: nobody has the event
    any more."""

    sequence: int
    previous: bytes | None
    hash: bytes
    checkpoint: CheckpointV1 | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """The new head, and the finds on the way, in order: checkpoints, and events that do not name the one before
    them."""

    head: Head
    checkpoints: tuple[Link, ...] = ()
    breaks: tuple[int, ...] = ()


def advance(head: Head, links: Iterable[Link]) -> Advance:
    """Walk `links` (ascending, from head.through + 1) as far as they follow each other without a hole."""
    through, tip = head.through, head.hash
    checkpoints, breaks = [], []
    for link in links:
        if link.sequence != through + 1:
            break
        if link.previous not in (None, tip):
            breaks.append(link.sequence)
        if link.checkpoint is not None:
            checkpoints.append(link)
        through, tip = link.sequence, link.hash
    broken = head.broken_at if head.broken_at is not None or not breaks else breaks[0]
    moved = replace(head, through=through, hash=tip, highest=max(head.highest, through), broken_at=broken)
    return Advance(moved, tuple(checkpoints), tuple(breaks))


def settle(before: Head, after: Head, now: datetime) -> Head:
    """Keep `gap_since`: since when `through` has stood still below `highest`. Progress restarts it, so a backlog that
    drains behind failed tests sent first is not called a gap."""
    if after.highest <= after.through:
        return replace(after, gap_since=None)
    if after.through > before.through or before.gap_since is None:
        return replace(after, gap_since=now)
    return replace(after, gap_since=before.gap_since)


class Flaw(StrEnum):
    """Flaw of a checkpoint."""

    COVERS_NOTHING = "covers_nothing"
    OTHER_HASH = "other_hash"
    BAD_SIGNATURE = "bad_signature"
    OTHER_KEY = "other_key"


def judge(link: Link, stream: UUID, covered: bytes | None, pinned: str | None) -> Flaw | None:
    """Return the first flaw of the checkpoint in `link`. `covered`: hash of the stored event that it covers; `pinned`:
    the station's key, None when this checkpoint would pin it."""
    checkpoint = link.checkpoint
    if checkpoint is None or covered is None or checkpoint.sequence >= link.sequence:
        return Flaw.COVERS_NOTHING
    if pinned is not None and checkpoint.key != pinned:
        return Flaw.OTHER_KEY
    if bytes.fromhex(checkpoint.hash) != covered:
        return Flaw.OTHER_HASH
    if not is_signed(checkpoint, stream):
        return Flaw.BAD_SIGNATURE
    return None


def missing(stored: Iterable[tuple[int, int]], through: int) -> list[tuple[int, int]]:
    """Return the holes below and between `stored` ranges (first, last), ascending, above `through`."""
    holes = []
    for first, last in stored:
        if first > through + 1:
            holes.append((through + 1, first - 1))
        through = last
    return holes
