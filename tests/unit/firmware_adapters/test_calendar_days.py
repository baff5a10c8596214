"""A tester's calendar day differs from the station's: whoever asks by day reads a test within one round all the same.

Who asks by day is found by letting every shipped profile of every family talk to its simulator: a decoder that wants to
know the day asks by it. So a new family cannot be forgotten."""

# ruff: noqa: DTZ001 - the clock of a device has no zone
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

import pytest

from firmware_adapters.contract import Reading, RoundRead
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family, families
from shian.adapters.simulate import Specimens, items_of
from tests.support.tester_bench import Bench

DAY = datetime(2026, 3, 5)
# The tester's clock minus the station's; the last ones are testers in UTC and in New York, read in Shanghai.
SKEWS = [timedelta(days=-1), timedelta(0), timedelta(days=1), timedelta(hours=-8), timedelta(hours=-12)]
# When the line opens, by the station's clock: midnight comes soon, has just been, is far, and the hours of issue 9.
OPENINGS = [timedelta(hours=23, minutes=57), timedelta(seconds=5), timedelta(hours=12), timedelta(hours=2)]
SETTLED_S = 150.0
# Beside the pause between two rounds: the requests of one, with the silence of a day that has no record.
ROUND_S = 30.0


def bench_of(family: Family, profile: Profile, at: datetime, asked: Callable[[], None] = lambda: None) -> Bench:
    def today() -> date:
        asked()
        return (at + timedelta(seconds=bench.now)).date()

    bench = Bench(family.decoder(profile, today=today), family.simulator(profile, Random(1)))
    return bench


def _asks_by_day(family: Family, profile: Profile) -> bool:
    asked: list[bool] = []
    bench = bench_of(family, profile, DAY, lambda: asked.append(True))
    bench.start()
    bench.run(60.0)
    return bool(asked)


BY_DAY = [
    (family, profile)
    for family in families().values()
    for profile in family.shipped().values()
    if _asks_by_day(family, profile)
]
every_one = pytest.mark.parametrize(
    ("family", "profile"), BY_DAY, ids=[f"{family.name}-{profile.name}" for family, profile in BY_DAY]
)


def poll_s(profile: Profile) -> float:
    """Return the pause between two rounds, in seconds; a profile that does not say it waits a minute at most."""
    return float({"poll_s": 60.0, **profile.settings, **profile.options}["poll_s"])


def named(readings: list[Reading]) -> set[tuple[object, ...]]:
    return {
        (
            reading.item,
            reading.value_text,
            reading.measured_at_text,
            reading.sample_number,
            reading.record,
            reading.channel,
        )
        for reading in readings
    }


@every_one
@pytest.mark.parametrize("skew", SKEWS, ids=str)
@pytest.mark.parametrize("opening", OPENINGS, ids=str)
def test_a_test_is_read_within_one_round_whatever_day_the_tester_shows(
    family: Family, profile: Profile, skew: timedelta, opening: timedelta
) -> None:
    at = DAY + opening
    bench = bench_of(family, profile, at)
    specimens = Specimens(Random(2), items_of(profile), 0.0)
    bench.start()
    bench.run(SETTLED_S)
    for _ in range(4):
        known = named(bench.readings)
        bench.simulator.measure(specimens.next(at + skew + timedelta(seconds=int(bench.now))))
        bench.run(bench.now + poll_s(profile) + ROUND_S)
        assert named(bench.readings) - known, f"not read, {bench.now:.0f} s after the line was opened"


@every_one
def test_a_whole_round_is_told_as_such(family: Family, profile: Profile) -> None:
    bench = bench_of(family, profile, DAY)
    bench.simulator.measure(Specimens(Random(2), items_of(profile), 0.0).next(DAY))
    bench.start()
    bench.run(SETTLED_S)
    told = [type(output) for output in bench.outputs if isinstance(output, Reading | RoundRead)]
    assert told[0] is Reading
    assert RoundRead in told, "what is new from now on was made from now on"


def test_those_that_are_known_to_be_asked_by_day_were_found() -> None:
    found = {family.name for family, _ in BY_DAY}
    assert found >= {"dy3000", "dy5000", "dy723", "pesticide"}
    assert ("pesticide", "tl-310") not in {(family.name, profile.name) for family, profile in BY_DAY}
