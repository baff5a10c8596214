"""The answers to an analyzer, and their time: never before the result is on disk, and never late."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.recorder import Origin, Recorder
from edge.device.session import Session
from edge.device.tally import Tally
from edge.errors import LinkLostError
from edge.metrics import Metrics
from edge.spool.spool import Spool
from firmware_adapters.contract import Output, Reading, Send
from firmware_adapters.profile import Profile
from tests.support.line_family import ACK, NAK, PROFILE, LineDecoder, line
from tests.unit.edge.conftest import Turned
from tests.unit.edge.spool.test_spool import events
from wire.kinds.device import DeviceEvent
from wire.kinds.result import ResultEvent, ResultV1
from wire.verdicts import shipped_limits


class FakeLink:
    """Hands out what the test put in; an exception in between is raised."""

    name = "fake"

    def __init__(self, spool: Spool) -> None:
        self.incoming: list[bytes | Exception] = []
        self.said: list[bytes] = []
        self.recorded_when_said: list[int] = []
        self._spool = spool

    def read(self, timeout_s: float) -> bytes:
        assert timeout_s <= 0.5
        found = self.incoming.pop(0) if self.incoming else b""
        if isinstance(found, Exception):
            raise found
        return found

    def write(self, data: bytes) -> None:
        self.said.append(data)
        self.recorded_when_said.append(self._spool.counts().sequence)

    def close(self) -> None: ...


class Polling(LineDecoder):
    """A decoder that asks at the start and whenever its time has come."""

    deadline = 5.0

    def start(self, now: float) -> list[Output]:
        return [Send(b"?")]

    def tick(self, now: float) -> list[Output]:
        self.deadline = now + 5.0
        return [Send(b"again?")]


class Remembering(LineDecoder):
    """A decoder whose readings lie in the device's memory."""

    def receive(self, data: bytes, now: float) -> list[Output]:
        return [
            replace(output, is_kept=True) if isinstance(output, Reading) else output
            for output in super().receive(data, now)
        ]


class Bench:
    """A session with everything around it."""

    def __init__(self, spool: Spool, turned: Turned, decoder: Callable[[Profile], LineDecoder] = LineDecoder) -> None:
        self.spool = spool
        self.link = FakeLink(spool)
        self.metrics = Metrics(CollectorRegistry())
        self.rung: list[ResultV1] = []
        self.now = 0.0
        self.stop = threading.Event()
        origin = Origin("m1", "reader", "line", "line", "", ZoneInfo("Asia/Shanghai"))
        self.intake = Intake(
            origin,
            Recorder(origin, shipped_limits(), uuid4),
            spool,
            clock=lambda: turned.now,
            retry_s=0.01,
            watch=ClockWatch(300),
            metrics=self.metrics,
            tally=Tally(lambda: self.now),
            ring=self.rung.append,
        )
        self.session = Session(
            self.link, lambda: decoder(PROFILE), self.intake, monotonic=lambda: self.now, on_bytes=lambda _: None
        )

    def give(self, *data: bytes | Exception) -> None:
        self.link.incoming += data
        for _ in data:
            self.session.step(self.stop)

    def results(self) -> list[str]:
        return [event.data.record for event in events(self.spool) if isinstance(event, ResultEvent)]

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"shian_edge_{name}_total", labels) or 0.0


@pytest.fixture
def bench(spool: Spool, turned: Turned) -> Bench:
    return Bench(spool, turned)


def test_all_results_of_one_read_are_on_disk_before_the_first_answer(bench: Bench) -> None:
    bench.give(line("1") + line("2") + line("3"))
    assert bench.link.said == [ACK] * 3
    assert bench.link.recorded_when_said == [3, 3, 3]
    assert bench.count("results_recorded", device="reader") == 3


def test_a_broken_frame_is_answered_and_kept(bench: Bench) -> None:
    bench.give(line("1").replace(b"12.5", b"12.6") + b"noise\n")
    assert bench.link.said == [NAK]
    assert bench.spool.counts().dead_letters == 2
    assert bench.count("dead_letters", device="reader", reason="checksum") == 1
    assert bench.count("dead_letters", device="reader", reason="noise") == 1


