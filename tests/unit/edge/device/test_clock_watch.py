from datetime import UTC, datetime, timedelta

import pytest

from edge.device.clock_watch import ClockWatch

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def watch(*observed: tuple[float, float]) -> list[float]:
    """Return the skews that are reported for pairs of (measured, recorded), in seconds after noon."""
    clock = ClockWatch(300)
    found = (clock.observe(NOON + timedelta(seconds=m), NOON + timedelta(seconds=r)) for m, r in observed)
    return [skew for skew in found if skew is not None]


def test_a_record_from_the_future_proves_a_clock_that_is_ahead() -> None:
    assert watch((3600, 0), (3660, 60)) == [3600], "one event, not one a record"


def test_old_records_read_in_one_go_prove_nothing() -> None:
    assert watch(*((-36000 + 600 * step, step) for step in range(50))) == []


def test_a_memory_that_is_read_slowly_proves_nothing() -> None:
    assert watch(*((-36000 + 1200 * step, 120 * step) for step in range(25))) == []


def test_tests_made_now_that_all_lag_alike_prove_a_clock_that_is_behind() -> None:
    assert watch(*((-7200 + 120 * step + step % 7, 120 * step) for step in range(10))) == [-7198]


def test_a_clock_that_was_set_right_is_reported_once() -> None:
    ahead = [(3600.0, 0.0)]
    right = [(60.0 + 100 * step, 70.0 + 100 * step) for step in range(5)]
    assert watch(*ahead, *right) == [3600, -10]


def test_a_right_clock_is_never_reported() -> None:
    assert watch(*((100 * step - 45, 100 * step) for step in range(50))) == []


def test_a_clock_that_begins_anew_in_2000_at_each_start_is_reported_though_its_lags_never_agree() -> None:
    clock = ClockWatch(300)
    found = [
        clock.observe(datetime(1999, 12, 31, 16, minute, tzinfo=UTC), NOON + timedelta(hours=hours))
        for hours, minute in enumerate((5, 3, 9, 4))
    ]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert found[2] < -26 * 365 * 86400
    assert clock.observe(NOON + timedelta(hours=5), NOON + timedelta(hours=5)) is None, "one good record proves nothing"


def test_two_old_records_of_a_clock_that_was_reset_once_prove_nothing() -> None:
    clock = ClockWatch(300)
    times = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC), NOON)
    assert [clock.observe(at, NOON + timedelta(hours=step)) for step, at in enumerate(times)] == [None] * 3


def test_a_clock_that_jumps_is_reported_at_each_jump() -> None:
    assert watch((3600, 0), (7200, 100), (7300, 200), (90000, 300)) == [3600, 7100, 89700]


def test_a_memory_of_a_clock_that_is_ahead_makes_one_event_and_its_older_records_none() -> None:
    assert watch((86400, 0), (80000, 1), (3600, 2), (70000, 3)) == [86400]


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_one_record_made_since_the_last_round_proves_a_clock_of_another_day() -> None:
    clock = ClockWatch(300)
    assert clock.observe(at(-90000), at(0)) is None, "an old record at first contact"
    clock.caught_up(at(10))
    assert clock.observe(at(-86400 + 20), at(30)) == -86410
    clock.caught_up(at(40))
    assert clock.observe(at(-86400 + 50), at(60)) is None, "no news"
    clock.caught_up(at(70))
    assert clock.observe(at(80), at(90)) == -10, "set right: one record of now ends it"


@pytest.mark.parametrize(
    ("caught_up", "measured"),
    [(10, -1200), (10, -3500), (90000, -80000 + 90000)],
    ids=["a test of twenty minutes", "a test of nearly an hour", "a clock of ours that went back since"],
)
def test_a_record_since_the_last_round_that_may_have_begun_before_proves_nothing(
    caught_up: float, measured: float
) -> None:
    clock = ClockWatch(300)
    clock.caught_up(at(caught_up))
    assert clock.observe(at(measured), at(10000 if caught_up > 10 else 30)) is None


def test_a_new_conversation_forgets_what_was_read_through() -> None:
    clock = ClockWatch(300)
    clock.caught_up(at(10))
    clock.forget()
    assert clock.observe(at(-86400), at(30)) is None


def test_a_clock_that_is_told_needs_no_record() -> None:
    clock = ClockWatch(300)
    assert clock.observe_clock(at(20), at(0)) is None
    assert clock.observe_clock(at(-86400), at(0)) == -86400
    assert clock.observe_clock(at(-86390), at(10)) is None
    assert clock.observe_clock(at(20), at(20)) == 0


def test_an_impossible_time_is_told_once_until_three_possible_ones() -> None:
    clock = ClockWatch(300)
    assert [clock.observe_impossible() for _ in range(3)] == [True, False, False]
    clock.observe(NOON, NOON)
    assert not clock.observe_impossible()
    for step in range(3):
        clock.observe(NOON + timedelta(seconds=step), NOON + timedelta(seconds=step))
    assert clock.observe_impossible()
