"""Appends to the chain, inside one transaction of edge/spool/spool.py: fold, mark, number, link, encode, store,
seal."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.spool import repeats
from edge.spool.file import Connection, Head, milliseconds
from edge.spool.repeats import Cause, RepeatCounts
from edge.spool.rows import LANES, Draft, Recorded
from edge.station_clock import Stamp
from wire import chain
from wire.codec import encode
from wire.events import new_event, source_of
from wire.kinds import Event
from wire.kinds.agent import AgentV1
from wire.kinds.envelope import MAX_FLAGS, Data
from wire.kinds.result import POSSIBLE_REPEAT, ResultV1
from wire.terms import Lane

_IDENTITY = "INSERT OR IGNORE INTO identity (identity, recorded_ms, sequence) VALUES (?, ?, ?)"
_FIRST = "SELECT sequence FROM identity WHERE identity = ?"
_LIKENESS = "INSERT OR IGNORE INTO likeness (likeness, recorded_ms, sequence) VALUES (?, ?, ?)"
_EVENT = "INSERT INTO event (sequence, id, hash, body, recorded_ms, lane) VALUES (?, ?, ?, ?, ?, ?)"
_OUTBOX = "INSERT INTO outbox (lane, sequence) VALUES (?, ?)"
_HEAD = "UPDATE stream SET id = ?, sequence = ?, hash = ?, recorded_ms = ?, sealed = ?, base = ?, dead_dropped = ?"


class Writer:
    """A writer of events. It moves a copy of the head: after a rollback it must be thrown away."""

    def __init__(
        self,
        connection: Connection,
        head: Head,
        *,
        key: Ed25519PrivateKey,
        station: str,
        checkpoint_events: int,
        new_id: Callable[[], UUID],
        stamp: Stamp,
    ) -> None:
        self._connection = connection
        self._stream, self._base = head.stream, head.base
        self._sequence = self._first = head.sequence
        self._hash = head.hash
        self._sealed = head.sealed
        self._recorded_before = head.recorded_ms
        self._key = key
        self._station = station
        self._checkpoint_events = checkpoint_events
        self._new_id = new_id
        self._recorded_at = stamp.time
        self._recorded_ms = milliseconds(stamp.time)
        self._clock_offset_s = stamp.offset_s
        self._better_at = stamp.time if stamp.offset_s is None else stamp.now
        self._now_ms = milliseconds(stamp.now)
        self.repeats: dict[str, RepeatCounts] = {}

    def append(self, draft: Draft) -> Recorded | None:
        """Append a draft. Returns None for a repeat, which is only counted and noted."""
        if draft.again is not None:
            self._fold(draft, Cause.TRANSFER, draft.again)
            return None
        if draft.identity is not None and not self._is_new(_IDENTITY, draft.identity):
            (first,) = self._connection.execute(_FIRST, (bytes.fromhex(draft.identity),)).fetchone()
            self._fold(draft, Cause.MEMORY if draft.is_kept else Cause.IDENTITY, first)
            return None
        if draft.likeness is not None and not self._is_new(_LIKENESS, draft.likeness):
            draft = replace(draft, data=_marked(draft.data))
            self._count(draft, RepeatCounts(possible=1))
            recorded = replace(self._store(draft), is_possible_repeat=True)
        else:
            recorded = self._store(draft)
        if self._sequence - self._sealed >= self._checkpoint_events:
            self.seal()
        return recorded

    def append_agent(self, news: AgentV1) -> None:
        """Append an event about the agent itself."""
        self._store(Draft(news, source_of(self._station)))

    def append_again(self, event: Event, lane: Lane) -> int:
        """Append the data of `event` from an earlier stream, under its own time and with its first id. Return its
        number in the file."""
        self._store_event(
            new_event(
                event.data,
                event_id=self._new_id(),
                source=event.source,
                time=event.time,
                stream=self._stream,
                sequence=self._sequence + 1,
                previous_hash=self._hash,
                original_id=event.originalid or event.id,
                clock_offset_s=event.clockoffset,
            ),
            lane,
        )
        number = self._base + self._sequence
        if self._sequence - self._sealed >= self._checkpoint_events:
            self.seal()
        return number

    def seal(self) -> None:
        """Append a checkpoint over the head."""
        statement = chain.sign(self._key, self._stream, self._sequence, self._hash)
        self._sealed = self._store(Draft(statement, source_of(self._station))).sequence

    @property
    def now_ms(self) -> int:
        return self._now_ms

    @property
    def appended(self) -> int:
        """Return the number of appended events, checkpoints included."""
        return self._sequence - self._first

    @property
    def head(self) -> Head:
        recorded_ms = self._recorded_ms if self.appended else self._recorded_before
        return Head(self._stream, self._sequence, self._hash, recorded_ms, self._sealed, self._base)

    def save_head(self, dead_dropped: int) -> None:
        head = self.head
        values = (str(head.stream), head.sequence, head.hash, head.recorded_ms, head.sealed, head.base, dead_dropped)
        self._connection.execute(_HEAD, values)

    def save_repeats(self) -> None:
        repeats.save(self._connection, self.repeats)

    def _is_new(self, insert: str, digest: str) -> bool:
        row = bytes.fromhex(digest), self._now_ms, self._base + self._sequence + 1
        return self._connection.execute(insert, row).rowcount > 0

    def _fold(self, draft: Draft, cause: Cause, first: int) -> None:
        repeats.note(self._connection, draft, cause, first, self._now_ms)
        self._count(draft, RepeatCounts(reread=1) if draft.is_kept else RepeatCounts(folded=1))

    def _count(self, draft: Draft, counts: RepeatCounts) -> None:
        self.repeats = repeats.summed(self.repeats, {repeats.device_of(draft): counts})

    def _store(self, draft: Draft) -> Recorded:
        sequence = self._sequence + 1
        event_id = self._new_id()
        event = new_event(
            draft.data,
            event_id=event_id,
            source=draft.source,
            time=self._recorded_at,
            stream=self._stream,
            sequence=sequence,
            previous_hash=self._hash,
            clock_offset_s=self._clock_offset_s,
        )
        self._store_event(event, draft.lane)
        return Recorded(sequence, event_id, self._better_at, self._base + sequence)

    def _store_event(self, event: Event, lane: Lane) -> None:
        body = encode(event)
        name, number = chain.digest(body), self._base + event.sequence
        self._connection.execute(_EVENT, (number, str(event.id), name, body, self._now_ms, LANES[lane]))
        self._connection.execute(_OUTBOX, (LANES[lane], number))
        self._sequence, self._hash = event.sequence, name


def _marked(data: Data) -> Data:
    """Return the data with the flag of a possible repeat; where there are too many flags, the last of them gives
    way."""
    if not isinstance(data, ResultV1):
        return data
    return data.model_copy(update={"flags": (*data.flags[: MAX_FLAGS - 1], POSSIBLE_REPEAT)})
