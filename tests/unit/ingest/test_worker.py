"""A worker that is asked to end leaves in order, whatever it was about to do."""

import random
import threading
from collections.abc import Sequence

from prometheus_client import REGISTRY

from ingest import lane
from ingest.inbox import Inbox, Message
from ingest.receipts import Letter
from ingest.session import Names
from ingest.settings import Ingest
from ingest.worker import Worker
from process.connections import Broker
from storage.settings import Database
from tests.support.desk import Desk
from tests.support.station import result


class EndingPost:
    """Post of a process that is asked to end while its worker writes its second heartbeat."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._beats = 0

    @property
    def connected_s(self) -> float | None:
        self._beats += 1
        if self._beats == 2:
            self._stop.set()
        return 1.0

    def post(self, done: Sequence[Message], letters: Sequence[Letter]) -> None: ...


class CountingPost:
    """Post that looks at the count of stored events at the first receipt, and ends its worker."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.connected_s: float | None = 1.0
        self.counted: float | None = None

    def post(self, done: Sequence[Message], letters: Sequence[Letter]) -> None:
        if letters:
            self.counted = _stored()
            self._stop.set()


def _stored() -> float:
    return REGISTRY.get_sample_value("shian_ingest_stored_total") or 0.0


def test_who_has_a_receipt_finds_the_event_counted(dsn: str, desk: Desk) -> None:
    station = desk.station("market-1")
    before, post, inbox = _stored(), CountingPost(stop := threading.Event()), Inbox(most_messages=9, most_bytes=9999)
    inbox.put([Message(station.topic, station.add(result(90.0)))])
    _worker(dsn, inbox, post, stop).run()
    assert post.counted == before + 1


def test_a_worker_that_is_asked_to_end_between_two_questions_leaves_no_heartbeat(dsn: str, desk: Desk) -> None:
    stop = threading.Event()
    _worker(dsn, Inbox(most_messages=1, most_bytes=1), EndingPost(stop), stop).run()
    assert desk.rows("SELECT name FROM ingest_worker") == []


def _worker(dsn: str, inbox: Inbox, post: EndingPost | CountingPost, stop: threading.Event) -> Worker:
    settings = Ingest(name="one", broker=Broker(), database=Database(dsn=dsn), sweep_s=0.001)
    plan = lane.normal(settings, Names("one", None))
    return Worker(
        settings,
        inbox,
        post,
        stop=stop,
        rng=random.Random(1),
        lane=plan.name,
        batch=plan.batch,
        chores=plan.chores,
    )
