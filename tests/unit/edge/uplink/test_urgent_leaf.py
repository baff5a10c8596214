"""The urgent leaf, against a connection whose broker and centre a test plays: nothing is risked on it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from edge.spool.spool import Spool
from edge.uplink.broker import UNHEARD
from edge.uplink.connection import BrokerError
from edge.uplink.flight import Flight
from edge.uplink.urgent_leaf import Closed, UrgentLeaf
from tests.unit.edge.conftest import draft
from tests.unit.edge.uplink.test_uplink import FakeConnection, Played, Script
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt
from wire.terms import Lane
from wire.topics import Leaf

AT = datetime(2026, 3, 2, tzinfo=UTC)
URGENT, EVENTS = Leaf.URGENT, Leaf.EVENTS


class Centre(Script):
    """A centre that tells the time in its receipts unless it `is_old`."""

    def __init__(self, spool: Spool, *, is_old: bool = False) -> None:
        super().__init__()
        self.spool = spool
        self.at = None if is_old else AT

    def receipt(self, connection: FakeConnection, through: int = 0) -> None:
        connection.hear(Receipt(stream=self.spool.stream, through=through, at=self.at))


def sent(played: Played) -> list[tuple[int, Leaf]]:
    """Return the events that all connections published, each with its leaf."""
    return [
        pair for connection in played.connections for pair in zip(connection.published, connection.leaves, strict=True)
    ]


@pytest.mark.parametrize("is_old", [False, True])
def test_the_leaf_is_used_once_the_centre_says_its_time(spool: Spool, is_old: bool) -> None:
    spool.record([draft(1, lane=Lane.URGENT), draft(2)])

    class Told(Centre):
        def step(self, connection: FakeConnection) -> None:
            if self.steps == 1:
                self.receipt(connection, through=2)
            elif self.steps == 2:
                spool.record([draft(3, lane=Lane.URGENT), draft(4)])
            elif self.steps == 3:
                self.receipt(connection, through=4)
                played.stop.set()

    played = Played(spool, Told(spool, is_old=is_old))
    played.run()
    assert sent(played) == [(1, EVENTS), (2, EVENTS), (3, EVENTS if is_old else URGENT), (4, EVENTS)]
    assert spool.counts().waiting == 0


def _with_open_leaf(spool: Spool) -> None:
    """Record one event for which the centre can send a receipt."""
    spool.record([draft(1)])


class Answering(Centre):
    """The broker's answer to what comes by the leaf is `answer`; the centre receipts what comes by `events`."""

    answer = ""

    def step(self, connection: FakeConnection) -> None:
        if self.steps == 1:
            self.receipt(connection, through=1)
        elif self.steps == 2:
            self.spool.record([draft(number, lane=Lane.URGENT) for number in (2, 3)])
        by_events = [
            sequence for sequence, leaf in zip(connection.published, connection.leaves, strict=True) if leaf is EVENTS
        ]
        connection._pubacks = [
            (mid, self.answer if connection.leaves[mid - 1] is URGENT else "") for mid, _ in connection._pubacks
        ]
        if self.steps > 2 and by_events[-1] == 3:
            self.receipt(connection, through=3)


@pytest.mark.parametrize("answer", ["Not authorized", UNHEARD])
def test_what_the_broker_refuses_on_the_leaf_goes_by_events(spool: Spool, answer: str) -> None:
    """Check an older access list, and a centre whose urgent lane is away."""
    _with_open_leaf(spool)

    class Refusing(Answering):
        def step(self, connection: FakeConnection) -> None:
            super().step(connection)
            if not self.spool.counts().waiting and self.steps > 2:
                played.stop.set()

    Refusing.answer = answer
    played = Played(spool, Refusing(spool))
    played.run()
    assert sent(played) == [(1, EVENTS), (2, URGENT), (2, EVENTS), (3, EVENTS)], "the first goes alone"
    assert spool.counts().waiting == 0
    assert played.count("urgent_events", outcome="unheard" if answer == UNHEARD else "refused") == 1


