"""The centre: ingest's real workers, each a puppet, on a real PostgreSQL whose now() is the simulation's."""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from ingest import lane
from ingest.inbox import Inbox, Message
from ingest.receipts import Letter
from ingest.session import Names
from ingest.settings import Ingest
from ingest.worker import Worker
from process.connections import Broker
from shian.local.postgres import LocalPostgres
from storage.findings import Finding
from storage.migrate import migrate
from storage.settings import Database
from storage.stations import Station, enrol
from storage.walk import walk
from tests.simulate.box import STATION
from tests.simulate.clocks import BEGIN, Clock, Time
from tests.simulate.network import Network
from tests.simulate.puppets import Puppet, Stop
from tests.support import services

# now() of the database is the simulation's: everything that asks for it by this name gets it. The trigger is the moment
# in the middle of an exchange at which a database can die.
_OURS = """
CREATE SCHEMA sim;
CREATE TABLE sim.world (at timestamptz NOT NULL, dies integer NOT NULL);
INSERT INTO sim.world VALUES (pg_catalog.now(), 0);
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM sim.world';
CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM sim.world';
CREATE FUNCTION sim.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT dies FROM sim.world) > 0 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dies AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION sim.die();
"""
_SUBSCRIPTION = """
INSERT INTO subscription (id, name, channel, address, secret)
VALUES ('0199b0de-0000-7000-8000-000000000001', 'sim', 'webhook', 'http://127.0.0.1/', 'whsec_')
"""


@dataclass(slots=True)
class Clerk:
    """A worker in its own thread: it pauses in its inbox for messages, and in its post before its work becomes
    known."""

    dsn: str
    network: Network
    passed_s: Callable[[], float]
    is_urgent: bool
    hand: deque[Message] = field(default_factory=deque)
    puppet: Puppet = field(init=False)
    # What it took and has not acknowledged; what it told.
    held: list[Message] = field(default_factory=list)
    told: list[Letter] = field(default_factory=list)
    _is_away: bool = False

    def __post_init__(self) -> None:
        settings = Ingest(name="sim", broker=Broker(), database=Database(dsn=self.dsn), sweep_s=1e-9, gap_after_s=10.0)
        plan = (lane.urgent if self.is_urgent else lane.normal)(settings, Names("sim", None))
        worker = Worker(
            settings,
            _Inbox(self),
            self,
            stop=Stop(self._wait),
            rng=random.Random(1),
            lane=plan.name,
            batch=plan.batch,
            chores=plan.chores,
        )
        self.puppet = Puppet("clerk", worker.run)
        self.puppet.go()

    @property
    def queue(self) -> deque[Message]:
        return self.network.urgent if self.is_urgent else self.network.events

    def take(self, most: int) -> None:
        """Take some of the messages that wait in its lane, as the broker deals them."""
        messages = [self.queue.popleft() for _ in range(min(most, len(self.queue)))]
        self.hand.extend(messages)
        self.held.extend(messages)

    def work(self) -> None:
        """Work until all in hand is done; without anything in hand, look around once."""
        self.puppet.go()
        while self.held:
            self.puppet.go()

    def post(self, done: Sequence[Message], letters: Sequence[Letter]) -> None:
        """Send the receipts; called by the worker after its commit."""
        if done:
            self.puppet.pause()
        mids = {message.mid for message in done}
        self.held = [message for message in self.held if message.mid not in mids]
        self.network.receipts.extend(letters)
        self.told += letters

    @property
    def connected_s(self) -> float:
        """Return how long the broker has been there."""
        return self.passed_s()

    def die(self) -> None:
        """End as by kill -9: the broker deals the messages that were not acknowledged to another worker."""
        if not self.puppet.is_over:
            self.puppet.kill()
        self.queue.extendleft(reversed(self.held))
        self.held = []

    def _wait(self, _seconds: float) -> None:
        self.puppet.pause()


class _Inbox(Inbox):
    def __init__(self, clerk: Clerk) -> None:
        super().__init__(most_messages=1000, most_bytes=1 << 30)
        self._clerk = clerk

    def __len__(self) -> int:
        return len(self._clerk.hand)

    def take(self, most: int, timeout_s: float) -> list[Message]:
        self._clerk.puppet.pause()
        return [self._clerk.hand.popleft() for _ in range(min(most, len(self._clerk.hand)))]


