"""The repeats that were folded, and those that might be repeats: counted for each device, the last ones kept with both
sides. Functions inside a transaction of edge/spool/spool.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.spool.file import Connection
from edge.spool.rows import Draft

MOST_KEPT = 500  # of each cause
_NOTE = "INSERT INTO repeat (device, cause, first, came_ms, data) VALUES (?, ?, ?, ?, ?)"
_TRIM = """
DELETE FROM repeat WHERE cause = ?1 AND number <= (
  SELECT number FROM repeat WHERE cause = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
"""
_COUNT = """
INSERT INTO repeat_count (device, folded, reread, possible) VALUES (?, ?, ?, ?) ON CONFLICT (device)
DO UPDATE SET folded = folded + excluded.folded, reread = reread + excluded.reread,
  possible = possible + excluded.possible
"""
_COUNTS = "SELECT device, folded, reread, possible FROM repeat_count"


class Cause(StrEnum):
    """The reason why a result was taken for a repeat. `transfer`: sent again because our answer was lost; `identity`:
    the test's own time or number was recorded before; `memory`: likewise, out of a memory that this process reads for
    the first time."""

    TRANSFER = "transfer"
    IDENTITY = "identity"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class RepeatCounts:
    """The repeats of a device in numbers. `folded`: came again by itself, and was not recorded again; `reread`:
    likewise, out of a memory that was asked; `possible`: recorded, and marked."""

    folded: int = 0
    reread: int = 0
    possible: int = 0

    def __add__(self, other: "RepeatCounts") -> "RepeatCounts":
        return RepeatCounts(self.folded + other.folded, self.reread + other.reread, self.possible + other.possible)


def note(connection: Connection, draft: Draft, cause: Cause, first: int, came_ms: int) -> None:
    """Keep a result that came again. `first` is the number of the event of the first one, 0 where it is not known."""
    data = draft.data.model_dump_json(exclude={"raw"})
    connection.execute(_NOTE, (device_of(draft), cause, first, came_ms, data))


def save(connection: Connection, counts: Mapping[str, RepeatCounts]) -> None:
    """Add to the counts of the devices, and delete the oldest repeats."""
    for device, added in counts.items():
        connection.execute(_COUNT, (device, added.folded, added.reread, added.possible))
    if any(added.folded or added.reread for added in counts.values()):
        for cause in Cause:
            connection.execute(_TRIM, (cause, MOST_KEPT))


def read_counts(connection: Connection) -> dict[str, RepeatCounts]:
    return {device: RepeatCounts(*counts) for device, *counts in connection.execute(_COUNTS)}


def summed(*some: Mapping[str, RepeatCounts]) -> dict[str, RepeatCounts]:
    total: dict[str, RepeatCounts] = {}
    for counts in some:
        for device, added in counts.items():
            total[device] = total.get(device, RepeatCounts()) + added
    return total


def folded(counts: Iterable[RepeatCounts]) -> int:
    return sum(one.folded for one in counts)


def device_of(draft: Draft) -> str:
    return draft.source.rpartition("/")[2]
