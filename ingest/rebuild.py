"""Typed rows and counts made again from the ledger, beside running ingest.

    tables that were dropped -> events that are understood by now -> rows that are not there, stream by stream
        -> claims of stations that fold -> the counts of each day

With all kinds and no first day also what single events say of devices, cameras and pictures (ingest/rebuilt_states.py),
and with readings the series of probes (ingest/rebuilt_series.py). storage/origins.py declares what is derived.

A row that is there is left as it is: a difference is for `shian verify` to name. An event that was folded when it came
makes no row now; rows that were taken away by age stay away unless the caller asks for an earlier day. Nothing is
alerted again: alerts, their steps and deliveries are not derived rows. Only what was never understood before is
alerted, for nobody was told of it (ingest/pending.py).

Each piece is a transaction with its place in the stream, so that it can be stopped at any time and goes on from there.
"""

from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from ingest import pending, rebuilt_series, samples
from ingest.history import History
from ingest.rebuilt_states import States, camera_troubles
from ingest.store import Store
from ingest.typed import TypedRows
from storage import bulk, limits
from storage.errors import translated
from storage.kinds import TYPED, WITH_ROWS
from storage.named import queries
from storage.remake import remake
from storage.repeats import as_disputed, as_possible_repeat, likeness_of, may_be_marked
from storage.retired import Mark, bring_back, read_marks
from storage.rows import Taking
from wire import codec
from wire.clocks import moment_of
from wire.kinds import BY_EVENT, Received, camera, link, probe, reading, result, sample
from wire.kinds.envelope import NotUnderstood
from wire.kinds.kind import Kind
from wire.kinds.result import ResultEvent

_SQL = queries("rebuild")
_INGEST = queries("ingest")
_WALK = queries("walk")
_LOCK = 0x5368_6961_6E06
_PIECE = 2000


class BusyError(Exception):
    """Another rebuild is at work in this database."""


@dataclass(slots=True)
class Progress:
    """The place that a rebuild has come to. `events` were looked at, `rows` were made."""

    streams: int
    tables: tuple[str, ...] = ()
    done: int = 0
    events: int = 0
    rows: int = 0
    understood: int = 0
    days: int = 0


@dataclass(slots=True)
class _Rebuild:
    connection: psycopg.Connection[Any]
    kinds: Collection[Kind]
    since: Mark | None
    task: str
    history: History
    marks: Mapping[str, Mark]
    folding: frozenset[str]
    progress: Progress
    states: States | None

    def stream(self, stream: UUID, station: str, last: int) -> Iterator[None]:
        """Go through a stream from where an earlier run came to. Ingest lays out itself what comes after `last`."""
        row = self.connection.execute(_SQL["through"], {"task": self.task, "stream": stream}).fetchone()
        after = row[0] if row else 0
        while True:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                values = {"stream": stream, "after": after, "last": last, "most": _PIECE}
                piece = cursor.execute(_SQL["piece"], values).fetchall()
                if not piece:
                    break
                self._piece(cursor, stream, station, piece)
                after = piece[-1][0]
                cursor.execute(_SQL["came_to"], {"task": self.task, "stream": stream, "through": after})
            yield
        with self.connection.transaction(), self.connection.cursor() as cursor:
            self._disputed(cursor, stream, station)

    def _piece(self, cursor: psycopg.Cursor[Any], stream: UUID, station: str, piece: list[tuple[Any, ...]]) -> None:
        rows, taken = TypedRows(), []
        for _, body, received_at, is_folded, is_waiting in piece:
            event = None if is_folded or is_waiting else _read(body)
            if event is not None:
                taken.append((event, received_at))
        alike = self._alike(cursor, station, stream, [event for event, _ in taken], is_disputed=False)
        for event, received_at in taken:
            if isinstance(event, ResultEvent) and event.id in alike:
                self._add(rows, as_possible_repeat(event), received_at)
            else:
                self._add(rows, event, received_at)
        if self.states is not None:
            self.states.write(cursor, taken)
        self.progress.events += len(piece)
        self.progress.rows += rows.insert_new(cursor)

    def _disputed(self, cursor: psycopg.Cursor[Any], stream: UUID, station: str) -> None:
        """Make the rows of second bodies under numbers that are taken: of results alone."""
        rows = TypedRows()
        for name, body, received_at, is_folded in cursor.execute(_SQL["disputed"], {"stream": stream}).fetchall():
            event = None if is_folded else _read(body)
            if isinstance(event, ResultEvent):
                alike = self._alike(cursor, station, stream, [event], is_disputed=True, name=name)
                shown = as_disputed(event, name)
                self._add(rows, as_possible_repeat(shown) if alike else shown, received_at)
        self.progress.rows += rows.insert_new(cursor)

    def _add(self, rows: TypedRows, event: Received, received_at: datetime) -> None:
        if isinstance(event, NotUnderstood):
            return
        kind = BY_EVENT[type(event)]
        if kind not in self.kinds or TYPED[kind] is None:
            return
        moment, mark = moment_of(event, received_at), self.marks.get(kind.name)
        if (mark and moment.at < mark.before) or (self.since and moment.at < self.since.before):
            return
        judged = None
        if isinstance(event, ResultEvent):
            judged = self.history(event, event.station, event.device or "", moment, received_at)
        rows.add(event, Taking(moment, received_at, judged))

    def _alike(
        self,
        cursor: psycopg.Cursor[Any],
        station: str,
        stream: UUID,
        events: Collection[Received],
        *,
        is_disputed: bool,
        name: UUID | None = None,
    ) -> set[UUID]:
        """Return the results that ingest marked as perhaps repeats of another stream's (ingest/folding.py): who claimed
        the likeness first is still known."""
        if station not in self.folding:
            return set()
        wanted = {
            (name or event.id): mark
            for event in events
            if isinstance(event, ResultEvent) and may_be_marked(event) and (mark := likeness_of(event))
        }
        if not wanted:
            return set()
        values = {"station": station, "marks": list(wanted.values())}
        first = {mark: claim for mark, *claim in cursor.execute(_SQL["alike"], values).fetchall()}
        found = set()
        for event_id, mark in wanted.items():
            claim = first.get(mark)
            if claim is None or claim[0] == event_id:
                continue
            if claim[1] != stream or claim[2] or is_disputed:
                found.add(event_id)
        return found


