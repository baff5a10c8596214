"""The uplink against a fake connection, which does things that a real broker is hard to bring to do."""

import threading
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry

from edge.metrics import Metrics
from edge.settings import UplinkSettings
from edge.spool.spool import Spool
from edge.uplink.broker import BrokerConnection
from edge.uplink.connection import TAKEN_OVER, BrokerError
from edge.uplink.report import Report
from edge.uplink.uplink import Uplink
from process.bell import Bell
from process.connections import Broker
from tests.unit.edge.conftest import Turned, draft
from wire import receipts
from wire.chain import digest
from wire.codec import decode
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt, Refused
from wire.status import Status
from wire.terms import Lane
from wire.topics import Leaf


class FakeConnection(BrokerConnection):
    """Never opens a socket; `on_poll` is the broker and the centre in one, and ends the connection by an exception."""

    def __init__(self, on_poll: "Script", stream: UUID) -> None:
        super().__init__(Broker(), "m1", stream, version="", clock=lambda: datetime.now(UTC), connect_s=1.0)
        self._script = on_poll
        self.published: list[int] = []
        self.statuses: list[Status] = []
        self.leaves: list[Leaf] = []

    def open(self) -> None: ...

    def publish(self, body: bytes, leaf: Leaf = Leaf.EVENTS) -> int:
        self.published.append(decode(body).sequence)
        self.leaves.append(leaf)
        self._pubacks.append((len(self.published), ""))
        return len(self.published)

    def publish_status(self, status: Status) -> int:
        self.statuses.append(status)
        assert status.stream is not None
        self._script.on_status(self, status.stream)
        return 0

    def say_goodbye(self, status: Status) -> None: ...

    def leave(self) -> None: ...

    def poll(self, timeout_s: float, *wakers: object) -> None:
        self._script.steps += 1
        self._script.step(self)

    def hear(self, receipt: Receipt | bytes) -> None:
        self._receipts.append(receipt if isinstance(receipt, bytes) else receipts.encode(receipt))


class Script:
    """Each poll is a step; `step` is overridden by a test."""

    def __init__(self) -> None:
        self.steps = 0
        self.now = 0.0

    def step(self, connection: FakeConnection) -> None: ...

    def on_status(self, connection: FakeConnection, stream: UUID) -> None:
        """Answer as a centre that has nothing of the stream."""
        connection.hear(Receipt(stream=stream, through=0, hash=ZERO_HASH))


class Played:
    def __init__(self, spool: Spool, script: Script, **more: int) -> None:
        self.metrics = Metrics(CollectorRegistry())
        self.connections: list[FakeConnection] = []
        self.stop = threading.Event()
        settings = UplinkSettings(reconnect_s=0.001, reconnect_longest_s=0.002, **more)

        def connect(stream: UUID) -> FakeConnection:
            self.connections.append(FakeConnection(script, stream))
            return self.connections[-1]

        report = Report(spool, (), version="1", clock=lambda: datetime.now(UTC))
        self.bell = Bell()
        self.uplink = Uplink(
            settings, spool, connect, report=report, bell=self.bell, metrics=self.metrics, random=Random(1),
            monotonic=lambda: script.now,
        )  # fmt: skip

    def run(self) -> list[list[int]]:
        """Run the uplink and return the events that each connection published."""
        try:
            self.uplink.run(self.stop)
        finally:
            self.bell.close()
        return [connection.published for connection in self.connections]

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"shian_edge_{name}_total", labels) or 0.0


def test_urgent_events_go_first_and_pass_a_full_window(spool: Spool) -> None:
    spool.record([draft(number, lane=Lane.URGENT if number in (50, 60) else Lane.NORMAL) for number in range(1, 91)])

    class Late(Script):
        def step(self, connection: FakeConnection) -> None:
            if self.steps == 2:
                spool.record([draft(100, lane=Lane.URGENT)])
            if self.steps == 4:
                played.stop.set()
            if self.steps > 4:
                self.now += 4.0

    played = Played(spool, Late(), window_smallest=16, window_largest=16)
    (published,) = played.run()
    assert published[:2] == [60, 50], "the last one that failed may be a second old"
    assert published[2:16] == list(range(1, 15))
    assert published[16:] == [91], "beside the window, which is full"


