"""A batch that the database refuses is taken apart until the message that it refuses stands alone."""

from collections.abc import Callable, Sequence

import structlog

from ingest import metrics
from ingest.accept import Accepted, Refused, refuse
from ingest.statuses import StatusNews
from ingest.work import Outcome
from storage.errors import RowsRefusedError
from wire.codec import Reason

Entry = Accepted | Refused | StatusNews
Store = Callable[[Sequence[Entry]], Outcome]

log = structlog.get_logger()


def store_apart(store: Store, entries: Sequence[Entry]) -> list[Outcome]:
    """Store all entries that can be stored; the others go to quarantine as `not_storable`. About 2 log2(n) transactions
    for one bad message among n."""
    if not entries:
        return []
    try:
        return [store(entries)]
    except RowsRefusedError as exc:
        if len(entries) == 1:
            return [_condemn(store, entries[0], str(exc))]
    half = len(entries) // 2
    return store_apart(store, entries[:half]) + store_apart(store, entries[half:])


def _condemn(store: Store, entry: Entry, why: str) -> Outcome:
    match entry:
        case Accepted():
            try:
                return store([refuse(entry, Reason.NOT_STORABLE, why)])
            except RowsRefusedError as exc:
                return _lose(entry.topic, Reason.NOT_STORABLE, str(exc))
        case Refused():
            return _lose(entry.topic, entry.reason, why)
        case StatusNews():
            metrics.STATUSES_REFUSED.labels("not_storable").inc()
            log.warning("status_refused", reason="not_storable", station=entry.station, detail=why)
            return Outcome()


def _lose(topic: str, reason: Reason, why: str) -> Outcome:
    """Give up a message: it is acknowledged to the broker without being kept, so that the line goes on. No receipt
    names it, so the station that sent it keeps it."""
    metrics.LOST.labels(reason.value).inc()
    log.error("message_lost", topic=topic[:200], reason=reason.value, detail=why)
    return Outcome()
