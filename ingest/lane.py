"""A lane of ingest: an inbox, the receive loop that fills it and the worker that empties it, with a session of its own
at the broker and a connection of its own to the database.

    normal   events: large batches, and the sweep
    urgent   failed tests and statuses: small batches, committed at once, whatever waits in the normal lane

A station sends nothing before its status is answered: behind a backlog the answer, and its failed tests, would be late.

Both lanes run the same transaction, which locks the rows that it changes in one order (storage/queries/ingest.sql): a
lane waits for the other for the last part of a batch at most, and never in a circle.
"""

import random
import threading
from collections.abc import Sequence
from typing import NamedTuple

from ingest import sweeper
from ingest.batch_size import BatchSize
from ingest.inbox import Inbox
from ingest.receiver import Receiver
from ingest.session import Names
from ingest.settings import Ingest
from ingest.sweeper import Chores
from ingest.worker import Worker
from process.supervisor import Supervisor
from process.supervisor import Worker as Supervised
from process.watched import Turns
from wire.topics import Leaf, subscription

_END_S = 20.0


class Plan(NamedTuple):
    """Plan of a lane: the differences from the others. `name` is part of its session's name at the broker."""

    name: str
    client_id: str
    filters: Sequence[str]
    batch: BatchSize
    chores: Chores


def normal(settings: Ingest, known_as: Names) -> Plan:
    """Return the lane that takes events in their order."""
    return Plan(
        name="normal",
        client_id=known_as.session,
        filters=(subscription(Leaf.EVENTS, group=known_as.group),),
        batch=BatchSize(settings.batch_messages, settings.batch_held_s),
        chores=sweeper.sweep,
    )


def urgent(settings: Ingest, known_as: Names) -> Plan:
    """Return the lane that takes failed tests and statuses past everything else."""
    return Plan(
        name="urgent",
        client_id=f"{known_as.session}:urgent",  # no worker's name holds a colon
        # A group of its own: iotcore shares what comes to a group among all its clients, whatever they subscribed to.
        filters=(
            subscription(Leaf.URGENT, group=known_as.group and f"{known_as.group}-urgent"),
            subscription(Leaf.STATUS),
        ),
        batch=BatchSize.fixed(settings.urgent_batch_messages),
        chores=sweeper.refresh,
    )


class Lane:
    """Lane from the broker to the database. Call `start`, then `ask_to_end`, then `end`."""

    def __init__(self, plan: Plan, settings: Ingest, *, rng: random.Random) -> None:
        self.name = plan.name
        self.inbox = Inbox(most_messages=settings.queue_messages, most_bytes=settings.queue_bytes)
        self.receiver = Receiver(settings, self.inbox, rng, client_id=plan.client_id, filters=plan.filters)
        # The receive loop outlives the worker, so that the last commit is still acknowledged.
        self._stop = Turns(threading.Event())
        self._stop_receiving = Turns(threading.Event())
        self.worker = Worker(
            settings,
            self.inbox,
            self.receiver,
            stop=self._stop,
            rng=rng,
            lane=plan.name,
            batch=plan.batch,
            chores=plan.chores,
        )
        self._threads: list[threading.Thread] = []

    def start(self, supervisor: Supervisor) -> None:
        """Start both threads."""
        self._threads = [
            supervisor.start(Supervised(f"{self.name}-worker", lambda _: self.worker.run()), self._stop),
            supervisor.start(Supervised(f"{self.name}-receiver", self.receiver.run), self._stop_receiving),
        ]

    def ask_to_end(self) -> None:
        """Take nothing more; return at once."""
        self._stop.set()
        self.inbox.close()

    def end(self) -> None:
        """Wait for the last commit and its acknowledgement."""
        working, receiving = self._threads
        working.join(_END_S)
        self._stop_receiving.set()
        self.receiver.wake()
        receiving.join(_END_S)
        if not any(thread.is_alive() for thread in self._threads):
            self.receiver.close()
