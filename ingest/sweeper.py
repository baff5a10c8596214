"""What is done between batches: limits read anew, gaps named, quarantine released, old feed rows dropped."""

from collections.abc import Iterator
from datetime import datetime

import structlog

from ingest import gaps, metrics
from ingest.database import Connection
from ingest.release import release
from ingest.settings import Ingest
from ingest.store import Store
from ingest.work import Outcome
from storage.errors import RowsRefusedError
from storage.named import queries

_SQL = queries("sweep")
_RELEASED = 500

log = structlog.get_logger()


def sweep(connection: Connection, store: Store, settings: Ingest, now: datetime) -> list[Outcome]:
    """Raises the errors of storage.errors; what was committed before stays, and doing it again changes nothing."""
    store.refresh(connection)
    outcomes = [gaps.sweep(connection, now, after_s=settings.gap_after_s)]
    outcomes += _released(connection, store, now)
    return outcomes


def _released(connection: Connection, store: Store, now: datetime) -> Iterator[Outcome]:
    while True:
        outcome = _release_some(connection, store, now)
        count = len(outcome.stored) + len(outcome.there) + len(outcome.refused)
        if not count:
            return
        metrics.RELEASED.inc(len(outcome.stored))
        log.info("quarantine_released", stored=len(outcome.stored), refused=len(outcome.refused))
        yield outcome


def _release_some(connection: Connection, store: Store, now: datetime) -> Outcome:
    try:
        return release(connection, store, now, most=_RELEASED)
    except RowsRefusedError:
        try:
            return release(connection, store, now, most=1)
        except RowsRefusedError as exc:
            return release(connection, store, now, most=1, condemned=str(exc))
