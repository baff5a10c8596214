"""Newly stored events that say something new -> typed rows, and what else they say."""

from collections import defaultdict

import psycopg

from ingest import expected_media, state_changes
from ingest.devices import note_results
from ingest.effects import EFFECTS, Seen
from ingest.own_rules import OwnRules
from ingest.rules import on_clock
from ingest.verdict import Judges
from ingest.work import Work
from storage import bulk
from storage.kinds import TYPED, WITH_ROWS
from storage.rows import Row, Taking
from wire.clocks import moment_of
from wire.kinds import BY_EVENT, Event
from wire.kinds.envelope import NotUnderstood
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

    def insert_new(self, cursor: psycopg.Cursor[tuple[object, ...]]) -> int:
        """Write those that are not there yet; return how many that were. The connection was prepared for it."""
        added = (bulk.insert_new(cursor, typed.table, self._rows[kind], "event") for kind, typed in WITH_ROWS.items())
        return sum(map(len, added))


def store(work: Work, judge: Judges, rules: OwnRules) -> None:
    """Store typed rows. Fills work.judged, work.devices, work.doubted, work.items, work.signals and work.media."""
    rows = TypedRows()
    for accepted in work.effective():
        event, device = accepted.event, accepted.device or ""
        received_at = work.received.get(event.id, work.now)
        moment = moment_of(event, received_at)
        if not moment.is_believed:
            work.doubted[accepted.station] = event
        if isinstance(event, NotUnderstood):
            continue
        judged = None
        if isinstance(event, ResultEvent):
            judged = judge(event, accepted.station, device, moment, received_at)
            work.judged.append(judged)
        rows.add(event, Taking(moment, received_at, judged))
        seen = Seen(accepted.station, device, moment, judged)
        EFFECTS[BY_EVENT[type(event)]](work, event, seen)
        rules.judge(work, event, seen, received_at)
    note_results(work)
    work.signals += [on_clock(event, station, work.now) for station, event in sorted(work.doubted.items())]
    rows.insert(work.cursor)
    expected_media.write(work)
    state_changes.write(work)
