"""The spool: every event of the edge, on disk before the analyzer is answered, until a receipt covers it.

There is exactly one connection behind one lock. An event's number and hash depend on the event before it, so appending
is serial by nature. A second writer could only wait (SQLITE_BUSY, in the middle of a conversation with an analyzer),
and a second connection would see a head that is no longer the head. WAL with synchronous=FULL means one fsync a
transaction; therefore all events of one read of a port share a transaction.

The promise: when `record` has returned, its events survive kill -9 and power loss (tests/chaos shows it on crash
images). When it raised, nothing of the batch is there."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uuid_utils.compat import uuid7

from edge.errors import SpoolError, SpoolFullError
from edge.keys import load_or_make
from edge.spool import behind as spool_behind
from edge.spool import damage, dead_letters, repeats
from edge.spool import outbox as spool_outbox
from edge.spool import renewal as spool_renewal
from edge.spool import salvage as spool_salvage
from edge.spool import witness as spool_witness
from edge.spool.behind import Behind
from edge.spool.dead_letters import Bounds, Totals
from edge.spool.file import Connect, Connection, FolderLock, Head, connect, milliseconds, open_file, translated
from edge.spool.leftovers import Left
from edge.spool.prefix import Mismatch
from edge.spool.repeats import RepeatCounts
from edge.spool.rows import Applied, Began, Counts, DeadLetter, Draft, Recorded, Waiting
from edge.spool.writer import Writer
from edge.station_clock import Stamp
from wire.events import source_of
from wire.kinds.agent import AgentV1
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt
from wire.terms import Lane

log = structlog.get_logger()

T = TypeVar("T")
Append = Callable[[Draft], Recorded]

# Small corrections of the clock must not turn the order of events around; a large one is the truth from then on.
_SMALL_STEP_MS = 5000
_PAGE = 500


class Companion(Protocol):
    """Keeper of rows beside the events, in the same transaction."""

    def follow(self, connection: Connection, draft: Draft, recorded: Recorded) -> Draft | None:
        """Write rows for an event that was recorded; return an event that is recorded right after it, or None."""
        ...

    def followed(self, connection: Connection, recorded: Recorded, by: Recorded) -> None:
        """Take note of the number of that event."""
        ...

    def prune(self, connection: Connection, before_ms: int) -> None:
        """Forget rows that are that old."""
        ...


class NoCompanion:
    """Companion that keeps nothing."""

    def follow(self, _connection: Connection, _draft: Draft, _recorded: Recorded) -> Draft | None:
        return None

    def followed(self, connection: Connection, recorded: Recorded, by: Recorded) -> None:
        """Take note of nothing."""

    def prune(self, connection: Connection, before_ms: int) -> None:
        """Forget nothing."""


@dataclass(frozen=True, slots=True)
class SpoolPlan:
    """The limits of a spool. `min_free` in bytes."""

    station: str
    folder: Path
    min_free: int = 64 << 20
    checkpoint_events: int = 100
    bounds: Bounds = field(default_factory=Bounds)


class Spool:
    """The spool; see the module's text. `open` before use; then every method may be called from any thread."""

    def __init__(
        self,
        plan: SpoolPlan,
        *,
        clock: Callable[[], datetime],
        stamp: Callable[[], Stamp] | None = None,
        free_bytes: Callable[[], int],
        on_news: Callable[[], None] = lambda: None,
        new_id: Callable[[], UUID] = uuid7,
        connect: Connect = connect,
        companion: Companion | None = None,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._stamp = stamp or (lambda: Stamp(time=(now := clock()), offset_s=None, now=now))
        self._free_bytes = free_bytes
        self._on_news = on_news
        self._new_id = new_id
        self._connect = connect
        self._companion = companion or NoCompanion()
        self._lock = threading.Lock()
        self._folder_lock = FolderLock(plan.folder)
        self._full: tuple[datetime, str] | None = None
        self._connection: Connection | None = None
        self._key: Ed25519PrivateKey
        self._head: Head
        self._totals: Totals
        self._waiting = self._refused = self._known = 0
        self._repeats: dict[str, RepeatCounts] = {}

    def open(self) -> str:
        """Open the spool and return the news of it or its key: "" when both were there. Raises EdgeError."""
        self._plan.folder.mkdir(parents=True, exist_ok=True)
        self._folder_lock.take()
        try:
            self._key, key_news = load_or_make(self._plan.folder / "key")
            opened = open_file(
                self._plan.folder,
                self._connect,
                is_expected=not key_news,
                new_stream=self._new_id,
                now=self._clock(),
            )
        except BaseException:
            self._folder_lock.release()
            raise
        self._head = opened.head
        self._totals = dead_letters.read_totals(opened.connection)
        self._waiting, self._refused = spool_outbox.counts(opened.connection)
        self._known = spool_behind.read_known(opened.connection)
        self._repeats = repeats.read_counts(opened.connection)
        self._connection = opened.connection  # last: from here on it is open to other threads
        return "; ".join(filter(None, (opened.news, key_news)))

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        self._folder_lock.release()

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @property
    def stream(self) -> UUID:
        return self._head.stream

    @property
    def known(self) -> int:
        """Return the number up to which the centre has said that it has the present stream."""
        return self._known

    @property
    def recorded(self) -> int:
        """Return the number of events that the file has numbered, over all of its streams."""
        return self._head.number

    @property
    def streams(self) -> frozenset[UUID]:
        """Return the present stream and those that the file had before it."""
        with self._lock, translated():
            return spool_outbox.streams(self._at_work()) | {self._head.stream}

    @property
    def key(self) -> Ed25519PrivateKey:
        """Return the station's signing key."""
        return self._key

    @property
    def is_sealed(self) -> bool:
        """Tell whether a checkpoint covers everything."""
        return self._head.sequence == self._head.sealed

    @property
    def full_since(self) -> datetime | None:
        """Return the time since when nothing can be recorded; None: there is room."""
        return self._full[0] if self._full else None

    def counts(self) -> Counts:
        """Return the spool in numbers. Kept in memory: cheap."""
        totals = self._totals
        return Counts(self._head.sequence, self._waiting, self._refused, totals.letters, totals.dropped)

    def repeats(self) -> Mapping[str, RepeatCounts]:
        """Return the repeats by device, since the spool was made. Kept in memory: cheap."""
        return self._repeats

    # Recording

    def record(self, drafts: Sequence[Draft], letters: Sequence[DeadLetter] = ()) -> list[Recorded | None]:
        """Put all of it on disk in one transaction. Returns one answer a draft; None: it was recorded before, and is
        counted and noted as a repeat.

        Raises SpoolFullError when there is no room (try the same again later), SpoolBrokenError when the agent must
        stop, pydantic.ValidationError or wire.codec.RefusedError for a draft that is no event. Nothing is
        half-written."""
        with self._lock, self._room_watched():
            self._check_room()
            stamp = self._next_stamp()
            with self._transaction() as connection:
                writer = self._writer(connection, stamp)
                answers = [self._append(connection, writer, draft) for draft in drafts]
                for draft in self._news_of_room():
                    writer.append(draft)
                totals = dead_letters.keep(
                    connection, letters, self._totals, self._plan.bounds, milliseconds(stamp.now)
                )
                writer.save_repeats()
                writer.save_head(totals.dropped)
            self._accept(writer, totals)
        self._tell(writer)
        return answers

    def _append(self, connection: Connection, writer: Writer, draft: Draft) -> Recorded | None:
        recorded = writer.append(draft)
        if recorded is not None and (more := self._companion.follow(connection, draft, recorded)) is not None:
            by = writer.append(more)
            if by is not None:
                self._companion.followed(connection, recorded, by)
        return recorded

    def transact(self, work: Callable[[Connection, Append], T]) -> T:
        """Do `work` in one transaction: it reads and writes rows beside the events, and records events by the function
        that it is given. Raises like `record`, and what `work` raises; then nothing of it is there."""
        with self._lock, self._room_watched():
            self._check_room()
            with self._transaction() as connection:
                writer = self._writer(connection, self._next_stamp())

                def append(draft: Draft) -> Recorded:
                    recorded = self._append(connection, writer, draft)
                    if recorded is None:
                        raise SpoolError("it was recorded before")
                    return recorded

                answer = work(connection, append)
                for draft in self._news_of_room():
                    writer.append(draft)
                writer.save_repeats()
                writer.save_head(self._totals.dropped)
            self._accept(writer, self._totals)
        self._tell(writer)
        return answer

    def look(self, query: Callable[[Connection], T]) -> T:
        """Read rows beside the events, while nobody writes."""
        with self._lock, translated():
            return query(self._at_work())

    def seal(self) -> None:
        """Sign the head, unless it is signed. Raises like `record`."""
        with self._lock, self._room_watched():
            if self.is_sealed:
                return
            self._check_room()
            with self._transaction() as connection:
                writer = self._writer(connection, self._next_stamp())
                writer.seal()
                writer.save_head(self._totals.dropped)
            self._accept(writer, self._totals)
        self._tell(writer)

    def look_for_room(self) -> bool:
        """Tell whether there is room now. A change is logged, and once there is room again, recorded."""
        try:
            if self._full:
                self.record(())
            else:
                with self._lock, self._room_watched():
                    self._check_room()
        except SpoolFullError:
            return False
        return True

    def _writer(self, connection: Connection, stamp: Stamp, head: Head | None = None) -> Writer:
        return Writer(
            connection,
            head or self._head,
            key=self._key,
            station=self._plan.station,
            checkpoint_events=self._plan.checkpoint_events,
            new_id=self._new_id,
            stamp=stamp,
        )

    def _accept(self, writer: Writer, totals: Totals) -> None:
        self._head, self._totals = writer.head, totals
        self._waiting += writer.appended
        self._repeats = repeats.summed(self._repeats, writer.repeats)
        if self._full:
            log.warning("spool_writable_again", full_since=self._full[0].isoformat())
            self._full = None

    def _tell(self, writer: Writer) -> None:
        if writer.appended:
            self._on_news()

    def _next_stamp(self) -> Stamp:
        """Return the time now, in whole milliseconds, and not before the newest event when the clock was only corrected
        a little."""
        stamp = self._stamp()
        now = milliseconds(stamp.time)
        behind = self._head.recorded_ms - now
        if 0 < behind <= _SMALL_STEP_MS:
            now = self._head.recorded_ms
        elif behind > _SMALL_STEP_MS and self._head.sequence:
            log.warning("clock_went_back", by_s=behind / 1000)
        return stamp._replace(time=datetime.fromtimestamp(now / 1000, UTC))

    # Room

    def _check_room(self) -> None:
        """Raise SpoolFullError without room. Free pages of our own file count as room: pages that receipts released are
        used again before the disk is."""
        connection = self._at_work()
        (pages,) = connection.execute("PRAGMA freelist_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        free = self._free_bytes() + pages * size
        if free < self._plan.min_free:
            raise SpoolFullError(f"{free >> 20} MiB free, {self._plan.min_free >> 20} MiB must stay free")

    @contextmanager
    def _room_watched(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except SpoolFullError as exc:
            if not self._full:
                self._full = self._clock(), str(exc)
                log.error("spool_full", reason=str(exc))
            raise

    def _news_of_room(self) -> tuple[Draft, ...]:
        if not self._full:
            return ()
        since, reason = self._full
        source = source_of(self._plan.station)
        return (
            Draft(AgentV1(state="spool_full", detail=f"since {since.isoformat()}: {reason}"), source),
            Draft(AgentV1(state="spool_writable"), source),
        )

    # What waits

    def waiting(self, lane: Lane, after: int, limit: int) -> list[Waiting]:
        """Return a page of the events that wait in `lane`, in order, above the number `after`."""
        with self._lock, translated():
            return spool_outbox.waiting(self._at_work(), lane, self._head.base, after, limit)

    def waiting_backward(self, lane: Lane, before: int, limit: int) -> list[Waiting]:
        """Return a page of the events that wait in `lane` below the number `before`, the newest first."""
        with self._lock, translated():
            return spool_outbox.waiting_backward(self._at_work(), lane, self._head.base, before, limit)

    def oldest_waiting_s(self) -> float:
        """Return how long the oldest event has waited, by our clock; 0 when none waits."""
        with self._lock, translated():
            recorded_ms = spool_outbox.oldest_waiting_ms(self._at_work())
        return 0.0 if recorded_ms is None else max(0.0, (milliseconds(self._clock()) - recorded_ms) / 1000)

    def events_with(self, mark: bytes, after: int, through: int) -> list[Waiting]:
        """Return the events whose bytes hold `mark`, in order, above the number `after` up to `through` in the file
        (see `recorded`)."""
        with self._lock, translated():
            return spool_outbox.events_with(self._at_work(), mark, after, through)

    def is_accepted(self, sequence: int) -> bool:
        """Tell whether a receipt covered the event of the present stream."""
        with self._lock, translated():
            head = self._head
            return sequence <= head.sequence and not spool_outbox.has(self._at_work(), head.base + sequence)

    def apply(self, receipts: Iterable[Receipt]) -> Applied:
        """Take out the events that the receipts cover, and keep those that they refuse, with the reason.

        Begin a new stream when the receipts show that ours is not what the centre has."""
        heard = list(receipts)
        with self._lock, translated():
            with self._transaction() as connection:
                tally = spool_outbox.apply(connection, heard, self._head)
                spool_witness.keep(connection, heard, milliseconds(self._clock()))
                refused = spool_outbox.count_refused(connection)
                if tally.through > self._known:
                    spool_behind.know(connection, tally.through)
            self._known = max(self._known, tally.through)
            self._waiting += self._refused - refused - tally.done
            self._refused = refused
            began = self._begin_if_room(tally.mismatch) if tally.mismatch else None
        is_blocked = tally.mismatch is not None and began is None
        return Applied(tally.done, tally.refused, tally.foreign, tally.is_answer, is_blocked, began)

    def _begin_if_room(self, mismatch: Mismatch) -> Began | None:
        try:
            with self._room_watched():
                self._check_room()
                return self._begin_stream(mismatch)
        except SpoolFullError:
            return None

    def _begin_stream(self, mismatch: Mismatch) -> Began:
        old = self._head
        with self._transaction() as connection:
            new = Head(self._new_id(), 0, ZERO_HASH, old.recorded_ms, 0, old.number)
            writer = self._writer(connection, self._next_stamp(), new)
            began = spool_renewal.begin(connection, writer, old, mismatch, AgentV1(state="started"))
            writer.save_head(self._totals.dropped)
            spool_behind.know(connection, 0)
            counts = spool_outbox.counts(connection)
        self._head, self._known = writer.head, 0
        self._waiting, self._refused = counts
        log.error(
            "stream_given_up",
            cause=began.cause.value,
            detail=began.detail,
            replaces=str(began.replaces),
            stream=str(began.stream),
            rerecorded=began.rerecorded,
            damaged=began.damaged,
        )
        self._on_news()
        return began

    def send_again(self, through: int) -> Behind:
        """Put all that has a receipt above the number `through`, where the centre ends now, back into the outbox, in
        pages, and tell the centre. Raises like `record`; then it is done again from the start."""
        behind, after, is_done = Behind(through, self._known), through, False
        while not is_done:
            with self._lock, self._room_watched():
                self._check_room()
                before = behind.events
                with self._transaction() as connection:
                    after = spool_behind.put_back(connection, self._head, behind, after)
                    is_done = after >= self._head.sequence
                    writer = self._writer(connection, self._next_stamp())
                    if is_done:
                        spool_behind.finish(connection, writer, behind)
                        writer.save_head(self._totals.dropped)
                self._waiting += behind.events - before
                if is_done:
                    self._known = through
                    self._accept(writer, self._totals)
        log.error("centre_behind", through=through, known=behind.known, events=behind.events, missing=behind.missing)
        self._on_news()
        return behind

    def salvage(self, left: Left) -> int:
        """Record the events that are left of another spool, in pages, and return how many were not here yet.

        Raises like `record`; events that were recorded before are recognised when it is tried again."""
        recorded = 0
        for start in range(0, len(left.events) + 1, _PAGE):
            page = left.events[start : start + _PAGE]
            with self._lock, self._room_watched():
                self._check_room()
                with self._transaction() as connection:
                    writer = self._writer(connection, self._next_stamp())
                    recorded += spool_salvage.record(connection, writer, page)
                    if start + _PAGE > len(left.events):
                        spool_salvage.finish(connection, writer, left, recorded)
                    writer.save_head(self._totals.dropped)
                self._accept(writer, self._totals)
            self._tell(writer)
        return recorded

    def refuse(self, sequence: int, reason: str) -> None:
        """Set an event aside that we ourselves cannot send: it is shown, and tried again after `release`."""
        with self._lock, translated():
            with self._transaction() as connection:
                spool_outbox.refuse(connection, self._head.base + sequence, reason)
                refused = spool_outbox.count_refused(connection)
            self._waiting += self._refused - refused
            self._refused = refused

    def account_for(self, damaged: Sequence[Waiting]) -> None:
        """Account for events whose bytes are no longer those that were recorded, in one transaction.

        They are kept and never sent, and an event of ours names them, so that the centre does not wait for their
        numbers. Raises like `record`."""
        with self._lock, self._room_watched():
            self._check_room()
            with self._transaction() as connection:
                writer = self._writer(connection, self._next_stamp())
                for page in damage.pages(damaged):
                    for event in page:
                        spool_outbox.refuse(connection, self._head.base + event.sequence, spool_outbox.DAMAGED)
                    writer.append(damage.news(page, self._plan.station))
                writer.save_head(self._totals.dropped)
                refused = spool_outbox.count_refused(connection)
            self._accept(writer, self._totals)
            self._waiting += self._refused - refused
            self._refused = refused
        self._tell(writer)

    def release(self, reason: str) -> int:
        """Let the events that were refused for `reason` wait again, and return their number."""
        with self._lock, translated():
            with self._transaction() as connection:
                released = spool_outbox.release(connection, reason)
            self._waiting += released
            self._refused -= released
        return released

    def prune(self, events_older: timedelta, identities_older: timedelta) -> int:
        """Delete old events that have a receipt, and much older identities; never an event without a receipt."""
        now, pruned = self._clock(), 0
        position: int | None = 0
        while position is not None:
            with self._lock, translated(), self._transaction() as connection:
                count, position = spool_outbox.prune(
                    connection, position, milliseconds(now - events_older), milliseconds(now)
                )
            pruned += count
        with self._lock, translated(), self._transaction() as connection:
            spool_outbox.forget(connection, milliseconds(now - identities_older))
            self._companion.prune(connection, milliseconds(now - events_older))
        return pruned

    def _at_work(self) -> Connection:
        if self._connection is None:
            raise SpoolError("the spool is not open")
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        connection = self._at_work()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                connection.execute("ROLLBACK")
            raise
