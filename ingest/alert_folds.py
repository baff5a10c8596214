"""Above a station's budget of alerts, all others of a rule and an hour are one alert, which counts and lists them.

Nothing is silent by that: each of them is a step of that alert, in the order in which they came, and it is told again
while it grows. `facts`: `folded` (how many), `listed` (the first of them), `told` (how many were told of last).
"""

from dataclasses import replace
from datetime import datetime

from ingest.budgets import Use
from ingest.work import Work
from storage import alerts
from storage.budgets import Kind, hour_of
from storage.named import queries
from storage.signals import Signal
from storage.steps import run
from wire.terms import Rule

_SQL = queries("budgets")
_INGEST = queries("ingest")
_LISTED = 100
_TOLD_AGAIN_S = 300.0


def fold(work: Work, use: Use) -> None:
    """Put what is above a budget of alerts into the one alert of its rule and hour. Fills work.folds."""
    crowded = _crowded(work, use)
    if not crowded:
        return
    keys = sorted({key for some in crowded.values() for key in some})
    live = {row[0] for row in work.cursor.execute(_INGEST["live_keys"], {"keys": keys}, binary=True).fetchall()}
    above: set[str] = set()
    for (station, rule), some in crowded.items():
        fresh = [key for key in some if key not in live]
        above.update(fresh[use.left(work, station, kind_of(rule)) :])
    if above:
        hour = hour_of(work.now)
        work.signals[:] = [
            _into(work, signal, hour) if signal.key in above and not signal.ends else signal for signal in work.signals
        ]


def spend(work: Work) -> None:
    """Call when the alerts are raised: count those that were opened, and what the folded ones hold."""
    for signal in work.raised:
        if signal.rule != Rule.OVER_BUDGET and signal.key not in work.folds:
            work.spent[signal.station, kind_of(signal.rule)] += 1
    for key in sorted(work.folds):
        lines = work.folds[key]
        values = {"key": key, "count": len(lines), "lines": lines[:_LISTED], "most": _LISTED, "now": work.now}
        work.cursor.execute(_SQL["note_folded"], values)


def tell_again(work: Work) -> None:
    """Deliver the alerts once more that have grown since they were told of, at most every five minutes."""
    values = {"now": work.now, "after_s": _TOLD_AGAIN_S}
    rows = work.cursor.execute(_SQL["grown"], values, binary=True).fetchall()
    if rows:
        run(work.cursor, alerts.route_again(work, dict(rows)))


def kind_of(rule: str) -> str:
    """Return what the alerts of a rule are counted as."""
    return f"{Kind.ALERTS}/{rule}"


def _crowded(work: Work, use: Use) -> dict[tuple[str, str], list[str]]:
    """Return the keys that may open an alert, by station and rule, where there are more than the budget has left."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for signal in work.signals:
        if signal.opens and not signal.ends:
            found.setdefault((signal.station, str(signal.rule)), {})[signal.key] = None
    return {
        (station, rule): list(keys)
        for (station, rule), keys in found.items()
        if len(keys) > use.left(work, station, kind_of(rule))
    }


def _into(work: Work, signal: Signal, hour: datetime) -> Signal:
    rule, station = str(signal.rule), signal.station
    key = more_key(rule, station, hour)
    work.folds.setdefault(key, []).append(" ".join(filter(None, (signal.subject, signal.note)))[:200])
    work.above[station, kind_of(rule)] += 1
    return replace(
        signal,
        key=key,
        subject=signal.subject,
        device="",
        item="",
        sample="",
        commodity="",
        facts={"folded": 0, "listed": [], "told": 0},
        joins=True,
    )


def more_key(rule: str, station: str, hour: datetime) -> str:
    """Return the key of the one alert for all that are above the budget. storage/queries/walk.sql knows it."""
    return f"{rule}/{station}/more/{hour:%Y-%m-%dT%H}"
