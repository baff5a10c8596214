"""Begins a new stream in the same spool, inside one transaction of edge/spool/spool.py.

Everything without a receipt is recorded again in it, under its own time and with the id that it had first (the centre
folds events that it has already). The old stream's rows stay where they are. Checkpoints are not recorded again, since
they sign a chain that is given up. Bytes that no longer have their hash are never recorded under a new one: they stay
in the outbox, refused as damaged."""

from collections.abc import Iterator
from typing import NamedTuple

from edge.spool.file import Connection, Head
from edge.spool.outbox import DAMAGED
from edge.spool.prefix import Mismatch
from edge.spool.rows import LANES, Began
from edge.spool.runs import Runs
from edge.spool.writer import Writer
from wire import chain
from wire.codec import MAX_BYTES, RefusedError, decode
from wire.kinds import Event
from wire.kinds.agent import Again, AgentV1
from wire.kinds.checkpoint import CheckpointEvent
from wire.terms import Lane

# By how much an event grows that names the one it repeats: one that has no room for it stays where it is.
_ORIGINAL = 64

_ROWS = """
SELECT o.lane, o.sequence, e.hash, e.body FROM outbox AS o JOIN event AS e ON e.sequence = o.sequence
WHERE o.sequence > ? AND o.sequence <= ? ORDER BY o.sequence LIMIT 500
"""
_DONE = "DELETE FROM outbox WHERE lane = ? AND sequence = ?"
_DAMAGED = "UPDATE outbox SET refused = ? WHERE lane IN (0, 1) AND sequence = ?"
_EARLIER = """
INSERT INTO earlier_stream (id, base, sequence, hash, cause, detail, rerecorded, ended_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_MOVE = (
    "UPDATE tested SET number = ? WHERE number = ?",
    "UPDATE tested SET link = ? WHERE link = ?",
    "UPDATE sample SET event = ? WHERE event = ?",
    "UPDATE handling SET event = ? WHERE event = ?",
)
_LANE_OF = {number: lane for lane, number in LANES.items()}


class _Row(NamedTuple):
    """An event without a receipt. `number` is that in the file; `event` is None where the bytes are damaged."""

    lane: Lane
    number: int
    hash: str
    event: Event | None


def begin(connection: Connection, writer: Writer, old: Head, mismatch: Mismatch, first: AgentV1) -> Began:
    """Record `first` and then all of `old` that has no receipt. `writer` stands at the beginning of the new stream."""
    sound, damaged, runs = _survey(connection, old)
    said = {"replaces": old.stream, "cause": mismatch.cause.value, "rerecorded": sound, "detail": mismatch.detail}
    writer.append_agent(first.model_copy(update={**said, "again": runs}))
    for row in _events(connection, old):
        if row.event is None:
            connection.execute(_DAMAGED, (DAMAGED, row.number))
            continue
        if not isinstance(row.event, CheckpointEvent):
            _move(connection, row.number, writer.append_again(row.event, row.lane))
        connection.execute(_DONE, (LANES[row.lane], row.number))
    writer.seal()
    head = writer.head
    values = (str(old.stream), old.base, old.sequence, old.hash, mismatch.cause.value, mismatch.detail, sound)
    connection.execute(_EARLIER, (*values, writer.now_ms))
    return Began(head.stream, old.stream, mismatch.cause, mismatch.detail, sound, damaged)


def _move(connection: Connection, old: int, new: int) -> None:
    """Let the rows beside an event name its new number in the file."""
    for statement in _MOVE:
        connection.execute(statement, (new, old))


def _survey(connection: Connection, old: Head) -> tuple[int, int, tuple[Again, ...]]:
    """Return the number of events that will be recorded again, the number of those that cannot be, and the runs of
    numbers that are answered for so."""
    sound = damaged = 0
    runs = Runs()
    for row in _events(connection, old):
        if row.event is None:
            damaged += 1
            continue
        sound += not isinstance(row.event, CheckpointEvent)
        runs.add(row.event.sequence, row.hash)
    return sound, damaged, runs.all


def _events(connection: Connection, old: Head) -> Iterator[_Row]:
    """Yield the events without a receipt, in order. They are read in pages, so that a long outage costs no memory."""
    after = 0
    while rows := connection.execute(_ROWS, (after, old.number)).fetchall():
        for lane, number, name, body in rows:
            yield _Row(_LANE_OF[lane], number, name, _sound(name, body))
        after = rows[-1][1]


def _sound(name: str, body: bytes) -> Event | None:
    if chain.digest(body) != name or len(body) > MAX_BYTES - _ORIGINAL:
        return None
    try:
        return decode(body)
    except RefusedError:
        return None
