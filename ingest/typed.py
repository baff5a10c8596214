"""Newly stored events that say something new -> typed rows, and what else they say."""

from collections import defaultdict

import psycopg

from ingest import expected_media
from ingest.devices import note_results
from ingest.effects import EFFECTS, Seen
from ingest.rules import on_clock
from ingest.verdict import Limits
from ingest.work import Work
from storage import bulk
from storage.kinds import TYPED, WITH_ROWS
from storage.rows import Row, Taking
from wire.clocks import moment_of
from wire.days import Days
from wire.kinds import BY_EVENT, Event
from wire.kinds.kind import Kind
from wire.kinds.result import ResultEvent


class TypedRows:
    """Typed rows in the making, of every kind."""

    def __init__(self) -> None:
        self._rows: dict[Kind, list[Row]] = defaultdict(list)

    def add(self, event: Event, taking: Taking) -> None:
        """Lay out an event in columns, where its kind has any."""
        kind = BY_EVENT[type(event)]
        typed = TYPED[kind]
        if typed is not None:
            self._rows[kind].append(typed.row(event, taking))

    def insert(self, cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
        """Write them; none of them may be there yet."""
        for kind, typed in WITH_ROWS.items():
            bulk.insert(cursor, typed.table, self._rows[kind])


def store(work: Work, limits: Limits, days: Days) -> None:
    """Fills work.judged, work.devices, work.doubted, work.items, work.signals and work.media."""
    rows = TypedRows()
    for it in work.effective():
        event, device, moment = it.event, it.device or "", moment_of(it.event, work.now)
        if not moment.is_believed:
            work.doubted[it.station] = event
        judged = None
        if isinstance(event, ResultEvent):
            judged = limits.judge(event, it.station, device, moment, days.day(moment.at))
            work.judged.append(judged)
        rows.add(event, Taking(moment, work.now, judged))
        EFFECTS[BY_EVENT[type(event)]](work, event, Seen(it.station, device, moment, judged))
    note_results(work)
    work.signals += [on_clock(event, station, work.now) for station, event in sorted(work.doubted.items())]
    rows.insert(work.cursor)
    expected_media.write(work)