def test_what_came_back_opens_the_window_and_refusals_are_kept(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 91)])

    class Centre(Script):
        def step(self, connection: FakeConnection) -> None:
            sent = connection.published
            refused = tuple(Refused(sequence=sequence, reason="unknown_station") for sequence in sent if sequence == 7)
            connection.hear(
                Receipt(stream=spool.stream, through=min(6, sent[-1]), extra=tuple(sent[7:]), refused=refused)
            )
            if len(sent) == 90:
                played.stop.set()

    played = Played(spool, Centre(), window_smallest=4)
    (published,) = played.run()
    assert published == list(range(1, 91)), "each once, in order"
    assert (spool.counts().waiting, spool.counts().refused) == (0, 1)
    assert played.uplink._window.size > 60


def test_unreadable_and_foreign_receipts_are_counted_and_change_nothing(spool: Spool) -> None:
    spool.record([draft(1)])

    class Liar(Script):
        def step(self, connection: FakeConnection) -> None:
            connection.hear(b"no receipt")
            connection.hear(Receipt(stream=UUID(int=9), through=1))
            played.stop.set()
            self.now += 2.0

    played = Played(spool, Liar())
    played.run()
    assert spool.counts().waiting == 1
    kinds = {kind: played.count("receipts", kind=kind) for kind in ("unreadable", "foreign")}
    assert all(count >= 1 for count in kinds.values())


def test_silence_halves_the_window_and_sends_again(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 41)])

    class Silent(Script):
        def step(self, connection: FakeConnection) -> None:
            if self.steps == 1:
                connection.hear(Receipt(stream=spool.stream, through=8))
            self.now += 3.0
            if self.steps == 6:
                played.stop.set()

    played = Played(spool, Silent(), window_smallest=8, window_largest=16)
    (published,) = played.run()
    assert published[:8] == list(range(1, 9))
    assert published[8:24] == list(range(9, 25))
    assert published[24:32] == list(range(9, 17)), "again, under the halved window"
    assert played.count("events_resent") >= 16


def test_a_lost_connection_sends_what_has_no_receipt_from_the_start(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 6)])

    class Flaky(Script):
        def step(self, connection: FakeConnection) -> None:
            if self.steps == 1:
                connection.hear(Receipt(stream=spool.stream, through=2))
            elif self.steps < 4:
                raise BrokerError("lost")
            else:
                connection.hear(Receipt(stream=spool.stream, through=5))
                played.stop.set()

    played = Played(spool, Flaky())
    assert played.run() == [[1, 2, 3, 4, 5], [3, 4, 5], [3, 4, 5]]
    assert played.count("reconnects", reason="lost") == 2


def test_an_event_that_the_broker_cannot_take_is_set_aside_and_tried_at_the_next_connection(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])

    class Small(Script):
        def step(self, connection: FakeConnection) -> None:
            if self.steps == 1:
                assert spool.counts().refused == 2
                raise BrokerError("lost")
            played.stop.set()
            self.now += 1.0

    played = Played(spool, Small())
    first = played.uplink._new_connection

    def smaller(stream: UUID) -> FakeConnection:
        connection = first(stream)
        assert isinstance(connection, FakeConnection)
        connection.largest_body = 10 if len(played.connections) == 1 else 1 << 20
        return connection

    played.uplink._new_connection = smaller
    assert played.run() == [[], [1, 2]]


def test_a_broker_that_never_acknowledges_is_left(spool: Spool) -> None:
    spool.record([draft(1)])

    class Mute(Script):
        def step(self, connection: FakeConnection) -> None:
            connection._pubacks.clear()
            self.now += 3.0
            if len(played.connections) == 2:
                played.stop.set()

    played = Played(spool, Mute())
    played.run()
    assert played.count("reconnects", reason="no_puback") == 1


