"""The walk behind `shian verify`: every stream from its first event to its last, with the exact bytes as the only
authority. In one snapshot, so that what comes in meanwhile is no flaw; piece by piece, so that memory stays small.

Who is to blame for a link that does not hold, n or n + 1? If n + 2 (or the stream's head) still names the hash of
n + 1, then n + 1 is as it was and n was changed; else it is n + 1. Where ingest already saw the break as the event
arrived (`broken_at`, `stream_break`), it is that event.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from storage import typed_sql
from storage.derived import derived
from storage.errors import translated
from storage.findings import Finding, Kind, Retired, Walked
from storage.given_up import still_missing
from storage.limits import read_judge
from storage.named import queries
from storage.retired import read_marks
from storage.walk_event import Seen, Validity, Witness, look, look_at_disputed
from wire.topics import CENTRE

_SQL = queries("walk")
_BEFORE_ALL = -(2**63)  # below every bigint: somebody may have put in an event with the number 0


def walk(connection: psycopg.Connection[Any], stations: Collection[str] = ()) -> Iterator[Finding | Walked | Retired]:
    """Yield all flaws, stream by stream; of `stations` only, when some are named. Opens a transaction of its own.
    Raises the errors of storage.errors."""
    with translated(), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        witness = _witness(connection)
        for row in connection.execute(_SQL["streams"]).fetchall():
            stream = Stream(*row)
            if not stations or stream.station in stations:
                yield from _Walk(connection, stream, witness).run()
        yield from _disputed(connection, stations, witness)
        for kind, rows in sorted(witness.retired.items()):
            yield Retired(kind, witness.marks[kind].day, rows)
        yield from _beside(connection, stations)
        if not stations or CENTRE in stations:
            yield from _old_audit(connection)
        yield from (finding for finding in derived(connection) if not stations or finding.station in ("", *stations))


@dataclass(frozen=True, slots=True)
class Stream:
    """A row of `stream`; all but id and station are None when the row itself is gone."""

    id: UUID
    station: str
    through: int | None
    head: bytes | None
    highest: int | None
    signed_through: int | None
    broken_at: int | None
    breaks: list[int]


def _witness(connection: psycopg.Connection[Any]) -> Witness:
    keys: dict[str, dict[str, Validity]] = defaultdict(dict)
    for name, key, valid_from, valid_to in connection.execute(_SQL["keys"]):
        keys[name][key] = Validity(valid_from, valid_to)

    def hash_at(stream: UUID, sequence: int) -> bytes | None:
        row = connection.execute(_SQL["hash_at"], {"stream": stream, "sequence": sequence}).fetchone()
        return row[0] if row else None

    def standing(event: UUID) -> tuple[bytes, bool] | None:
        row = connection.execute(_SQL["standing"], {"id": event}).fetchone()
        return (row[0], row[1]) if row else None

    return Witness(keys, read_judge(connection), hash_at, standing, read_marks(connection))


def _disputed(connection: psycopg.Connection[Any], stations: Collection[str], witness: Witness) -> Iterator[Finding]:
    for stream, *row in connection.execute(typed_sql.disputed()).fetchall():
        if not stations or row[2] in stations:
            yield from look_at_disputed(tuple(row), stream, witness)


def _beside(connection: psycopg.Connection[Any], stations: Collection[str]) -> Iterator[Finding]:
    for station, stream, sequence, reason, detail in connection.execute(_SQL["refused"]).fetchall():
        if not stations or station in stations:
            yield Finding(Kind(reason), station, stream, sequence, detail)
    for station, table, event in connection.execute(typed_sql.unfounded()).fetchall():
        if not stations or station in stations:
            yield Finding(Kind.ADDED, station, None, None, f"{table} {event} has no event in the ledger")


def _old_audit(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Hold the audit of an older version against the deed that closed it."""
    closed = connection.execute(_SQL["audit_closed"]).fetchone()
    if closed is None:
        return
    stream, sequence, facts = closed
    row = connection.execute(queries("deeds")["old_audit"]).fetchone()
    if row is None or facts != {"rows": row[0], "hash": row[1]}:
        there = f"{row[0]} rows" if row else "nothing"
        detail = (
            f"the audit of before the deeds had {facts.get('rows')} rows when it was closed; of these is there {there}"
        )
        yield Finding(Kind.CHANGED, CENTRE, stream, sequence, f"{detail}, or they say something else")


