"""Quarantine -> ledger: events that a station sent before somebody enrolled it are taken in once it is known; others
when a person wants them to be tried again."""

from typing import Any

import psycopg

from ingest.accept import Accepted, accept, refuse
from ingest.store import Store
from ingest.work import Outcome, Work
from storage.errors import translated
from storage.named import queries
from wire.codec import Reason

_SQL = queries("sweep")


def release(connection: psycopg.Connection[Any], store: Store, *, most: int, condemned: str = "") -> Outcome:
    """Take in up to `most` messages; the rows stay, marked as released, and whatever else is wrong with a message is
    a new row of its own. With `condemned` (why) they are not storable and go back. Raises the errors of
    storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        values = {"most": most, "shut": store.use.spent_stations()}
        rows = cursor.execute(_SQL["releasable"], values, binary=True).fetchall()
        if not rows:
            return Outcome()
        work = Work.begin(cursor)
        good = []
        for _, topic, body, _ in rows:
            match accept(topic, body):
                case Accepted() as accepted if condemned:
                    work.refused.append(refuse(accepted, Reason.NOT_STORABLE, condemned))
                case Accepted() as accepted:
                    good.append(accepted)
                case refused:
                    work.refused.append(refused)
        store.run(work, good)
        store.conclude(work)
        waiting = {refused.body for refused in work.put_off}  # above the station's budget: released in the next hour
        again = {(refused.topic, refused.body, refused.reason.value) for refused in work.refused}
        same = [row[0] for row in rows if row[1:] in again]  # for the same reason: it makes no row of its own
        cursor.execute(_SQL["refused_again"], {"ids": same})
        released = [row[0] for row in rows if row[2] not in waiting and row[0] not in same]
        cursor.execute(_SQL["released"], {"ids": released, "now": work.now})
    return store.committed(work)
