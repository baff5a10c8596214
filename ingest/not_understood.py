"""Events whose data this version does not understand: noted, so that a later one finds them (ingest/pending.py)."""

from ingest import metrics
from ingest.rules import on_not_understood
from ingest.work import Work
from storage.named import queries
from wire.kinds import fingerprint
from wire.kinds.envelope import NotUnderstood

_SQL = queries("pending")


def keep(work: Work) -> None:
    """Note what of the newly stored is not understood, and say so: one alert a station."""
    found = [(one, one.event) for one in work.stored if isinstance(one.event, NotUnderstood)]
    if not found:
        return
    metrics.NOT_UNDERSTOOD.inc(len(found))
    values = {
        "event": [event.id for _, event in found],
        "stream": [event.stream for _, event in found],
        "sequence": [event.sequence for _, event in found],
        "station": [one.station for one, _ in found],
        "topic": [one.topic for one, _ in found],
        "type": [event.type for _, event in found],
        "why": [event.why[:1000] for _, event in found],
        "hash": [one.hash for one, _ in found],
        "size": [len(one.body) for one, _ in found],
        "tried": fingerprint(),
        "now": work.now,
    }
    work.cursor.execute(_SQL["add"], values, binary=True)
    last = {one.station: event for one, event in found}
    work.signals += [on_not_understood(event, station) for station, event in sorted(last.items())]