@dataclass(slots=True)
class Centre:
    dsn: str
    db: psycopg.Connection[Any]
    time: Time
    network: Network
    clock: Clock = field(init=False)
    clerks: list[Clerk] = field(default_factory=list)
    told: list[Letter] = field(default_factory=list)
    earliest: datetime = BEGIN
    latest: datetime = BEGIN
    _stamped: datetime | None = None

    def __post_init__(self) -> None:
        self.clock = Clock(self.time)
        self.stamp()
        self.hire()

    def stamp(self, *, dies: bool = False) -> None:
        """Tell the database the time."""
        now = self.clock()
        self.earliest, self.latest = min(self.earliest, now), max(self.latest, now)
        if dies or self._stamped != now:
            self._stamped = None if dies else now
            self.db.execute("UPDATE sim.world SET at = %s, dies = %s", [now, int(dies)])

    def hire(self) -> None:
        """Add one more process of ingest, with both of its lanes."""
        self.clerks += [self._new_clerk(is_urgent=is_urgent) for is_urgent in (False, True)]

    def take(self, most: int, clerk: int) -> None:
        self.stamp()
        one = self._clerk(clerk)
        one.take(most)
        one.work()

    def take_at_once(self, most: int) -> None:
        """Give every clerk its share at the same moment."""
        self.stamp()
        for clerk in self.clerks:
            clerk.take(most)
        for _ in range(2):
            for clerk in self.clerks:
                clerk.puppet.begin()
            for clerk in self.clerks:
                clerk.puppet.finish()
        for clerk in self.clerks:
            clerk.work()

    def lose_database(self, most: int, clerk: int) -> None:
        """Let the database die in the middle of the next exchange, and come back."""
        one = self._clerk(clerk)
        one.take(most)
        self.stamp(dies=True)
        one.puppet.go()
        self.stamp()
        one.work()

    def lose_clerk(self, most: int, clerk: int) -> None:
        """Let a clerk die after its commit, before anybody hears of it; a new one takes its place."""
        self.stamp()
        one = self._clerk(clerk)
        one.take(most)
        one.puppet.go()
        one.die()
        self.told += one.told
        self.clerks[self.clerks.index(one)] = Clerk(
            self.dsn, self.network, self.time.monotonic, is_urgent=one.is_urgent
        )

    def _new_clerk(self, *, is_urgent: bool) -> Clerk:
        return Clerk(self.dsn, self.network, self.time.monotonic, is_urgent)

    def _clerk(self, number: int) -> Clerk:
        return self.clerks[number % len(self.clerks)]

    def close(self) -> None:
        for clerk in self.clerks:
            clerk.die()

    def letters(self) -> list[Letter]:
        """Return all letters that were sent since the last call."""
        letters = self.told + [letter for clerk in self.clerks for letter in clerk.told]
        self.told = []
        for clerk in self.clerks:
            clerk.told = []
        return letters

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(query.encode(), values or None).fetchall()

    def findings(self) -> list[Finding]:
        return [finding for finding in walk(self.db) if isinstance(finding, Finding)]


@dataclass(slots=True)
class House:
    """A database for one simulation after another."""

    dsn: str
    db: psycopg.Connection[Any]
    _emptied: bytes

    def open(self, time: Time, network: Network) -> Centre:
        """Open the centre as on the first day."""
        self.db.execute(self._emptied)
        self.db.execute(_SUBSCRIPTION.encode())
        enrol(self.db, Station(STATION))
        return Centre(self.dsn, self.db, time, network)


@contextmanager
def house(server: LocalPostgres) -> Iterator[House]:
    with services.database(server) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True) as db:
            emptied = "".join(f"DELETE FROM public.{name};" for name in _children_first(db))
            db.execute(_OURS.encode())
            name = dsn.rsplit("/", 1)[1]
            db.execute(f"ALTER DATABASE {name} SET search_path = public, sim, pg_catalog".encode())
            db.execute(b"SET search_path = public, sim, pg_catalog")
            yield House(dsn, db, emptied.encode())


def _children_first(db: psycopg.Connection[Any]) -> list[str]:
    """Return the tables without rows of their own, each before those that its foreign keys name."""
    tables = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    waiting = {name for name in tables if not db.execute(f"SELECT FROM {name} LIMIT 1".encode()).rowcount}
    keys = db.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    )
    links = {(child, parent) for child, parent in keys if child != parent}
    ordered: list[str] = []
    while waiting:
        free = sorted(
            table for table in waiting if not any(parent == table and child in waiting for child, parent in links)
        )
        ordered += free
        waiting -= set(free)
    return ordered
