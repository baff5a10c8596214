"""The look at every station's newest status, between batches. One worker at a time does it."""

from functools import lru_cache

from ingest import alert_folds, alerts, budgets, news
from ingest.budgets import Use
from ingest.database import Connection
from ingest.watch import cameras
from ingest.watch.cameras import Trouble
from ingest.watch.rules import RULES, Seen, conditions
from ingest.work import Outcome, Work
from storage import watch
from storage.errors import translated
from storage.named import queries
from storage.rules import system
from storage.steps import run
from storage.thresholds import StationThresholds
from wire.status import Status, decode
from wire.terms import Rule

_SQL = queries("watch")
_RULES = queries("rules")
_LOCK = 0x5368_6961_6E02


def sweep(connection: Connection, thresholds: StationThresholds, use: Use) -> Outcome:
    """Open the alerts of what has lasted, by `thresholds` and what the district changed of them, within the stations'
    budgets; end those of what is over. Raises the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        if cursor.execute(_SQL["try_watch"], {"key": _LOCK}).fetchone() != (True,):
            return Outcome()
        work = Work.begin(cursor)
        use.begin(work)
        thresholds = run(cursor, system.over(thresholds))
        rows = cursor.execute(_SQL["statuses"]).fetchall()
        seen = [Seen(name, at, state, _status(body), event_at) for name, at, state, body, event_at in rows]
        (listening_since,) = cursor.execute(_SQL["listening_since"]).fetchone() or (None,)
        found = conditions(seen, thresholds, work.now, listening_since)
        if thresholds.camera_untrusted.is_on:
            troubles = [Trouble(*row) for row in cursor.execute(_RULES["troubles"]).fetchall()]
            rows = cursor.execute(_SQL["episodes"], {"rules": [str(Rule.CAMERA_UNTRUSTED)]}).fetchall()
            found += cameras.conditions(troubles, thresholds.camera_untrusted, [row[0] for row in rows])
        run(cursor, watch.settle(work, found, rules=RULES, again_s=thresholds.again_s))
        alert_folds.fold(work, use)
        budgets.tell(work)
        alerts.raise_all(work)
        alert_folds.spend(work)
        use.write(work)
        news.publish(work)
    use.committed(work)
    return Outcome(opened=work.opened)


@lru_cache(8192)
def _status(body: str) -> Status:
    """Decode a status. Most are the same as at the last look, so they are cached."""
    return decode(body.encode())
