"""A tester's clock is told as soon as it can be known: with the first test that is made while we look."""

from datetime import datetime, timedelta
from random import Random
from threading import Event
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.recorder import Origin, Recorder
from edge.device.tally import Tally
from edge.metrics import Metrics
from edge.spool.spool import Spool
from firmware_adapters.contract import Output, Reading, RoundRead
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family, families
from shian.adapters.simulate import Specimens, items_of
from tests.support.tester_bench import Bench
from tests.unit.edge.conftest import Turned
from tests.unit.edge.spool.test_spool import events
from wire.kinds.device import DeviceEvent
from wire.kinds.result import ResultEvent
from wire.verdicts import shipped_limits

ZONE = ZoneInfo("Asia/Shanghai")
# Testers that write a day without a time: what they say is right for all of it.
ONLY_DAYS = frozenset({"dy-6400"})
AT = datetime(2026, 3, 5, 10, tzinfo=ZONE)
SETTLED_S = 150.0


class Station:
    """A virtual tester and what the edge makes of it."""

    def __init__(self, family: Family, profile: Profile, spool: Spool, turned: Turned, skew: timedelta) -> None:
        self._spool, self._turned, self._skew = spool, turned, skew
        origin = Origin("m1", "tester", family.name, profile.name, "", ZONE)
        self._intake = Intake(
            origin,
            Recorder(origin, shipped_limits(), uuid4),
            spool,
            clock=lambda: self._turned.now,
            retry_s=0.01,
            watch=ClockWatch(300),
            metrics=Metrics(CollectorRegistry()),
            tally=Tally(lambda: 0.0),
            ring=lambda _: None,
        )
        self.bench = Bench(
            family.decoder(profile, today=lambda: self._now().date()),
            family.simulator(profile, Random(1)),
            hear=self._hear,
        )
        self._specimens = Specimens(Random(2), items_of(profile), 0.0)
        turned.now = self._now()

    def _now(self) -> datetime:
        return AT + timedelta(seconds=self.bench.now)

    def _hear(self, outputs: list[Output]) -> None:
        self._turned.now = self._now()
        assert self._intake.take(outputs, Event())

    def measure(self, ago: timedelta = timedelta(0)) -> None:
        local = (self._now() - ago + self._skew).replace(tzinfo=None, microsecond=0)
        self.bench.simulator.measure(self._specimens.next(local))

    def run(self, seconds: float) -> None:
        self.bench.run(self.bench.now + seconds)

    def skews(self) -> list[float | None]:
        found = [event.data for event in events(self._spool) if isinstance(event, DeviceEvent)]
        return [news.clock_skew_s for news in found if news.state == "clock_skew"]

    def results(self) -> int:
        return sum(isinstance(event, ResultEvent) for event in events(self._spool))


def _is_read_in_rounds(family: Family, profile: Profile) -> bool:
    """Tell whether the tester keeps a memory that is asked for again and again, and writes a time with each test."""
    bench = Bench(family.decoder(profile, today=AT.date), family.simulator(profile, Random(1)))
    bench.simulator.measure(Specimens(Random(2), items_of(profile), 0.0).next(AT.replace(tzinfo=None)))
    bench.start()
    bench.run(SETTLED_S)
    readings = [output for output in bench.outputs if isinstance(output, Reading)]
    return any(isinstance(output, RoundRead) for output in bench.outputs) and any(
        reading.measured_at for reading in readings
    )


IN_ROUNDS = [
    (family, profile)
    for family in families().values()
    for profile in family.shipped().values()
    if _is_read_in_rounds(family, profile)
]
every_one = pytest.mark.parametrize(
    ("family", "profile"), IN_ROUNDS, ids=[f"{family.name}-{profile.name}" for family, profile in IN_ROUNDS]
)


def test_those_that_are_known_to_keep_a_memory_were_found() -> None:
    found = {profile.name for _, profile in IN_ROUNDS}
    assert found >= {"lz-4000t", "tl-310", "dy-723pc", "dy-5000", "dy-7200", "dy-2620", "dy-6260", "ttnj"}


@every_one
@pytest.mark.parametrize("skew", [timedelta(days=-1), timedelta(hours=-8)], ids=str)
def test_the_first_test_that_is_made_while_we_look_tells_a_clock_that_is_behind(
    family: Family, profile: Profile, skew: timedelta, spool: Spool, turned: Turned
) -> None:
    station = Station(family, profile, spool, turned, skew)
    for hours in (5, 4, 2, 1):
        station.measure(timedelta(hours=hours, minutes=7 * hours))
    station.bench.start()
    station.run(SETTLED_S)
    known = station.results()
    assert known >= 4
    assert station.skews() == [], "a memory proves nothing"
    station.measure()
    station.run(SETTLED_S)
    assert station.results() > known
    if profile.name in ONLY_DAYS and skew > timedelta(hours=-10):
        assert station.skews() == [], "the day is right"
        return
    (told,) = station.skews()
    assert told == pytest.approx(skew.total_seconds(), abs=SETTLED_S + 86400 * (profile.name in ONLY_DAYS))


@every_one
def test_a_right_clock_is_not_reported(family: Family, profile: Profile, spool: Spool, turned: Turned) -> None:
    station = Station(family, profile, spool, turned, timedelta(0))
    station.measure(timedelta(days=1))
    station.bench.start()
    for _ in range(6):
        station.run(SETTLED_S)
        station.measure()
    station.run(SETTLED_S)
    assert station.skews() == []


@every_one
def test_a_clock_that_is_ahead_is_told_from_the_memory(
    family: Family, profile: Profile, spool: Spool, turned: Turned
) -> None:
    station = Station(family, profile, spool, turned, timedelta(days=1))
    station.measure(timedelta(hours=1))
    station.bench.start()
    station.run(SETTLED_S)
    assert len(station.skews()) == 1
