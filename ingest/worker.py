"""The worker: one thread that turns what the broker brought into commits, and commits into receipts.

    take -> read -> store (tried again, or taken apart) -> acknowledge and send receipts -> sweep

Nothing is acknowledged before it is committed. Whatever happens between, the broker delivers again or the station sends
again, and storing twice changes nothing.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from ingest import metrics, told_settings
from ingest.accept import Accepted, Refused, accept
from ingest.batch_size import BatchSize
from ingest.budgets import Use
from ingest.database import Connection, Database
from ingest.inbox import Inbox, Message
from ingest.isolate import Entry, store_apart
from ingest.receipts import Letter, receipts
from ingest.settings import Ingest
from ingest.statuses import StatusNews, accept_status, is_status
from ingest.store import Store
from ingest.sweeper import Chores
from ingest.watch.heartbeat import Beat, beat, leave
from ingest.work import Outcome
from storage.errors import RowsRefusedError, StorageError

log = structlog.get_logger()


class Post(Protocol):
    """Post that takes acknowledgements and receipts."""

    @property
    def connected_s(self) -> float | None: ...
    def post(self, done: Sequence[Message], letters: Sequence[Letter]) -> None: ...


class Stopping(Exception):  # noqa: N818 - no error: the process ends
    """The process ends before the database could answer."""


class Worker:
    """Worker of a lane. `run` it again after a crash: the batch in hand is kept, and storing it twice changes nothing.
    `chores` are done between batches, every `sweep_s`."""

    def __init__(
        self,
        settings: Ingest,
        inbox: Inbox,
        post: Post,
        *,
        stop: threading.Event,
        rng: random.Random,
        lane: str,
        batch: BatchSize,
        chores: Chores,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._post = post
        self._stop = stop
        self._lane = lane
        self._batch = batch
        self._chores = chores
        self._store = Store(ZoneInfo(settings.timezone), use=Use(settings.budgets))
        self._database = Database(
            settings.database.resolve(), stop, rng, self._open, exchange_s=settings.database.exchange_s
        )
        self._hand: list[Message] = []
        self._swept_at = -settings.sweep_s
        self._committed_at: float | None = None

    def run(self) -> None:
        """Work until `stop`. Raises NewerDatabaseError, ChangedMigrationError: this version must not go on."""
        try:
            self._work()
            self._database.say_goodbye(lambda connection: leave(connection, self._settings.name, self._lane))
        finally:
            self._database.close()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self._turn()
        except Stopping:  # between two questions, or while the database was away
            log.info("stopped_in_turn", unstored=len(self._hand))

    def database_silent_s(self) -> float:
        """Return the seconds since the database answered last."""
        return self._database.silent_s()

    def _open(self, connection: Connection) -> None:
        """Open the store on a new connection; one lane of the two says which settings it has."""
        self._store.open(connection)
        if self._lane == "normal":
            told_settings.tell(connection, self._store, self._settings)

    def _turn(self) -> None:
        self._take()
        if self._hand:
            entries = self._read()
            outcomes = store_apart(self._try, entries)
            self._committed_at = time.monotonic()
            self._tell(self._hand, outcomes)
            self._hand = []
        self._sweep()

    def _take(self) -> None:
        if not self._hand:
            until_sweep = max(0.0, self._swept_at + self._settings.sweep_s - time.monotonic())
            self._hand = self._inbox.take(self._batch.size, until_sweep)
            metrics.QUEUED.labels(self._lane).set(len(self._inbox))

    def _read(self) -> list[Entry]:
        entries: list[Entry] = []
        for message in self._hand:
            if message.topic in self._store.use.shut:
                self._store.use.drop(message.topic)
                continue
            if not is_status(message.topic):
                entries.append(accept(message.topic, message.body))
                continue
            match accept_status(message.topic, message.body, is_retained=message.is_retained):
                case StatusNews() as news:
                    entries.append(news)
                case "cleared":
                    pass
                case reason:
                    metrics.STATUSES_REFUSED.labels(reason).inc()
                    log.warning("status_refused", reason=reason, topic=message.topic[:200])
        return entries

    def _try(self, entries: Sequence[Entry]) -> Outcome:
        """Try to store entries in one transaction. Raises RowsRefusedError and Stopping."""
        accepted = [entry for entry in entries if isinstance(entry, Accepted)]
        refused = [entry for entry in entries if isinstance(entry, Refused)]
        statuses = [entry for entry in entries if isinstance(entry, StatusNews)]

        def take(connection: Connection) -> Outcome:
            metrics.BATCH.labels(self._lane).observe(len(entries))
            with metrics.COMMIT.labels(self._lane).time():
                outcome = self._store.take(connection, accepted, refused, statuses)
            self._batch.held(len(entries), self._store.held_s)
            return outcome

        try:
            outcome = self._run_twice(take)
        except StorageError:
            raise
        except Exception as exc:  # a fault of ours that one message brings out must not stop the line
            log.error("batch_crashed", messages=len(entries), error=repr(exc)[:500], exc_info=len(entries) == 1)
            raise RowsRefusedError(f"{type(exc).__name__}: {exc}"[:500]) from exc
        if outcome is None:
            raise Stopping
        return outcome

    def _run_twice(self, take: Callable[[Connection], Outcome]) -> Outcome | None:
        """Run an action a second time, on a second connection, if it crashes. A crash is no message's fault before
        that: where a line swallowed bytes, an answer can belong to another question."""
        try:
            return self._database.run(take)
        except StorageError:
            raise
        except Exception as exc:  # noqa: BLE001 - the second one is named
            log.warning("batch_tried_again", error=repr(exc)[:500])
            self._database.close()
            return self._database.run(take)

    def _tell(self, done: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:  # before the receipts: who has one finds it counted
            _count(outcome)
        self._post.post(done, [letter for outcome in outcomes for letter in receipts(outcome)])

    def _sweep(self) -> None:
        if time.monotonic() < self._swept_at + self._settings.sweep_s:
            return
        self._swept_at = time.monotonic()
        self._beat()
        outcomes = self._database.run(lambda connection: self._chores(connection, self._store, self._settings))
        if outcomes is None:
            raise Stopping
        self._tell((), outcomes)

    def _beat(self) -> None:
        """Say that this loop works. Whoever hangs in the database or in a batch says nothing."""
        committed_s = None if self._committed_at is None else time.monotonic() - self._committed_at
        state = Beat(self._settings.name, self._lane, self._post.connected_s, committed_s, len(self._inbox))
        self._database.run(lambda connection: beat(connection, state))


def _count(outcome: Outcome) -> None:
    metrics.STORED.inc(len(outcome.stored))
    metrics.DUPLICATES.inc(len(outcome.there))
    metrics.FOLDED.inc(outcome.folded)
    metrics.DISPUTED.inc(outcome.disputed)
    metrics.PUT_OFF.inc(outcome.put_off)
    for refused in outcome.refused:
        metrics.QUARANTINED.labels(refused.reason.value).inc()
    for rule, count in outcome.opened.items():
        metrics.ALERTS.labels(rule).inc(count)
    if outcome.unknown_statuses:
        metrics.STATUSES_REFUSED.labels("unknown_station").inc(outcome.unknown_statuses)
        log.warning("status_refused", reason="unknown_station", count=outcome.unknown_statuses)
