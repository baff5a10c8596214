"""Numbers of a stream that was given up. An event that is missing there and came in the stream that follows is no gap.

The first event of the new stream names the numbers of the old one that have no receipt, in runs (`AgentV1.again`). In
the old stream some of them may have come all the same, and so may events of somebody else who wrote under these
numbers: a box with the same disk, or the same box before it lost the tail of its spool. So a hole is answered for only
when the event above it is of the box that names the hole:

    1  2  .  .  5  6        `again` names 3 to 6, and 5 was recorded again by its id: 3 and 4 are in the new stream
    1  2  .  .  5'          `again` names 3 to 6, and nobody recorded 5' again: somebody's 3 and 4 are missing
    1  2  .  .  5           `again` names 3 to 4, and 5 names the hash of that 4 before it: so they are

Whether the new stream itself is whole is seen in the new stream.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Protocol
from uuid import UUID

from storage.named import queries
from wire import codec
from wire.kinds import Event
from wire.kinds.agent import Again, AgentEvent

_SQL = queries("given_up")
Hole = tuple[int, int]


class Executes(Protocol):
    """A connection or a cursor."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...


def still_missing(database: Executes, stream: UUID, holes: Iterable[Hole]) -> list[Hole]:
    """Return what is left of `holes` (first, last) of a stream without the numbers that were recorded again."""
    said = _said(database, stream)
    left = []
    for first, last in holes:
        begins = min((_answered_from(database, stream, last, runs) for runs in said), default=last + 1)
        if first < begins:
            left.append((first, min(last, begins - 1)))
    return left


def _said(database: Executes, stream: UUID) -> list[tuple[Again, ...]]:
    """Return the runs that each box named which gave the stream up."""
    events = [_read(body) for (body,) in database.execute(_SQL["said"], {"stream": stream}).fetchall()]
    return [event.data.again for event in events if isinstance(event, AgentEvent) and event.data.replaces == stream]


def _answered_from(database: Executes, stream: UUID, last: int, runs: tuple[Again, ...]) -> int:
    """Return the first of the numbers up to `last`, the end of a hole, that `runs` answer for without a break."""
    begins = last + 1
    for run in sorted(runs, key=attrgetter("first"), reverse=True):
        if run.first <= last <= run.last:
            if not _is_of_same(database, stream, last, run):
                return last + 1
            begins = run.first
        elif run.last == begins - 1 < last:
            begins = run.first
    return begins


def _is_of_same(database: Executes, stream: UUID, last: int, run: Again) -> bool:
    """Return True when the event above the hole that ends at `last` is of the box that named the run."""
    if last < run.last:
        values = {"stream": stream, "after": last, "last": run.last}
        row = database.execute(_SQL["first_within"], values).fetchone()
        if row is not None:
            return _is_again(database, stream, *row)
        last = run.last  # only checkpoints, which nobody records again: what lies above them tells
    row = database.execute(_SQL["previous_at"], {"stream": stream, "sequence": last + 1}).fetchone()
    return row is None or row[0] == bytes.fromhex(run.hash)


def _is_again(database: Executes, stream: UUID, event_id: UUID, body: bytes) -> bool:
    event = _read(body)
    original = (event.originalid if event else None) or event_id
    rows = database.execute(_SQL["again"], {"original": original, "stream": stream}).fetchall()
    return any(again and again.originalid == original for again in (_read(body) for (body,) in rows))


def _read(body: bytes) -> Event | None:
    try:
        return codec.decode(body)
    except codec.RefusedError:
        return None
