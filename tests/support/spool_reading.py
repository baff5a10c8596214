"""What waits in a spool, decoded."""

from edge.spool.spool import Spool
from wire.codec import decode
from wire.events import Event
from wire.terms import Lane


def events_of(spool: Spool, limit: int = 10_000) -> list[Event]:
    """Everything without a receipt, in order."""
    rows = [it for lane in Lane for it in spool.waiting(lane, 0, limit)]
    return [decode(row.body) for row in sorted(rows, key=lambda it: it.sequence)]
