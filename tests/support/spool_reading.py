"""The events that wait in a spool, decoded."""

from edge.spool.spool import Spool
from wire.codec import decode
from wire.kinds import Event
from wire.terms import Lane


def events_of(spool: Spool, limit: int = 10_000) -> list[Event]:
    """Return every event without a receipt, in order."""
    rows = [waiting_event for lane in Lane for waiting_event in spool.waiting(lane, 0, limit)]
    return [decode(row.body) for row in sorted(rows, key=lambda row: row.sequence)]
