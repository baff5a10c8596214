"""Events whose data is not understood yet, projected when a later version reads them.

A station may be newer than its centre. An event of a kind that the centre does not know, or with words that are newer,
has a place in the ledger and a receipt as any other event, so that the chain has no hole. Its row, its counts
and its alerts come as soon as the centre is upgraded: the sweep tries again once for each version, and so does
`shian rebuild`.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import psycopg
import structlog

from ingest import alerts, metrics
from ingest.accept import Accepted, accept
from ingest.history import History
from ingest.store import Store
from ingest.work import Outcome, Work
from storage.errors import translated
from storage.limits import read_judge
from storage.named import queries
from wire.kinds import fingerprint
from wire.kinds.envelope import NotUnderstood
from wire.said import Said
from wire.terms import Rule, Severity

_SQL = queries("pending")

log = structlog.get_logger()


class Projected(NamedTuple):
    """The outcome of a turn: so many were tried, and so many of them are understood."""

    outcome: Outcome
    tried: int = 0
    understood: int = 0


def project(connection: psycopg.Connection[Any], store: Store, *, most: int) -> Projected:
    """Give up to `most` events that are understood by now all that they would have had when they came: folded, judged
    by the limits of their time, laid out, counted, alerted. Each is tried once by each version. Raises the errors of
    storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        rows = cursor.execute(_SQL["waiting"], {"tried": fingerprint(), "most": most}).fetchall()
        if not rows:
            return Projected(Outcome())
        work = Work.begin(cursor)
        good, others = [], []
        for event, topic, body, received_at in rows:
            match accept(topic, body):
                case Accepted() as accepted if not isinstance(accepted.event, NotUnderstood):
                    good.append(accepted)
                    work.received[accepted.event.id] = received_at
                case _:
                    others.append(event)
        ids = [accepted.event.id for accepted in good]
        cursor.execute(_SQL["understood"], {"ids": ids, "others": others, "tried": fingerprint(), "now": work.now})
        if good:
            store.project(work, good, History(read_judge(connection)))
            _resolve(work)
            store.conclude(work)
    log.info("events_understood", understood=len(good), waiting=len(others))
    metrics.UNDERSTOOD.inc(len(good))
    # They have their receipts since they came.
    return Projected(replace(store.committed(work), stored=()), len(rows), len(good))


def _resolve(work: Work) -> None:
    """End the alerts of stations of which nothing waits any more."""
    for alert, station, severity, opened_at in work.cursor.execute(_SQL["over"]).fetchall():
        alerts.resolve(
            work,
            alert,
            rule=Rule.NOT_UNDERSTOOD,
            station=station,
            severity=Severity(severity),
            opened_at=opened_at,
            note=Said("understood"),
        )