@dataclass(slots=True)
class _Walk:
    connection: psycopg.Connection[Any]
    stream: Stream
    witness: Witness
    before: Seen | None = None
    # A link that did not hold, waiting for the next event to say whose fault it is.
    doubt: tuple[Seen, Seen] | None = None
    signed_through: int = 0
    events: int = field(default=0)
    folded: int = 0
    waiting: int = 0
    # Numbers that the station accounted for, with the hash that the event after each names.
    accounted: dict[int, bytes] = field(default_factory=dict)

    def run(self) -> Iterator[Finding | Walked]:
        stream = self.stream
        if stream.through is None:
            yield self._finding(Kind.REMOVED, None, "the row of the stream is gone")
        self.accounted = dict(self.connection.execute(_SQL["accounted"], {"stream": stream.id}).fetchall())
        after = _BEFORE_ALL
        while piece := self.connection.execute(typed_sql.links(), {"stream": stream.id, "after": after}).fetchall():
            for row in piece:
                yield from self._step(look(row, stream.id, stream.station, self.witness))
            after = piece[-1][0]
        yield from self._end()
        yield Walked(stream.station, stream.id, self.events, self.signed_through, self.folded, self.waiting)

    def _step(self, seen: Seen) -> Iterator[Finding]:
        self.events += 1
        self.folded += seen.is_folded
        self.waiting += seen.is_waiting
        yield from self._missing(self.before.sequence if self.before else 0, seen.sequence)
        yield from seen.findings
        if self.doubt:
            yield self._blame(*self.doubt, is_vouched=seen.previous == self.doubt[1].hash)
            self.doubt = None
        before = self.before
        if before and before.sequence + 1 == seen.sequence and before.is_sound and seen.is_sound:
            if seen.previous != before.hash:
                self.doubt = (before, seen)
        elif seen.is_sound and self.accounted.get(seen.sequence - 1, seen.previous) != seen.previous:
            yield self._finding(Kind.CHANGED, seen.sequence, "does not name the damaged event before it")
        elif seen.sequence == 1 and seen.is_sound and seen.previous != bytes(32):
            yield self._finding(Kind.CHANGED, 1, "the first event names one before it")
        if seen.covers and not seen.findings:
            self.signed_through = max(self.signed_through, seen.covers)
        self.before = seen

    def _end(self) -> Iterator[Finding]:
        last, stream = self.before, self.stream
        is_head = last is not None and last.sequence == stream.through
        if self.doubt:
            yield self._blame(*self.doubt, is_vouched=is_head and stream.head == self.doubt[1].hash)
        elif last is not None and is_head and last.is_sound and stream.head != last.hash:
            yield self._finding(Kind.CHANGED, last.sequence, "is not the head that was stored")
        yield from self._missing(last.sequence if last else 0, (stream.highest or 0) + 1, is_tail=True)

    def _missing(self, before: int, after: int, *, is_tail: bool = False) -> Iterator[Finding]:
        """Yield the missing numbers between two: removed as far as they were stored once (`through`, or the tail below
        `highest`), else they never came, unless they came in another stream."""
        for number in sorted(accounted for accounted in self.accounted if before < accounted < after):
            yield from self._missing(before, number, is_tail=False)
            yield self._finding(Kind.DAMAGED, number, "the station's disk changed it before it was sent")
            before = number
        first, last = before + 1, after - 1
        stored = last if is_tail else min(last, self.stream.through or 0)
        if first <= stored:
            yield self._finding(Kind.REMOVED, first, "was stored once", last=stored)
        if max(first, stored + 1) <= last:
            for start, end in still_missing(self.connection, self.stream.id, [(max(first, stored + 1), last)]):
                yield self._finding(Kind.GAP, start, "never came", last=end)

    def _blame(self, one: Seen, other: Seen, *, is_vouched: bool) -> Finding:
        if other.sequence in (self.stream.broken_at, *self.stream.breaks):
            return self._finding(Kind.CHANGED, other.sequence, "did not follow from the one before it when it came")
        if is_vouched:
            return self._finding(Kind.CHANGED, one.sequence, "is not what the event after it names")
        other.is_sound = False
        return self._finding(Kind.CHANGED, other.sequence, "does not name the event before it")

    def _finding(self, kind: Kind, sequence: int | None, detail: str, *, last: int | None = None) -> Finding:
        end = last if last != sequence else None
        return Finding(kind, self.stream.station, self.stream.id, sequence, detail, end)