def test_a_refused_publish_is_counted_by_its_reason(spool: Spool) -> None:
    spool.record([draft(1)])

    class Strict(Script):
        def step(self, connection: FakeConnection) -> None:
            connection._pubacks[:] = [(mid, "Not authorized") for mid, _ in connection._pubacks]
            played.stop.set()
            self.now += 2.0

    played = Played(spool, Strict())
    played.run()
    assert played.count("pubacks_refused", reason="Not authorized") == 1
    assert spool.counts().waiting == 1


@pytest.mark.parametrize("maximum", [3, 20])
def test_the_brokers_receive_maximum_is_kept(spool: Spool, maximum: int) -> None:
    spool.record([draft(number) for number in range(1, 61)])
    most = 0

    class Slow(Script):
        def step(self, connection: FakeConnection) -> None:
            nonlocal most
            most = max(most, len(connection._pubacks))
            connection.hear(Receipt(stream=spool.stream, through=connection.published[-1]))
            if connection.published[-1] == 60:
                played.stop.set()

    played = Played(spool, Slow())
    first = played.uplink._new_connection

    def limited(stream: UUID) -> FakeConnection:
        connection = first(stream)
        assert isinstance(connection, FakeConnection)
        connection._receive_maximum = maximum
        return connection

    played.uplink._new_connection = limited
    (published,) = played.run()
    assert published == list(range(1, 61))
    assert most <= maximum - 1


def test_nothing_is_sent_before_the_centre_has_told_what_it_has(spool: Spool) -> None:
    spool.record([draft(1)])

    class Slow(Script):
        def step(self, connection: FakeConnection) -> None:
            self.now += 1.0
            if self.steps == 3:
                assert connection.published == []
                super().on_status(connection, spool.stream)
                played.stop.set()

        def on_status(self, connection: FakeConnection, stream: UUID) -> None: ...

    played = Played(spool, Slow())
    assert played.run() == [[1]]


def test_an_older_centre_that_answers_no_status_gets_the_events_after_a_while(spool: Spool) -> None:
    spool.record([draft(1)])

    class Older(Script):
        def step(self, connection: FakeConnection) -> None:
            assert connection.published == ([1] if self.now >= 5.0 else [])
            self.now += 1.0
            if self.steps == 8:
                connection.hear(Receipt(stream=spool.stream, through=1))
                played.stop.set()

        def on_status(self, connection: FakeConnection, stream: UUID) -> None: ...

    played = Played(spool, Older())
    assert played.run() == [[1]]
    assert spool.counts().waiting == 0


def test_a_spool_that_is_an_older_copy_begins_a_new_stream_before_it_sends(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 4)])
    old = spool.stream

    class Ahead(Script):
        def step(self, connection: FakeConnection) -> None:
            played.stop.set()
            self.now += 4.0

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            has = Receipt(stream=old, through=7, hash="ab" * 32)
            connection.hear(has if stream == old else Receipt(stream=stream, through=0, hash=ZERO_HASH))
            if stream == old:
                played.stop.clear()

    played = Played(spool, Ahead())
    assert played.run() == [[], [1, 2, 3, 4, 5]]
    assert spool.stream != old
    assert played.count("streams_given_up", cause="behind") == 1


def test_a_takeover_is_counted_and_waited_out_for_longer(spool: Spool) -> None:
    class Taken(Script):
        def step(self, connection: FakeConnection) -> None:
            if len(played.connections) == 3:
                played.stop.set()
                return
            raise BrokerError(TAKEN_OVER)

    played = Played(spool, Taken())
    played.run()
    assert played.uplink.takeovers == 2
    assert played.count("reconnects", reason=TAKEN_OVER) == 2


class Restored(Script):
    """A centre that had all of `had`, and has less."""

    def __init__(self, spool: Spool, had: list[bytes]) -> None:
        super().__init__()
        self._spool = spool
        self._had = had
        self.answered: list[UUID | None] = []

    def says(self, through: int, answers: UUID | None = None) -> Receipt:
        name = digest(self._had[through - 1]) if through else ZERO_HASH
        return Receipt(stream=self._spool.stream, through=through, hash=name, answers=answers)


