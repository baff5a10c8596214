"""The chores between batches: limits read anew, gaps named, stations watched, quarantine released."""

from collections.abc import Callable, Iterator

import structlog

from ingest import gaps, metrics, pending, probe_sweep, upkeep
from ingest.database import Connection
from ingest.release import release
from ingest.settings import Ingest
from ingest.store import Store
from ingest.watch import sweep as watch
from ingest.work import Outcome
from storage.errors import RowsRefusedError
from storage.named import queries

_SQL = queries("sweep")
_RELEASED = 500

Chores = Callable[[Connection, Store, Ingest], list[Outcome]]

log = structlog.get_logger()


def sweep(connection: Connection, store: Store, settings: Ingest) -> list[Outcome]:
    """Sweep. Raises the errors of storage.errors; commits of before stay, and doing it again changes nothing."""
    store.refresh(connection)
    outcomes = [gaps.sweep(connection, after_s=settings.gap_after_s, most=settings.budgets.alerts.other)]
    outcomes.append(watch.sweep(connection, settings.watch, store.use))
    outcomes.append(probe_sweep.sweep(connection, store.reading_limits, store.zone))
    outcomes.append(upkeep.sweep(connection, settings.budgets))
    outcomes += _released(connection, store)
    outcomes += _understood(connection, store)
    return outcomes


def refresh(connection: Connection, store: Store, _settings: Ingest) -> list[Outcome]:
    """Read anew what a lane beside the sweeping one needs: the limits. Raises the errors of storage.errors."""
    store.refresh(connection)
    return []


def _released(connection: Connection, store: Store) -> Iterator[Outcome]:
    while True:
        outcome = _release_some(connection, store)
        count = len(outcome.stored) + len(outcome.there) + len(outcome.refused)
        if not count:
            return
        metrics.RELEASED.inc(len(outcome.stored))
        log.info("quarantine_released", stored=len(outcome.stored), refused=len(outcome.refused))
        yield outcome


def _understood(connection: Connection, store: Store) -> Iterator[Outcome]:
    while (projected := pending.project(connection, store, most=_RELEASED)).tried:
        yield projected.outcome


def _release_some(connection: Connection, store: Store) -> Outcome:
    try:
        return release(connection, store, most=_RELEASED)
    except RowsRefusedError:
        try:
            return release(connection, store, most=1)
        except RowsRefusedError as exc:
            return release(connection, store, most=1, condemned=str(exc))
