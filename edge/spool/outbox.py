"""The events without a receipt, and the effect of a receipt. Functions inside a transaction of edge/spool/spool.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from edge.spool.file import Connection, Head
from edge.spool.prefix import Mismatch, find_mismatch, refused
from edge.spool.rows import LANES, Waiting
from wire.receipts import Receipt
from wire.terms import Lane

TOO_LARGE = "too_large_for_broker"
DAMAGED = "damaged"

_WAITING = """
SELECT o.sequence, e.body, e.hash FROM outbox AS o JOIN event AS e ON e.sequence = o.sequence
WHERE o.lane = ? AND o.sequence > ? AND o.refused IS NULL ORDER BY o.sequence LIMIT ?
"""
_WAITING_BACKWARD = """
SELECT o.sequence, e.body, e.hash FROM outbox AS o JOIN event AS e ON e.sequence = o.sequence
WHERE o.lane = ? AND o.sequence > ? AND o.sequence < ? AND o.refused IS NULL ORDER BY o.sequence DESC LIMIT ?
"""
# A refused event is kept, whatever number a receipt names. The one exception is an event of a station that was not
# enrolled yet: the centre has taken it in since, when the hash of a later event vouches for it.
_IS_DONE = "(refused IS NULL OR (? AND refused = 'unknown_station'))"
_THROUGH = f"DELETE FROM outbox WHERE lane = ? AND sequence > ? AND sequence <= ? AND {_IS_DONE}"  # noqa: S608
_ONE = f"DELETE FROM outbox WHERE lane = ? AND sequence = ? AND {_IS_DONE}"  # noqa: S608
_REFUSE = "UPDATE outbox SET refused = ? WHERE lane IN (0, 1) AND sequence = ?"
_RELEASE = "UPDATE outbox SET refused = NULL WHERE refused = ?"
_COUNTS = "SELECT count(*), (SELECT count(*) FROM outbox WHERE refused IS NOT NULL) FROM outbox"
_REFUSED = "SELECT count(*) FROM outbox WHERE refused IS NOT NULL"
_OLDEST = "SELECT sequence, recorded_ms FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?"
_OLDEST_WAITING = """
SELECT e.recorded_ms FROM outbox AS o JOIN event AS e ON e.sequence = o.sequence
WHERE o.lane = ? AND o.refused IS NULL ORDER BY o.sequence LIMIT 1
"""
_PRUNE = """
DELETE FROM event WHERE sequence > ? AND sequence <= ? AND recorded_ms < ?
AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.lane IN (0, 1) AND o.sequence = event.sequence)
"""
_OF_NOW = "UPDATE event SET recorded_ms = ? WHERE sequence > ? AND sequence <= ? AND recorded_ms > ?"
_DAY_MS = 86_400_000
_FORGET = ("DELETE FROM identity WHERE recorded_ms < ?", "DELETE FROM likeness WHERE recorded_ms < ?")
_WITH = (
    "SELECT sequence, body, hash FROM event WHERE sequence > ? AND sequence <= ? AND instr(body, ?) ORDER BY sequence"
)
_HAS = "SELECT 1 FROM outbox WHERE lane IN (0, 1) AND sequence = ?"
_CHUNK = 500


def counts(connection: Connection) -> tuple[int, int]:
    """Return the numbers of waiting and refused events. Reads the whole outbox: once, at the start."""
    total, refused = connection.execute(_COUNTS).fetchone()
    return total - refused, refused


def count_refused(connection: Connection) -> int:
    return int(connection.execute(_REFUSED).fetchone()[0])


def waiting(connection: Connection, lane: Lane, base: int, after: int, limit: int) -> list[Waiting]:
    """Return the next events of `lane` above `after`: a page, so that a long outage costs no memory.

    `base` is that of the present stream: events below it are damaged and never sent."""
    rows = connection.execute(_WAITING, (LANES[lane], base + after, limit))
    return [Waiting(number - base, body, name) for number, body, name in rows]


def waiting_backward(connection: Connection, lane: Lane, base: int, before: int, limit: int) -> list[Waiting]:
    """Return a page of the events below `before`, the newest first."""
    rows = connection.execute(_WAITING_BACKWARD, (LANES[lane], base, base + before, limit))
    return [Waiting(number - base, body, name) for number, body, name in rows]


def streams(connection: Connection) -> frozenset[UUID]:
    """Return the streams that were given up."""
    return frozenset(UUID(name) for (name,) in connection.execute("SELECT id FROM earlier_stream"))


def oldest_waiting_ms(connection: Connection) -> int | None:
    """Return the time when the oldest waiting event was recorded. Reads only the oldest of each lane, and no
    backlog."""
    found = [connection.execute(_OLDEST_WAITING, (lane,)).fetchone() for lane in LANES.values()]
    return min((row[0] for row in found if row), default=None)


def events_with(connection: Connection, mark: bytes, after: int, through: int) -> list[Waiting]:
    """Return the events that hold `mark` between two numbers, waiting or not."""
    return [Waiting(*row) for row in connection.execute(_WITH, (after, through, mark))]


def has(connection: Connection, sequence: int) -> bool:
    """Tell whether the event has no receipt: it waits or was refused."""
    return connection.execute(_HAS, (sequence,)).fetchone() is not None


@dataclass(slots=True)
class Tally:
    """The effects of receipts. `through`: the highest that they say of our stream. `mismatch`: the first one that
    contradicts our events; later receipts were not looked at."""

    done: int = 0
    refused: int = 0
    foreign: int = 0
    is_answer: bool = False
    through: int = 0
    mismatch: Mismatch | None = None


def apply(connection: Connection, receipts: Iterable[Receipt], head: Head) -> Tally:
    """Mark the events that the receipts refuse, and take out those that they cover.

    A receipt that contradicts our events takes out nothing: our events are not those of the centre."""
    tally = Tally()
    for receipt in receipts:
        if receipt.stream != head.stream:
            tally.foreign += 1
            continue
        tally.mismatch = find_mismatch(connection, receipt, head)
        if tally.mismatch:
            break
        tally.is_answer |= receipt.hash is not None
        tally.through = max(tally.through, receipt.through)
        for row in refused(receipt):
            tally.refused += connection.execute(_REFUSE, (row.reason, head.base + row.sequence)).rowcount
        for lane in LANES.values():
            tally.done += _take_out(connection, receipt, lane, head.base)
    return tally


def _take_out(connection: Connection, receipt: Receipt, lane: int, base: int) -> int:
    is_vouched = receipt.hash is not None
    values = (lane, base, base + receipt.through, is_vouched)
    done = connection.execute(_THROUGH, values).rowcount
    are_marked = len(receipt.extra_marks) == len(receipt.extra)
    for sequence in receipt.extra:
        done += connection.execute(_ONE, (lane, base + sequence, are_marked)).rowcount
    return done


def refuse(connection: Connection, sequence: int, reason: str) -> None:
    connection.execute(_REFUSE, (reason, sequence))


def release(connection: Connection, reason: str) -> int:
    """Let the events that were refused for `reason` wait again, and return their number."""
    return connection.execute(_RELEASE, (reason,)).rowcount


def prune(connection: Connection, after: int, before_ms: int, now_ms: int) -> tuple[int, int | None]:
    """Delete a chunk of events recorded before `before_ms` that have a receipt.

    An event that a wrong clock has dated after now is taken to be of now: else it would hold up all later ones.

    Returns the number of deleted events, and the place to go on (None: no older event is left)."""
    chunk = connection.execute(_OLDEST, (after, _CHUNK)).fetchall()
    if not chunk:
        return 0, None
    last = chunk[-1][0]
    connection.execute(_OF_NOW, (now_ms, after, last, now_ms + _DAY_MS))
    if chunk[0][1] >= before_ms:
        return 0, None
    return connection.execute(_PRUNE, (after, last, before_ms)).rowcount, last


def forget(connection: Connection, before_ms: int) -> int:
    """Delete identities and likenesses: a repeat of something that old would be recorded again."""
    return sum(connection.execute(sql, (before_ms,)).rowcount for sql in _FORGET)
