"""The sweep: holes in streams are named within a minute, and alerts end by themselves when it is over: a hole that was
filled, a station whose clock is believed again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from ingest import alerts, news, station_clocks
from ingest.heads import Head, missing
from ingest.rules import on_gap
from ingest.work import Outcome, Work
from storage.errors import translated
from storage.given_up import Hole, still_missing
from storage.named import queries
from wire.said import Said
from wire.terms import Rule, Severity

_SQL = queries("sweep")
_LOCK = 0x5368_6961_6E01
_RANGES = 1000
_MOST = 10


def sweep(connection: psycopg.Connection[Any], *, after_s: float, most: int = _MOST) -> Outcome:
    """Open an alert for every hole that has stood for `after_s`, `most` of a station at a time; resolve those of holes
    that are filled. One worker at a time does it. Raises the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        if cursor.execute(_SQL["try_sweep"], {"key": _LOCK}).fetchone() != (True,):
            return Outcome()
        work = Work.begin(cursor)
        _end_those_recorded_again(work)
        _name_gaps(work, work.now - timedelta(seconds=after_s), most)
        alerts.raise_all(work)
        _resolve_filled(work)
        station_clocks.resolve_believed(work, work.now - timedelta(seconds=after_s))
        news.publish(work)
    return Outcome(opened=work.opened)


def _name_gaps(work: Work, before: datetime, most: int) -> None:
    rows = work.cursor.execute(_SQL["stalled_streams"], {"before": before, "most": most}).fetchall()
    for stream, station, through, highest, since in rows:
        holes = _holes(work, stream, through)
        head = Head(stream, station, through=through, highest=highest, gap_since=since)
        if holes:
            work.signals.append(on_gap(head, holes, work.now))


def _end_those_recorded_again(work: Work) -> None:
    """End the gaps of given-up streams whose missing events all came in the stream that follows."""
    for stream, through in work.cursor.execute(_SQL["given_up_streams"]).fetchall():
        if not _holes(work, stream, through):
            work.cursor.execute(_SQL["end_gap"], {"stream": stream})


def _holes(work: Work, stream: UUID, through: int) -> list[Hole]:
    """Return the numbers above `through` that never came anywhere, first ones first. Of very many runs of stored
    numbers only the first are looked at, and then there may be more behind the last."""
    values = {"stream": stream, "through": through, "most": _RANGES}
    stored = work.cursor.execute(_SQL["stored_ranges"], values).fetchall()
    holes = still_missing(work.cursor, stream, missing([(first, last) for first, last in stored], through))
    if not holes and len(stored) == _RANGES:
        return _holes(work, stream, stored[-1][1])
    return holes


def _resolve_filled(work: Work) -> None:
    rows = work.cursor.execute(_SQL["filled_gaps"]).fetchall()
    for alert, station, severity, opened_at, is_filled in rows:
        alerts.resolve(
            work,
            alert,
            rule=Rule.STREAM_GAP,
            station=station,
            severity=Severity(severity),
            opened_at=opened_at,
            note=Said("came" if is_filled else "came_later"),
        )