def recorded(spool: Spool, *failed: int) -> list[bytes]:
    """Record events 1 to 10, and give all of them a receipt."""
    spool.record([draft(number, lane=Lane.URGENT if number in failed else Lane.NORMAL) for number in range(1, 11)])
    rows = [row for lane in Lane for row in spool.waiting(lane, 0, 100)]
    had = [row.body for row in sorted(rows, key=lambda row: row.sequence)]
    spool.apply([Receipt(stream=spool.stream, through=10, hash=digest(had[9]))])
    return had


def test_a_centre_that_was_put_back_is_fed_again_the_failed_ones_first(spool: Spool) -> None:
    class Centre(Restored):
        def step(self, connection: FakeConnection) -> None:
            if self.steps > 1:
                played.stop.set()
                self.now += 4.0

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            connection.hear(self.says(4, connection.statuses[-1].asks))

    played = Played(spool, Centre(spool, recorded(spool, 6, 8)))
    assert played.run() == [[8, 6, 5, 7, 9, 10, 11, 12]]
    assert played.count("events_fed_again") == 6


def test_a_receipt_that_is_late_and_an_answer_to_an_older_status_prove_nothing(spool: Spool) -> None:
    class Centre(Restored):
        def step(self, connection: FakeConnection) -> None:
            played.stop.set()
            self.now += 4.0

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            connection.hear(self.says(4))
            connection.hear(self.says(4, UUID(int=7)))
            connection.hear(self.says(10, connection.statuses[-1].asks))

    played = Played(spool, Centre(spool, recorded(spool)))
    assert played.run() == [[]]
    assert spool.known == 10


def test_a_hole_at_the_centre_is_no_reason_to_send_what_it_has(spool: Spool) -> None:
    had = recorded(spool)
    spool.record([draft(11), draft(12)])
    spool.apply([Receipt(stream=spool.stream, through=10, hash=digest(had[9]), extra=(12,))])

    class Centre(Restored):
        def step(self, connection: FakeConnection) -> None:
            if len(played.connections) == 3:
                played.stop.set()
                self.now += 4.0
            elif connection.published:
                raise BrokerError("lost")

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            connection.hear(self.says(10, connection.statuses[-1].asks))

    played = Played(spool, Centre(spool, had))
    assert played.run() == [[11], [11], [11]]


def test_the_same_answer_twice_and_every_later_one_feed_nothing_a_second_time(spool: Spool) -> None:
    class Centre(Restored):
        def step(self, connection: FakeConnection) -> None:
            if len(played.connections) == 2:
                played.stop.set()
                self.now += 4.0
            elif connection.published:
                connection.hear(self.says(4, self.answered[-1]))
                raise BrokerError("lost")

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            self.answered.append(connection.statuses[-1].asks)
            for _ in range(2):
                connection.hear(self.says(4, self.answered[-1]))

    played = Played(spool, Centre(spool, recorded(spool)))
    first, second = played.run()
    assert first == second == [5, 6, 7, 8, 9, 10, 11, 12], "what had no receipt in the first goes by the second"
    assert played.count("events_fed_again") == 6
    assert spool.counts().sequence == 12, "told once"


def test_without_room_it_is_done_with_a_later_status(spool: Spool, turned: Turned) -> None:
    class Centre(Restored):
        def step(self, connection: FakeConnection) -> None:
            turned.free = 1 << 40 if self.steps == 2 else turned.free
            self.now += 1.0
            if connection.published:
                played.stop.set()

        def on_status(self, connection: FakeConnection, stream: UUID) -> None:
            connection.hear(self.says(4, connection.statuses[-1].asks))

    had, turned.free = recorded(spool), 0
    played = Played(spool, Centre(spool, had), status_s=1)
    (published,) = played.run()
    assert published[:6] == [5, 6, 7, 8, 9, 10]
