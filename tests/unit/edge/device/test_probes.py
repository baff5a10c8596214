"""A probe that cannot be read, or that is out of its range, is told once that has lasted; and so is its end."""

from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest

from edge.device.probes import Probes
from edge.ranges import SiteBounds
from firmware_adapters.continuous import Bounds, Continuous
from firmware_adapters.contract import Missed, Reading
from wire.kinds.probe import ProbeLimit, ProbeV1
from wire.terms import Comparison, ProbeState

WARM = Continuous(above=8.0, for_s=600.0)
EXCEPTION = Missed("temperature", WARM, 3, "exception 2, illegal data address")
NO_ANSWER = Missed("temperature", WARM, 3, "does not answer", is_silent=True)


class Line:
    """Line with one probe, asked every second, with a clock that jumps."""

    def __init__(self, site: Sequence[SiteBounds] = ()) -> None:
        self.probes = Probes(uuid4, site)
        self.now = 1000.0
        self.told: list[tuple[float, ProbeV1]] = []

    def hear(
        self, seconds: float, value: float | Missed | None, *, rule: Continuous = WARM, every_s: float = 1.0
    ) -> None:
        """Let the probe say `value` for so long."""
        until = self.now + seconds
        while self.now < until:
            self._take(self._one(value, rule))
            self.now += every_s
            self._take(self.probes.tick(self.now))

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now += 1.0
            self._take(self.probes.tick(self.now))

    @property
    def said(self) -> list[tuple[str, ProbeState]]:
        return [(event.phase, event.state) for _, event in self.told if event.state is not ProbeState.OK]

    def _one(self, value: float | Missed | None, rule: Continuous) -> Iterator[ProbeV1]:
        if isinstance(value, Missed):
            return self.probes.missed(value, self.now)
        flags = ("not_available",) if value is None else ()
        reading = Reading("temperature", b"", 0, value=value, unit="degC", channel=3, continuous=rule, flags=flags)
        return self.probes.read(reading, self.now)

    def _take(self, events: Iterator[ProbeV1]) -> None:
        self.told += [(self.now, event) for event in events]


@pytest.mark.parametrize(
    ("trouble", "state", "reason"),
    [
        (EXCEPTION, ProbeState.FAILING, "exception 2, illegal data address"),
        (NO_ANSWER, ProbeState.SILENT, "does not answer"),
        (None, ProbeState.FAILING, "not_available"),
    ],
)
def test_a_probe_that_brings_no_value_is_told_with_its_end(
    trouble: Missed | None, state: ProbeState, reason: str
) -> None:
    line = Line()
    line.hear(60, 4.0)
    line.hear(84, trouble)
    line.hear(60, 4.5)
    assert line.said == [("start", state), ("end", state)]
    start, end = (event for _, event in line.told if event.state is not ProbeState.OK)
    assert (start.reason, start.value, start.unit, start.quantity, start.channel) == (
        reason, 4.0, "degC", "temperature", 3,
    )  # fmt: skip
    assert start.key == end.key
    assert start.lasted_s == pytest.approx(10, abs=1.5)
    assert end.value == 4.5


def test_one_exception_is_no_event() -> None:
    line = Line()
    line.hear(60, 4.0)
    line.hear(6, EXCEPTION)
    line.hear(60, 4.0)
    assert line.said == []


def test_a_probe_that_was_never_read_is_told() -> None:
    line = Line()
    line.hear(15, EXCEPTION)
    assert line.said == [("start", ProbeState.FAILING)]


def test_a_loose_plug_makes_a_handful_of_events() -> None:
    line = Line()
    for _ in range(60):
        line.hear(30, 4.0)
        line.hear(30, EXCEPTION)
    assert 1 <= len(line.said) <= 6


def test_a_stream_that_dries_up_is_silence_by_its_own_pace() -> None:
    line = Line()
    line.hear(300, 4.0, every_s=5.0)
    line.wait(65)
    assert line.said == []
    line.wait(10)
    assert line.said == [("start", ProbeState.SILENT)]
    slow = Line()
    slow.hear(3600, 4.0, every_s=300.0)
    slow.wait(800)
    assert slow.said == []
    slow.wait(200)
    assert slow.said == [("start", ProbeState.SILENT)]


def test_the_time_without_a_link_is_no_silence() -> None:
    line = Line()
    line.hear(60, 4.0)
    line.now += 3600
    line.probes.begin(line.now)
    line.hear(60, 4.0)
    assert line.said == []


def test_a_value_beyond_its_limit_for_long_enough_is_told_and_its_return() -> None:
    line = Line()
    line.hear(60, 4.0)
    line.hear(599, 8.1)
    line.hear(5, 8.0)
    line.hear(599, 8.1)
    assert line.said == []
    line.hear(3, 9.5)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE)]
    line.hear(60, 7.0)
    line.hear(60, 8.2)
    line.hear(119, 7.0)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE)], "a door that was opened is no return"
    line.hear(10, 7.0)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE), ("end", ProbeState.OUT_OF_RANGE)]
    start = next(event for _, event in line.told if event.state is ProbeState.OUT_OF_RANGE)
    assert start.limit == ProbeLimit(comparison=Comparison.ABOVE, value=8.0, for_s=600.0)
    assert start.lasted_s == pytest.approx(600, abs=2)


