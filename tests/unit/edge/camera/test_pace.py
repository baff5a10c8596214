"""The pictures that are due."""

import pytest

from edge.camera.pace import Pace


@pytest.mark.parametrize(("fps", "rate", "wanted"), [(10, 5, 300), (15, 5, 300), (25, 5, 300), (3, 5, 180)])
def test_a_minute_has_as_many_as_the_rate_asks_for(fps: int, rate: int, wanted: int) -> None:
    pace = Pace(rate)
    assert sum(pace.is_due(1000.1 + n / fps) for n in range(60 * fps)) == wanted


def test_times_rounded_to_milliseconds_are_evenly_spaced() -> None:
    pace = Pace(5)
    due = [n for n in range(600) if pace.is_due(round(n / 15, 3))]
    assert due == list(range(0, 600, 3))


def test_after_a_gap_nothing_is_made_up_for() -> None:
    pace = Pace(5)
    times = [0.0, 0.1, 0.2, 9.95, 10.0, 10.1, 10.15, 10.3, 10.35]
    assert [at_s for at_s in times if pace.is_due(at_s)] == [0.0, 0.2, 9.95, 10.15, 10.35]


def test_nothing_before_the_beginning() -> None:
    pace = Pace(12.5, 2.0)
    assert [at_s for at_s in (1.0, 1.9, 2.0, 2.04, 2.08) if pace.is_due(at_s)] == [2.0, 2.08]