def test_a_repeat_is_answered_but_not_recorded_again(bench: Bench) -> None:
    bench.give(line("1"), line("1"))
    assert bench.link.said == [ACK, ACK]
    assert bench.results() == ["1"]
    assert bench.count("results_repeated", device="reader") == 1


def test_only_repeats_that_nobody_asked_for_are_told_to_the_centre(bench: Bench, spool: Spool, turned: Turned) -> None:
    bench.give(line("1"), line("1"))
    assert bench.intake.tally.last_hour()["repeats"] == 1
    asked = Bench(spool, turned, Remembering)
    asked.give(line("1"), line("1"))
    assert asked.count("results_repeated", device="reader") >= 1
    assert asked.intake.tally.last_hour()["repeats"] == 0


def test_a_failed_test_rings_once(bench: Bench) -> None:
    bench.give(line("1", "50"), line("1", "50"), line("2", "49"))
    assert [result.record for result in bench.rung] == ["1"]
    assert bench.count("failed_tests", device="reader") == 1


def test_while_the_disk_is_full_nothing_is_read_or_said_and_late_answers_are_never_said(
    bench: Bench, turned: Turned
) -> None:
    turned.free = 0
    bench.link.incoming = [line("1"), line("2")]
    worker = threading.Thread(target=bench.session.step, args=(bench.stop,))
    worker.start()
    while not bench.count("spool_full_refusals") >= 3:
        worker.join(0.01)
    assert bench.link.incoming == [line("2")], "the batch in hand is all that is in memory"
    turned.free = 1 << 40
    worker.join()
    assert bench.results() == ["1"]
    bench.session.step(bench.stop)
    assert (bench.results(), bench.link.said) == (["1", "2"], []), "what was sent meanwhile is recorded, not answered"
    bench.session.step(bench.stop)  # the line is quiet
    bench.give(line("3"))
    assert bench.link.said == [ACK]


def test_stopping_on_a_full_disk_is_not_waited_for_and_counted(bench: Bench, turned: Turned) -> None:
    turned.free = 0
    bench.stop.set()
    bench.give(line("1"))
    assert bench.link.said == []
    assert bench.count("results_unrecorded") == 1


def test_a_polling_analyzer_is_asked_when_its_time_has_come(spool: Spool, turned: Turned) -> None:
    bench = Bench(spool, turned, Polling)
    bench.session.start(bench.stop)
    bench.give(b"")
    assert bench.link.said == [b"?"]
    bench.now = 5.0
    bench.give(line("1"))
    assert bench.link.said == [b"?", ACK, b"again?"], "also when the analyzer never falls silent"


def test_what_was_complete_when_the_link_broke_is_recorded_and_nothing_is_said(bench: Bench) -> None:
    bench.give(line("1") + line("2")[:10])
    with pytest.raises(LinkLostError):
        bench.give(LinkLostError("gone"))
    bench.session.finish(bench.stop)
    assert bench.link.said == [ACK]
    assert bench.spool.counts().dead_letters == 1


def test_bytes_that_crash_the_decoder_are_kept(bench: Bench) -> None:
    body = line("1", "x").partition(b"*")[0]
    with pytest.raises(ValueError, match="could not convert"):
        bench.give(body + b"*%02X\n" % (sum(body) % 256))
    assert bench.spool.counts().dead_letters == 1
    assert bench.count("dead_letters", device="reader", reason="decoder_crashed") == 1


def test_a_clock_that_is_ahead_is_an_event(bench: Bench, turned: Turned) -> None:
    turned.now = datetime(2026, 1, 9, 22, tzinfo=UTC)  # two hours before the time in the line
    bench.give(line("1"), line("2"))
    told = [event.data for event in events(bench.spool) if isinstance(event, DeviceEvent)]
    assert [(data.state, data.clock_skew_s) for data in told] == [("clock_skew", 7200.0)]


def test_an_event_about_the_device_is_not_waited_for(bench: Bench, turned: Turned) -> None:
    turned.free = 0
    turned.now += timedelta(hours=1)
    from wire.kinds.device import DeviceV1

    bench.intake.note(DeviceV1(state="online"))
    assert bench.spool.counts().sequence == 0
