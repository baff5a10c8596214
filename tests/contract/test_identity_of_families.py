"""Every family, from its virtual analyzer to the rows in a spool: equal tests are as many rows, and what is read again
is none, or is marked where nothing proves it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from edge.spool.repeats import RepeatCounts
from edge.spool.spool import Spool, SpoolPlan
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.registry import families, family
from tests.support.one_device import ZONE, Clock, OneDevice
from wire.kinds.result import POSSIBLE_REPEAT
from wire.terms import RecordKind, TimeSource, Verdict

NOW = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)
LONG_ENOUGH_S = 400.0


@dataclass(frozen=True, slots=True)
class Case:
    """Case of one family. `names`: the simulator's records tell themselves apart for ever. `is_asked`: the memory is
    read again and again."""

    family: str
    profile: str
    item: str
    is_asked: bool = False
    names: bool = True


CASES = (
    Case("astm", "virtual-food", "clenbuterol"),
    Case("dy2620", "dy-2620", "polar_compounds", is_asked=True),
    Case("dy3000", "dy-7200", "nitrite", is_asked=True),
    Case("dy5000", "dy-5000", "clenbuterol", is_asked=True),
    Case("dy5800", "dy-5800", "nitrite"),
    Case("dy6100", "dy-6100", "atp", is_asked=True),
    Case("dy6200", "dy-6200", "item-01", is_asked=True),
    Case("dy6200", "dy-6400", "item-01", is_asked=True),
    Case("dy6260", "dy-6260", "clenbuterol", is_asked=True),
    Case("dy723", "dy-723pc", "nitrite", is_asked=True),
    Case("dy_gold", "dy-gold", "strip_scan", is_asked=True, names=False),
    Case("escpos", "dy-3500-ticket", "nitrite"),
    Case("hl7", "virtual-food", "clenbuterol"),
    Case("line", "generic", "value", names=False),
    Case("pesticide", "lz-4000t", "pesticide_inhibition", is_asked=True),
    Case("pesticide", "tl-310", "pesticide_inhibition", is_asked=True),
    Case("poct1a", "virtual-food", "clenbuterol"),
    Case("tt_smart", "tt-smart", "unknown", is_asked=True, names=False),
    Case("ttnj", "ttnj-8", "type-01", is_asked=True),
)
_ids = [entry.profile if entry.family in {"dy6200", "pesticide"} else entry.family for entry in CASES]
every = pytest.mark.parametrize("case", CASES, ids=_ids)
with_a_memory = pytest.mark.parametrize(
    "case", [entry for entry in CASES if entry.is_asked and entry.family != "dy_gold"], ids=lambda entry: entry.profile
)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(SpoolPlan("m1", tmp_path), clock=lambda: NOW, free_bytes=lambda: 1 << 40)
    opened.open()
    yield opened
    opened.close()


def equal_tests(case: Case, count: int = 3) -> list[Specimen]:
    """Make tests one after another that are alike but for the time."""
    noon = NOW.astimezone(ZONE).replace(hour=9, minute=0, second=0, tzinfo=None)
    return [
        Specimen("7", "菠菜", case.item, 60.0, noon + timedelta(minutes=number), Verdict.FAIL)
        for number in range(count)
    ]


def started(case: Case, spool: Spool) -> OneDevice:
    kind = family(case.family)
    return OneDevice(spool, Clock(NOW), kind, kind.profile(case.profile))


def read(case: Case, spool: Spool) -> tuple[OneDevice, Simulator]:
    device = started(case, spool)
    simulator = device.family.simulator(device.profile, Random(3))
    for specimen in equal_tests(case):
        simulator.measure(specimen)
    device.talk(simulator, LONG_ENOUGH_S)
    return device, simulator


def test_no_family_is_left_out() -> None:
    assert {entry.family for entry in CASES} | {"modbus_rtu"} == set(families()), (
        "modbus_rtu has no tests, only quantities"
    )


@every
def test_three_equal_tests_are_three_rows(case: Case, spool: Spool) -> None:
    device, _ = read(case, spool)
    assert len(device.results()) == 3


@every
def test_three_tests_of_which_nothing_is_known_are_three_rows(case: Case, spool: Spool) -> None:
    device, _ = read(case, spool)
    bare = replace(
        device.readings[0], record="", record_kind=RecordKind.NONE, measured_at=None, measured_at_text="",
        sample_number="",
        time_source=TimeSource.NONE, mark="", transfer="", channel=None, is_kept=False, raw=b"bare", copy=0,
    )  # fmt: skip
    device.record([bare, bare, bare])
    found = [result for result in device.results() if result.raw == "YmFyZQ=="]
    assert len(found) == 3
    assert [POSSIBLE_REPEAT in result.flags for result in found][1:] == [True, True]


@every
def test_a_number_that_begins_anew_each_day_loses_no_test(case: Case, spool: Spool) -> None:
    device, _ = read(case, spool)
    daily = replace(
        device.readings[0], record="1", record_kind=RecordKind.DAILY, measured_at=None, measured_at_text="",
        time_source=TimeSource.NONE, mark="", transfer="", is_kept=False, raw=b"daily", copy=0,
    )  # fmt: skip
    for _ in range(3):
        device.record([daily, daily])
        device.clock.forward(86_400)
    assert len([result for result in device.results() if result.raw == "ZGFpbHk="]) == 3


@with_a_memory
def test_a_memory_that_is_read_again_gives_no_row_twice(case: Case, spool: Spool) -> None:
    device, simulator = read(case, spool)
    for _ in range(2):
        device.reconnect()
        device.talk(simulator, LONG_ENOUGH_S)
    assert len(device.results()) == 3
    assert spool.repeats() == {}, "it was asked for: no news"


@with_a_memory
def test_a_memory_that_is_read_again_after_a_restart_is_known_or_marked(case: Case, spool: Spool) -> None:
    device, simulator = read(case, spool)
    device.restart()
    device.talk(simulator, LONG_ENOUGH_S)
    again = device.results()[3:]
    if case.names:
        assert again == []
        assert spool.repeats()["tester"] == RepeatCounts(reread=3)
    else:
        assert len(again) == 3
        assert all(POSSIBLE_REPEAT in result.flags for result in again)


@every
def test_answers_that_are_lost_lose_no_test_and_double_none(case: Case, spool: Spool) -> None:
    device = started(case, spool)
    simulator = _Deaf(device.family.simulator(device.profile, Random(3)), Random(5))
    for specimen in equal_tests(case):
        simulator.measure(specimen)
    device.talk(simulator, 20 * LONG_ENOUGH_S)
    assert len(device.results()) == 3


class _Deaf:
    """A virtual analyzer that does not hear one answer or request of four."""

    def __init__(self, simulator: Simulator, random: Random) -> None:
        self._simulator = simulator
        self._random = random

    @property
    def deadline(self) -> float | None:
        return self._simulator.deadline

    def measure(self, specimen: Specimen) -> None:
        self._simulator.measure(specimen)

    def receive(self, data: bytes, now: float) -> bytes:
        return self._simulator.receive(data, now) if self._random.random() > 0.25 else b""

    def tick(self, now: float) -> bytes:
        return self._simulator.tick(now)