def test_a_broker_that_hangs_up_at_the_leaf_gets_it_once_and_the_event_goes_by_events(spool: Spool) -> None:
    """Check a broker that hangs up, as Mosquitto 2.0.11 does where the access list is an older one."""
    _with_open_leaf(spool)

    class HangingUp(Answering):
        def step(self, connection: FakeConnection) -> None:
            if URGENT in connection.leaves:
                connection._pubacks.clear()
                raise BrokerError("lost")
            if len(played.connections) == 1:
                super().step(connection)
                return
            self.receipt(connection, through=max(connection.published, default=1))
            if not self.spool.counts().waiting:
                played.stop.set()

    played = Played(spool, HangingUp(spool))
    played.run()
    assert sent(played) == [(1, EVENTS), (2, URGENT), (3, EVENTS), (2, EVENTS)]
    assert played.count("urgent_events", outcome="hung_up") == 1


def test_what_has_no_receipt_in_time_goes_by_events(spool: Spool) -> None:
    _with_open_leaf(spool)

    class Deaf(Answering):
        def step(self, connection: FakeConnection) -> None:
            super().step(connection)
            self.now += 1.0 if self.steps > 2 else 0.0
            if not self.spool.counts().waiting and self.steps > 2:
                played.stop.set()

    played = Played(spool, Deaf(spool))
    played.run()
    assert sent(played) == [(1, EVENTS), (2, URGENT), (3, URGENT), (2, EVENTS), (3, EVENTS)]
    assert played.count("urgent_events", outcome="overdue") == 2


def test_a_backlog_is_not_taken_for_lost_because_a_failed_test_passed_it(spool: Spool) -> None:
    """Check two ways: by one way, the event that was sent first comes first; by two it does not."""
    spool.record([draft(number) for number in range(1, 11)])

    class Passing(Centre):
        def step(self, connection: FakeConnection) -> None:
            self.now += 1.0
            if self.steps == 1:
                self.receipt(connection)
                spool.record([draft(11, lane=Lane.URGENT)])
            elif self.steps == 4:
                passed = Receipt(stream=spool.stream, through=1, extra=(11,), at=AT)
                connection.hear(passed)
            elif self.steps == 7:
                self.receipt(connection, through=11)
                played.stop.set()

    played = Played(spool, Passing(spool))
    played.run()
    assert sent(played) == [*((number, EVENTS) for number in range(1, 11)), (11, URGENT)]
    assert played.count("events_resent") == 0


def test_failed_tests_of_an_outage_go_the_newest_first_and_leave_room_for_those_of_now(spool: Spool) -> None:
    spool.record([draft(number, lane=Lane.URGENT) for number in range(1, 31)])

    class Back(Centre):
        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            connection.hear(Receipt(stream=stream, through=0, hash=ZERO_HASH, at=AT))

        def step(self, connection: FakeConnection) -> None:
            if self.steps == 2:
                spool.record([draft(31, lane=Lane.URGENT)])
            elif self.steps == 3:
                assert sent(played) == [(number, URGENT) for number in (30, 29, 28, 27, 31)]
                connection.hear(Receipt(stream=spool.stream, through=0, extra=(30, 29, 31), hash=ZERO_HASH, at=AT))
            elif self.steps == 4:
                assert sent(played)[5:] == [(26, URGENT), (25, URGENT)]
                self.receipt(connection, through=31)
                played.stop.set()

    played = Played(spool, Back(spool))
    played.run()
    assert spool.counts().waiting == 0


def test_a_leaf_that_hung_up_by_chance_is_asked_again_soon_and_then_more_rarely() -> None:
    leaf, now = UrgentLeaf(Flight(5, 60)), 0.0
    pauses = []
    for _ in range(9):
        leaf.begin(now)
        leaf.heard(Receipt(stream=UUID(int=1), through=0, at=AT))
        pauses.append(next(after_s for after_s in range(7200) if leaf.is_open(now + after_s)))
        now += pauses[-1]
        leaf.sent(1, 1, now)
    assert pauses == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    leaf.answered(1, None, now)
    assert leaf.begin(now) is None
    leaf.sent(1, 1, now)
    assert leaf.begin(now) is Closed.HUNG_UP
    leaf.heard(Receipt(stream=UUID(int=1), through=0, at=AT))
    assert leaf.is_open(now + 60)
