"""The virtual tester of a station with a screen runs what was laid out, each well once, and a second test by itself."""

from typing import Any

import pytest

from edge.samples.client import AgentAwayError
from shian.demo.operated import QUIET_S, RETEST_S, Runs, Turn

ITEM = "pesticide_inhibition"


class Desk:
    """A desk that answers what it was told."""

    def __init__(self) -> None:
        self.layout: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.is_away = False

    def ask(self, name: str, **_: object) -> list[dict[str, Any]]:
        if self.is_away:
            raise AgentAwayError("away")
        return {"layout": self.layout, "samples": self.waiting}[name]

    def lay(self, *wells: tuple[int, str], is_used: bool = False) -> None:
        self.layout = [{"channel": channel, "sample": sample, "is_used": is_used} for channel, sample in wells]

    def wait(self, *samples: tuple[str, int]) -> None:
        self.waiting = [{"key": key, "tests": tests, "awaited": [ITEM]} for key, tests in samples]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def runs(desk: Desk) -> Runs:
    return Runs(desk.ask, "tl-310", ITEM)


def test_a_run_begins_when_nothing_is_laid_out_any_more_and_each_well_is_tested_once(desk: Desk, runs: Runs) -> None:
    desk.lay((1, "a"))
    assert runs.due(0.0) == []
    assert runs.is_awaited
    desk.lay((1, "a"), (2, "b"))
    assert runs.due(QUIET_S - 1) == []
    assert runs.due(QUIET_S) == []  # the second well came a moment ago
    assert runs.due(2 * QUIET_S) == [Turn(1, "a"), Turn(2, "b")]
    assert runs.due(4 * QUIET_S) == []
    desk.lay((1, "a"), (2, "b"), is_used=True)
    assert runs.due(5 * QUIET_S) == []
    desk.lay((1, "a"))  # the same sample in the same well, in another run
    runs.due(6 * QUIET_S)
    assert runs.due(8 * QUIET_S) == [Turn(1, "a")]


def test_a_second_test_is_made_without_a_layout_where_no_other_sample_waits(desk: Desk, runs: Runs) -> None:
    desk.lay((1, "a"), (2, "b"), is_used=True)
    desk.wait(("a", 1))
    runs.due(0.0)
    assert runs.due(RETEST_S) == [Turn(3, "a", 1)]
    assert runs.due(10.0) == []
    desk.wait(("a", 1), ("c", 0))
    assert runs.due(20.0) == []
    desk.wait(("c", 0))  # nobody asked for a first test without a layout
    runs.due(30.0)
    assert runs.due(60.0) == []
    assert runs.is_awaited


def test_while_the_agent_is_away_nothing_is_tested(desk: Desk, runs: Runs) -> None:
    desk.lay((1, "a"))
    runs.due(0.0)
    desk.is_away = True
    assert runs.due(QUIET_S) == []
    desk.is_away = False
    assert runs.due(QUIET_S + 1) == [Turn(1, "a")]
