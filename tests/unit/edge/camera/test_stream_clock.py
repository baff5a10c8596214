"""One rising scale out of any stamps that a camera sends."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.stream_clock import StreamClock

TICK = Fraction(1, 90000)
STEP = 3000  # 30 frames a second


def begun(now_s: float = 100.0) -> StreamClock:
    clock = StreamClock()
    clock.begin(TICK, 1 / 30, now_s)
    return clock


def test_the_first_packet_is_now_and_the_steps_are_the_cameras() -> None:
    clock = begun()
    times = [clock.place(stamp, stamp, 100 + number / 30)[2] for number, stamp in enumerate(range(0, 30000, STEP))]
    assert abs(times[0] - 100) < 0.001
    assert all(abs(later - earlier - 1 / 30) < 1e-6 for earlier, later in pairwise(times))


def test_missing_stamps_are_a_frame_apart_until_there_are_some() -> None:
    clock = begun()
    times = [clock.place(stamp, stamp, 100.0)[2] for stamp in (None, 0, None, 2 * STEP)]
    assert times == sorted(times)
    assert times[-1] - times[0] < 0.2


@given(st.integers(-(2**40), 2**40))
def test_a_picture_that_was_sorted_past_a_jump_is_shown_about_now(jump: int) -> None:
    clock = begun()
    for number in range(4):
        clock.place(2**41 + number * STEP, 2**41 + number * STEP, 100.0 + number / 30)
    stamp = 2**41 + jump
    clock.place(stamp, stamp, 100.0 + 4 / 30)
    assert abs(clock.shown_at(2**41 + 3 * STEP) - clock.at_s) <= 5.0


def test_a_jump_either_way_is_no_gap() -> None:
    clock = begun()
    for stamp in (0, STEP):
        clock.place(stamp, stamp, 100.0)
    for jumped in (10**10, 5, 2**40):
        before = clock.at_s
        _, _, at_s = clock.place(jumped, jumped, before + 1 / 30)
        assert 0 < at_s - before < 0.1


def test_a_reconnection_goes_on_at_the_time_of_arrival() -> None:
    clock = begun()
    clock.place(0, 0, 100.0)
    clock.begin(TICK, 1 / 30, 130.0)
    assert abs(clock.place(777, 777, 130.0)[2] - 130.0) < 0.001


def test_a_time_base_that_changes_keeps_the_scale() -> None:
    clock = begun()
    clock.place(0, 0, 100.0)
    clock.begin(Fraction(1, 1000), 1 / 30, 101.0)
    assert abs(clock.place(5, 5, 101.0)[2] - 101.0) < 0.01


def test_pictures_that_are_shown_later_than_decoded_keep_their_delay() -> None:
    clock = begun()
    pts, dts, at_s = clock.place(2 * STEP, 0, 100.0)
    assert pts - dts == 2 * STEP
    assert abs(clock.shown_at(2 * STEP) - at_s - 2 / 30) < 1e-6


def test_a_camera_whose_clock_runs_double_stays_near_the_time_of_arrival() -> None:
    clock = begun()
    for number in range(3000):
        clock.place(2 * STEP * number, 2 * STEP * number, 100 + number / 30)
    assert abs(clock.at_s - 200) < 6


def test_a_file_read_at_once_keeps_its_own_time() -> None:
    clock = begun()
    times = [clock.place(stamp, stamp)[2] for stamp in (0, STEP, 0, STEP)]  # it is looped
    assert abs(times[-1] - times[0] - 3 / 30) < 0.001


stamps = st.one_of(st.none(), st.integers(-(2**33), 2**33), st.integers(0, 10 * STEP))


@given(st.lists(st.tuples(stamps, stamps, st.floats(0, 0.5)), max_size=60), st.booleans())
def test_whatever_comes_the_scale_rises(packets: list[tuple[int | None, int | None, float]], is_live: bool) -> None:
    clock, now_s, before = begun(), 100.0, (-1, -1.0)
    for number, (pts, dts, later_s) in enumerate(packets):
        now_s += later_s
        if number % 7 == 6:
            clock.begin(TICK if number % 2 else Fraction(1, 1000), None, now_s)
            before = (-1, before[1])
        shown, decoded, at_s = clock.place(pts, dts, now_s if is_live else None)
        assert shown >= decoded > before[0]
        assert at_s > before[1]
        before = decoded, at_s
        if is_live:
            assert at_s - now_s < 15