@pytest.mark.parametrize("for_s", [0.0, 60.0])
@pytest.mark.parametrize("half_s", [70, 180])
def test_a_value_that_swings_around_its_limit_is_a_handful_of_alarms(for_s: float, half_s: int) -> None:
    rule = Continuous(above=8.0, for_s=for_s)
    line = Line()
    for _ in range(4 * 3600 // (2 * half_s)):
        line.hear(half_s, 7.9, rule=rule, every_s=5.0)
        line.hear(half_s, 8.1, rule=rule, every_s=5.0)
    assert 1 <= len(line.said) <= 5
    line.hear(3600, 4.0, rule=rule, every_s=5.0)
    assert keys_that_are_open(line) == set()
    line.hear(3600, 4.0, rule=rule, every_s=5.0)
    calm = len(line.said)
    line.hear(70, 9.0, rule=rule)
    line.hear(130, 4.0, rule=rule)
    assert len(line.said) == calm + 2, "after an hour of calm its return is told after two minutes"


def test_what_cannot_be_read_does_not_count_as_cold() -> None:
    line = Line()
    line.hear(300, 9.0)
    line.hear(200, EXCEPTION)
    line.hear(150, 9.0)
    assert ("start", ProbeState.OUT_OF_RANGE) in line.said


def test_the_stations_own_limit_replaces_the_profiles() -> None:
    every = SiteBounds("temperature", Bounds(above=-12.0, for_s=0.0))
    mine = SiteBounds("temperature", Bounds(below=-30.0, above=-15.0, for_s=60.0), channel=3)
    line = Line([mine, every])
    line.hear(62, -14.0)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE)]
    line = Line([every])
    line.hear(1, -11.0)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE)]


def test_a_new_agent_says_once_that_a_probe_is_well() -> None:
    line = Line()
    line.hear(3600, 4.0)
    assert [(event.phase, event.state) for _, event in line.told] == [("end", ProbeState.OK)]
    warm = Line()
    warm.hear(30, 9.0)
    assert warm.told == [], "nobody knows yet that it is well"


def keys_that_are_open(line: Line) -> set[object]:
    """Return the keys of the troubles that were told and have not ended; each end has its start before it."""
    found: set[object] = set()
    for _, event in line.told:
        if event.state is ProbeState.OK:
            continue
        assert (event.key in found) == (event.phase == "end")
        found ^= {event.key}
    return found


def test_from_too_warm_to_too_cold_and_back_is_out_of_range_all_the_time() -> None:
    rule = Continuous(above=8.0, below=0.0, for_s=60.0)
    line = Line()
    line.hear(60, 4.0, rule=rule)
    for _ in range(3):
        line.hear(40, 9.0, rule=rule)
        line.hear(40, -5.0, rule=rule)
    assert line.said == [("start", ProbeState.OUT_OF_RANGE)]
    line.hear(200, 4.0, rule=rule)
    assert keys_that_are_open(line) == set()


@pytest.mark.parametrize("first", [EXCEPTION, NO_ANSWER])
def test_exceptions_and_silences_in_turn_are_one_trouble(first: Missed) -> None:
    other = NO_ANSWER if first is EXCEPTION else EXCEPTION
    line = Line()
    line.hear(60, 4.0)
    for _ in range(60):
        line.hear(1, first)
        line.hear(1, other)
    assert [phase for phase, _ in line.said] == ["start"]
    line.hear(1300, 4.0)
    assert keys_that_are_open(line) == set()


def test_every_trouble_within_an_alarm_has_its_end() -> None:
    line = Line()
    line.hear(700, 9.0)
    line.hear(60, EXCEPTION)
    line.hear(30, 9.0)
    line.hear(60, NO_ANSWER)
    line.hear(400, 4.0)
    assert {state for _, state in line.said} == {ProbeState.OUT_OF_RANGE, ProbeState.FAILING, ProbeState.SILENT}
    assert keys_that_are_open(line) == set()


def test_an_agent_that_begins_anew_in_the_middle_of_an_alarm_ends_it_when_it_is_over() -> None:
    line = Line()
    line.hear(700, 9.0)
    line.probes = Probes(uuid4)
    line.hear(30, EXCEPTION)
    line.hear(300, 9.0)
    assert ("end", ProbeState.OK) not in [(event.phase, event.state) for _, event in line.told]
    line.hear(1000, 4.0)
    assert line.told[-1][1].state is ProbeState.OK


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_no_value(value: float) -> None:
    line = Line()
    line.hear(60, 4.0)
    line.hear(60, value)
    assert line.said == [("start", ProbeState.FAILING)]