def _read(body: bytes) -> Received | None:
    """Return the event, or None for bytes that are none any more: the walk names those."""
    try:
        return codec.read(body)
    except codec.RefusedError:
        return None


def rebuild(
    connection: psycopg.Connection[Any], zone: ZoneInfo, *, kinds: Collection[Kind], since: date | None = None
) -> Generator[Progress, None, None]:
    """Make the rows of `kinds` and what is counted of them; `since`: only what was recorded from that day of the zone
    on, also where it was taken away by age. The connection is the owner's, in autocommit. Raises BusyError and the
    errors of storage.errors."""
    with translated():
        if connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone() != (True,):
            raise BusyError
        try:
            yield from _rebuild(connection, zone, frozenset(kinds), since)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _rebuild(
    connection: psycopg.Connection[Any], zone: ZoneInfo, kinds: frozenset[Kind], since: date | None
) -> Iterator[Progress]:
    streams = connection.execute(_SQL["streams"]).fetchall()
    progress = Progress(len(streams), tuple(remake(connection)))
    yield progress
    yield from _understand(connection, zone, progress)
    for kind in kinds:
        if (typed := TYPED[kind]) is not None:
            bulk.prepare(connection, typed.table)
    mark = mark_of(connection, zone, since) if since else None
    if mark:
        for kind in kinds & WITH_ROWS.keys():
            bring_back(connection, kind, mark)
    work = _Rebuild(
        connection,
        kinds,
        mark,
        f"{','.join(sorted(kind.name for kind in kinds))} {since or ''}".strip(),
        History(limits.read_judge(connection)),
        read_marks(connection),
        frozenset(station for (station,) in connection.execute(_SQL["folding_stations"])),
        progress,
        States.begin(connection) if kinds >= set(WITH_ROWS) and since is None else None,
    )
    for stream, station, last in streams:
        for _ in work.stream(stream, station, last):
            yield progress
        progress.done += 1
        yield progress
    if kinds & {result.KIND, sample.KIND, link.KIND}:
        samples.rebuild(connection, work.marks)
    if camera.KIND in kinds:
        camera_troubles(connection)
    if kinds & {reading.KIND, probe.KIND}:
        kept = work.marks.get(reading.KIND.name)
        days = [mark.day for mark in (kept, work.since) if mark]
        for _ in rebuilt_series.rebuild(connection, kept_from=max(days, default=None)):
            progress.days += 1
            yield progress
    if result.KIND in kinds:
        _claim(connection, work.folding)
    if kinds & {result.KIND, link.KIND}:
        yield from _count(connection, work, progress)
    connection.execute(_SQL["done"], {"task": work.task})


def _understand(connection: psycopg.Connection[Any], zone: ZoneInfo, progress: Progress) -> Iterator[Progress]:
    store = Store(zone)
    store.refresh(connection)
    while (projected := pending.project(connection, store, most=_PIECE)).tried:
        progress.understood += projected.understood
        yield progress


def zone_of(connection: psycopg.Connection[Any]) -> ZoneInfo:
    """Return the zone in which the district counts its days now. Raises psycopg.Error."""
    return ZoneInfo(limits.read_zones(connection)[-1].name)


def mark_of(connection: psycopg.Connection[Any], zone: ZoneInfo, day: date) -> Mark:
    """Return where a day of the zone begins. Raises psycopg.Error."""
    row = connection.execute(_SQL["begins"], {"day": day, "zone": zone.key}).fetchone()
    assert row is not None, "a SELECT without FROM has one row"
    return Mark(day, row[0])


def _claim(connection: psycopg.Connection[Any], stations: Collection[str]) -> None:
    """Claim identities for the rows that are there again, where a station began to fold while they were not."""
    if stations:
        names = {"names": sorted(stations)}
        with connection.transaction():
            connection.execute(_INGEST["claim_results"], names)
            connection.execute(_INGEST["claim_likenesses"], names)


def _count(connection: psycopg.Connection[Any], work: _Rebuild, progress: Progress) -> Iterator[Progress]:
    """Count each day anew, from the rows. Ingest waits for a day's counting, and for no more."""
    row = connection.execute(_SQL["days"]).fetchone()
    if row is None or row[0] is None:
        return
    kept = work.marks.get(result.KIND.name)
    marks = [mark.day for mark in (kept, work.since) if mark]
    first = max([row[0] - timedelta(days=1), *marks])
    zones = limits.read_zones(connection)
    values: dict[str, Any] = {
        "since": ["-infinity", *(zone.since.isoformat() for zone in zones[1:])],
        "zone": [zone.name for zone in zones],
        "skipped": [station for (station,) in connection.execute(_WALK["guessed_stations"])],
    }
    day = first
    while day <= row[1]:
        values["day"] = day
        with connection.transaction():
            connection.execute(_SQL["lock_counts"])
            for name in ("forget_tests", "forget_samples", "forget_stations"):
                connection.execute(_SQL[name], values)
            for name in ("count_tests", "count_samples", "count_stations"):
                connection.execute(_SQL[name], values)
        progress.days += 1
        yield progress
        day += timedelta(days=1)
