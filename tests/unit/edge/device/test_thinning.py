"""Continuous values become readings, and only those that say something new."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from edge.device.recorder import Origin, Recorder
from edge.spool.rows import Draft
from firmware_adapters.continuous import Continuous
from firmware_adapters.contract import Reading
from wire.kinds.reading import ReadingV1
from wire.terms import Lane, RecordKind, Verdict

START = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)
RULE = Continuous(every_s=60, dead_band=0.2)
LOOK = Reading("air_temperature", b"raw", 0, value=4.0, value_text="4.0", unit="degC", channel=3, continuous=RULE)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(Origin("m1", "cold", "modbus_rtu", "p", "", ZoneInfo("Asia/Shanghai")), (), uuid4)


def look(recorder: Recorder, at_s: float, **fields: Any) -> Any:
    return recorder.judge(dataclasses.replace(LOOK, **fields), START + timedelta(seconds=at_s))


def test_a_look_at_a_continuous_value_is_a_reading(recorder: Recorder) -> None:
    draft = look(recorder, 0, value=0.0)
    assert isinstance(draft, Draft)
    assert draft.data == ReadingV1(quantity="air_temperature", value=0.0, unit="degC", channel=3)
    assert (draft.lane, draft.identity) == (Lane.NORMAL, None)


def test_what_hardly_differs_is_recorded_once_an_interval(recorder: Recorder) -> None:
    taken = [at_s for at_s in range(0, 200, 10) if look(recorder, at_s, value=4.0 + at_s % 20 / 100)]
    assert taken == [0, 60, 120, 180]


def test_a_step_over_the_dead_band_is_recorded_at_once_and_the_next_are_held_against_it(recorder: Recorder) -> None:
    values = [4.0, 4.1, 4.2, 4.3, 4.1, 4.0]
    assert [value for value in values if look(recorder, 1, value=value)] == [4.0, 4.2, 4.0]


def test_quantities_and_channels_are_apart(recorder: Recorder) -> None:
    assert look(recorder, 0)
    assert look(recorder, 0, channel=4)
    assert look(recorder, 0, item="humidity")
    assert look(recorder, 0, unit="degF")
    assert look(recorder, 0, item="humidity") is None


def test_without_a_dead_band_time_alone_decides(recorder: Recorder) -> None:
    rule = Continuous(every_s=5)
    assert [number for number in range(11) if look(recorder, number, value=float(number), continuous=rule)] == [
        0,
        5,
        10,
    ]


def test_a_clock_that_is_set_back_silences_nothing(recorder: Recorder) -> None:
    assert look(recorder, 0)
    assert look(recorder, -3600)


@pytest.mark.parametrize("value", [None, float("nan")])
def test_a_probe_that_cannot_be_read_is_no_test_of_a_sample(recorder: Recorder, value: float | None) -> None:
    # As an `invalid` result, which it was, the centre counted it as an examined sample.
    assert look(recorder, 0)
    assert look(recorder, 10, value=value, value_text="7FFF", verdict=Verdict.INVALID) is None
    assert look(recorder, 20) is None, "the value of before is known still"


def test_a_loggers_memory_is_never_thinned_and_known_again(recorder: Recorder) -> None:
    rows = [look(recorder, 0, record=str(number % 3), record_kind=RecordKind.DAILY) for number in range(6)]
    assert [row.identity for row in rows[:3]] == [row.identity for row in rows[3:]]
    assert len({row.identity for row in rows}) == 3
    assert all(isinstance(row.data, ReadingV1) for row in rows)


def test_a_device_that_names_ever_new_quantities_fills_no_memory(recorder: Recorder) -> None:
    for number in range(1001):
        assert look(recorder, 0, item=f"q{number}")
    assert look(recorder, 0, item="q0"), "the oldest was forgotten"
    assert look(recorder, 0, item="q1000") is None
