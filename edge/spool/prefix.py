"""Compares a receipt with the spool: is our stream a prefix of the centre's?

A spool may be an older state of itself (a backup put back, a log that was lost, a cloned card). Its next events would
then get numbers that the centre has already. The hash of the centre's newest event tells: through the chain it vouches
for every event before it."""

from dataclasses import dataclass

from edge.spool.file import Connection, Head
from edge.spool.rows import Cause
from wire.codec import Reason
from wire.receipts import Receipt, Refused

_HASH = "SELECT hash FROM event WHERE sequence = ?"
_WAITS = "SELECT 1 FROM outbox WHERE lane IN (0, 1) AND sequence = ?"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A proof that our stream is not a prefix of the centre's."""

    cause: Cause
    detail: str


def find_mismatch(connection: Connection, receipt: Receipt, head: Head) -> Mismatch | None:
    """Compare a receipt for our stream with our events. None: nothing in it contradicts them."""
    highest = max((receipt.through, *receipt.extra))
    if highest > head.sequence:
        return Mismatch(Cause.BEHIND, f"the centre has event {highest}, this spool ends at {head.sequence}")
    if receipt.hash is not None and not _is_ours(connection, head, receipt.through, receipt.hash):
        return Mismatch(Cause.DIVERGED, f"the centre has another event {receipt.through}")
    for sequence, mark in zip(receipt.extra, receipt.extra_marks, strict=False):
        if not _is_ours(connection, head, sequence, mark):
            return Mismatch(Cause.DIVERGED, f"the centre has another event {sequence}")
    for row in refused(receipt):
        if row.reason == Reason.FORKED and _waits(connection, head, row.sequence):
            return Mismatch(Cause.DIVERGED, f"the centre has another event {row.sequence}")
    return None


def refused(receipt: Receipt) -> list[Refused]:
    """Return the refusals in a receipt that are about our events, when its hashes are ours.

    Another box may write under our stream's name: we hear the receipts that refuse its events, too."""
    marked = set(receipt.extra[: len(receipt.extra_marks)])
    vouched = receipt.through if receipt.hash is not None else 0
    return [row for row in receipt.refused if row.sequence > vouched and row.sequence not in marked]


def _is_ours(connection: Connection, head: Head, sequence: int, begin: str) -> bool:
    """Tell whether the hash of our event begins with `begin`. An event that was pruned had a receipt of its own."""
    if sequence == 0:
        return True
    if sequence == head.sequence:
        return head.hash.startswith(begin)
    row = connection.execute(_HASH, (head.base + sequence,)).fetchone()
    return row is None or str(row[0]).startswith(begin)


def _waits(connection: Connection, head: Head, sequence: int) -> bool:
    return connection.execute(_WAITS, (head.base + sequence,)).fetchone() is not None
