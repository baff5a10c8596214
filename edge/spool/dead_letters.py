"""Dead letters in the spool: bounded in number and bytes; letters that had to go are counted.

The functions run inside a transaction of edge/spool/spool.py; totals are values, so that a rollback needs no
undoing."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.spool.file import Connection
from edge.spool.rows import DeadLetter

_INSERT = "INSERT INTO dead_letter (device, reason, detail, start, data, recorded_ms) VALUES (?, ?, ?, ?, ?, ?)"
_OLDEST = "SELECT number, length(data) FROM dead_letter ORDER BY number LIMIT 1"
_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Totals:
    """The number and size of the letters, and how many had to go so far."""

    letters: int
    size: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Bounds:
    letters: int = 10_000
    size: int = 16 << 20


def read_totals(connection: Connection) -> Totals:
    row = connection.execute(
        "SELECT count(*), coalesce(sum(length(data)), 0), (SELECT dead_dropped FROM stream) FROM dead_letter"
    ).fetchone()
    return Totals(*row)


def keep(
    connection: Connection, letters: Iterable[DeadLetter], totals: Totals, bounds: Bounds, recorded_ms: int
) -> Totals:
    """Store `letters`; the oldest go when there are too many. A letter larger than the bound is cut to it."""
    count, size, dropped = totals.letters, totals.size, totals.dropped
    for letter in letters:
        data = letter.data[: bounds.size]
        connection.execute(
            _INSERT, (letter.device, letter.reason, letter.detail[:_DETAIL], letter.start, data, recorded_ms)
        )
        count, size = count + 1, size + len(data)
        while count > bounds.letters or size > bounds.size:
            number, length = connection.execute(_OLDEST).fetchone()
            connection.execute("DELETE FROM dead_letter WHERE number = ?", (number,))
            count, size, dropped = count - 1, size - length, dropped + 1
    return Totals(count, size, dropped)
