"""Send again what the centre had receipted and has no longer: functions inside a transaction of edge/spool/spool.py.

A centre that was put back to a backup, or a replica that took over and was behind, ends below what it has said before.
Its receipts were true, and what they took out of the outbox is on this disk alone, as long as it is kept
(`keep_days`). It goes back into the outbox under its own numbers, with its own bytes: the ledger has no number twice,
so what the centre has all the same is a duplicate to it.
"""

from dataclasses import dataclass, field

from edge.spool.file import Connection, Head
from edge.spool.writer import Writer
from wire.kinds.agent import CENTRE_BEHIND, AgentV1

PAGE = 500  # so that an analyzer waits for its answer no longer than for one of these

_NUMBERS = "SELECT sequence FROM event WHERE sequence > ? AND sequence <= ? ORDER BY sequence"
# A failed test that was recorded before the lane was kept is told by its bytes.
_AGAIN = """
INSERT INTO outbox (lane, sequence)
SELECT coalesce(lane, instr(body, CAST('"device_verdict":"fail"' AS BLOB)) = 0), sequence FROM event
WHERE sequence > ? AND sequence <= ?
AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.lane IN (0, 1) AND o.sequence = event.sequence)
"""
_KNOWN = "SELECT known FROM stream"
_KNOW = "UPDATE stream SET known = ?"
_NOTE = "INSERT INTO behind (stream, through, known, events, missing, detail, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"
_MOST_NAMED = 50


@dataclass(slots=True)
class Behind:
    """The centre has the stream up to `through`, and had said `known`. `events` that had a receipt wait again;
    `missing` ones are no longer kept."""

    through: int
    known: int
    events: int = 0
    missing: int = 0
    _holes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def detail(self) -> str:
        """Return the numbers that are no longer kept, for people."""
        if not self._holes:
            return ""
        named = [str(first) if first == last else f"{first}-{last}" for first, last in self._holes[:_MOST_NAMED]]
        return ", ".join(named) + (", ..." if len(self._holes) > _MOST_NAMED else "")

    def lacks(self, first: int, last: int) -> None:
        """Count the numbers `first` to `last`: nobody has their events."""
        self.missing += last - first + 1
        if self._holes and self._holes[-1][1] == first - 1:
            first = self._holes.pop()[0]
        self._holes.append((first, last))


def read_known(connection: Connection) -> int:
    """Return up to where the centre has said that it has the present stream."""
    return int(connection.execute(_KNOWN).fetchone()[0])


def know(connection: Connection, through: int) -> None:
    """Note what the centre has said."""
    connection.execute(_KNOW, (through,))


def put_back(connection: Connection, head: Head, behind: Behind, after: int) -> int:
    """Put a page of receipted events above the number `after` back into the outbox; return where the next begins."""
    last = min(after + PAGE, head.sequence)
    values = head.base + after, head.base + last
    expected = after + 1
    for (number,) in connection.execute(_NUMBERS, values).fetchall():
        if number - head.base > expected:
            behind.lacks(expected, number - head.base - 1)
        expected = number - head.base + 1
    if expected <= last:
        behind.lacks(expected, last)
    behind.events += connection.execute(_AGAIN, values).rowcount
    return last


def finish(connection: Connection, writer: Writer, behind: Behind) -> None:
    """Tell the centre, and ask for no more until it has said more."""
    know(connection, behind.through)
    values = (str(writer.head.stream), behind.through, behind.known, behind.events, behind.missing, behind.detail)
    connection.execute(_NOTE, (*values, writer.now_ms))
    writer.append_agent(
        AgentV1(
            state="started",
            cause=CENTRE_BEHIND,
            detail=behind.detail,
            through=behind.through,
            resent=behind.events,
            lost=behind.missing,
        )
    )
    writer.seal()
