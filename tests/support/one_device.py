"""One device at one real spool, as the agent runs it, without threads or ports: bytes in, answers out, rows on disk."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.recorder import Origin, Recorder
from edge.device.tally import Tally
from edge.metrics import Metrics
from edge.spool.spool import Spool
from firmware_adapters.contract import Decoder, Output, Reading, Send, Simulator
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family
from wire.codec import decode
from wire.kinds.result import POSSIBLE_REPEAT, ResultEvent, ResultV1
from wire.terms import Lane
from wire.verdicts import shipped_limits

ZONE = ZoneInfo("Asia/Shanghai")
_A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Clock:
    """The wall clock and the monotonic one, which a test turns."""

    now: datetime
    monotonic: float = 0.0

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds


@dataclass(slots=True)
class OneDevice:
    """One device at an intake and a spool. Call `hear` with the device's bytes, `reconnect` as after a lost link,
    `restart` as after the agent's end."""

    spool: Spool
    clock: Clock
    family: Family
    profile: Profile
    serial: str = ""
    rung: list[ResultV1] = field(default_factory=list)
    _intake: Intake = field(init=False)
    _decoder: Decoder = field(init=False)
    asked: bytes = b""
    readings: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        origin = Origin("m1", "tester", self.family.name, self.profile.name, self.serial, ZONE)
        self._intake = Intake(
            origin,
            Recorder(origin, shipped_limits(), uuid4),
            self.spool,
            clock=lambda: self.clock.now,
            retry_s=0.01,
            watch=ClockWatch(300),
            metrics=Metrics(CollectorRegistry()),
            tally=Tally(lambda: self.clock.monotonic),
            ring=self.rung.append,
            monotonic=lambda: self.clock.monotonic,
        )
        self.reconnect()

    def reconnect(self) -> None:
        """Make a fresh decoder, and tell the intake. The bytes that it asks at once wait in `asked`."""
        self._decoder = self.new_decoder()
        self._intake.begin()
        self.asked = self.act(self._decoder.start(self.clock.monotonic))

    def talk(self, simulator: Simulator, seconds: float) -> None:
        """Let the virtual analyzer speak and be asked, for so long by the clock."""
        until = self.clock.monotonic + seconds
        said, self.asked = self.asked, b""
        while self.clock.monotonic < until:
            now = self.clock.monotonic
            heard = (simulator.receive(said, now) if said else b"") + simulator.tick(now)
            said = (self.hear(heard, 0.0) if heard else b"") + self.wait(0.0)
            if not heard and not said:
                deadlines = [at for at in (self._decoder.deadline, simulator.deadline) if at is not None]
                self.clock.forward(min(max(min(deadlines, default=until), now), until) - now + 0.001)
        self.asked = said

    def new_decoder(self) -> Decoder:
        return self.family.decoder(self.profile, today=self._today)

    def hear(self, data: bytes, after_s: float = 0.05) -> bytes:
        """Let the device say `data` so long after its last words, and return the answer."""
        self.clock.forward(after_s)
        return self.act(self._decoder.receive(data, self.clock.monotonic))

    def wait(self, seconds: float) -> bytes:
        """Let so much time pass in silence."""
        self.clock.forward(seconds)
        return self.act(self._decoder.tick(self.clock.monotonic))

    def act(self, outputs: Sequence[Output]) -> bytes:
        """Put the outputs of a decoder on the disk, then send its answers to the device."""
        self.readings += [output for output in outputs if isinstance(output, Reading)]
        assert self._intake.take(outputs, threading.Event())
        return b"".join(output.data for output in outputs if isinstance(output, Send))

    def record(self, readings: Iterable[Reading]) -> None:
        """Record each reading as if it came by itself."""
        for reading in readings:
            self.act([reading])

    def results(self) -> list[ResultV1]:
        return results_in(self.spool)

    def marked(self) -> list[ResultV1]:
        return [result for result in self.results() if POSSIBLE_REPEAT in result.flags]

    def texts(self) -> Counter[str]:
        return Counter(result.value_text for result in self.results())

    def _today(self) -> date:
        return self.clock.now.astimezone(ZONE).date()


def results_in(spool: Spool) -> list[ResultV1]:
    """Return all results that wait: without a centre these are all that were recorded."""
    waiting = [waiting_event for lane in Lane for waiting_event in spool.waiting(lane, 0, 100_000)]
    found = [decode(event.body) for event in sorted(waiting, key=lambda event: event.sequence)]
    return [event.data for event in found if isinstance(event, ResultEvent)]
