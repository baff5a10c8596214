"""The upkeep between batches, by one worker at a time: alerts about budgets are brought up to date and end by
themselves, what grew is told again, and what is old and no evidence is cut to its beginning."""

import json
from datetime import timedelta

from ingest import alert_folds, alerts, metrics, news
from ingest.budgets import facts_of, on_above
from ingest.database import Connection
from ingest.quarantine import HEAD
from ingest.work import Outcome, Work
from storage.budgets import StationBudgets, hour_of
from storage.errors import translated
from storage.named import queries
from wire.said import Said
from wire.terms import Rule, Severity

_SQL = queries("budgets")
_SWEEP = queries("sweep")
_LOCK = 0x5368_6961_6E04
_CUT = 100  # bodies at a turn: each is up to 64 KiB that are written anew
_LASTS = timedelta(hours=1)
_PROBES = queries("probes")
MINUTES = timedelta(days=45)  # of a probe's series; its hours and days stay
_MINUTES_CUT = 10_000


def sweep(connection: Connection, budgets: StationBudgets) -> Outcome:
    """Sweep. Raises the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        if cursor.execute(_SWEEP["try_sweep"], {"key": _LOCK}).fetchone() != (True,):
            return Outcome()
        work = Work.begin(cursor)
        _note_above(work)
        _prune(work, budgets)
        alert_folds.tell_again(work)
        alerts.raise_all(work)
        news.publish(work)
    return Outcome(opened=work.opened)


def _note_above(work: Work) -> None:
    """Note in the alerts about budgets how much stayed out in this hour and the last one; they end when that is
    nothing."""
    since = {"since": hour_of(work.now) - _LASTS}
    rows = work.cursor.execute(_SQL["over"], since, binary=True).fetchall()
    for alert, station, severity, opened_at, facts, above in rows:
        if above is None:
            alerts.resolve(
                work,
                alert,
                rule=Rule.OVER_BUDGET,
                station=station,
                severity=Severity(severity),
                opened_at=opened_at,
                note=Said("within_budgets"),
            )
        elif facts != (said := facts_of(above)):
            values = {"id": alert, "facts": json.dumps(said, ensure_ascii=False)}
            work.cursor.execute(_SQL["note_facts"], values)
    for station, above in work.cursor.execute(_SQL["unsaid"], since, binary=True).fetchall():
        work.signals.append(on_above(station, above))


def _prune(work: Work, budgets: StationBudgets) -> None:
    keep = budgets.keep
    work.cursor.execute(_SQL["forget"], {"before": work.now - timedelta(days=keep.counts_days)})
    values = {"before": work.now - timedelta(days=keep.quarantine_days), "head": HEAD, "most": _CUT}
    metrics.CUT.inc(work.cursor.execute(_SQL["cut_old"], values).rowcount)
    work.cursor.execute(_PROBES["forget_minutes"], {"before": work.now - MINUTES, "most": _MINUTES_CUT})
