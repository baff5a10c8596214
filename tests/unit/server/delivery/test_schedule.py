"""When a delivery is tried again reads like a timetable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.delivery.channel import Attempt, Outcome
from server.delivery.schedule import Next, after
from server.settings import DeliverySettings

SETTINGS = DeliverySettings()
REFUSED = Attempt(Outcome.HTTP_STATUS, 500)


def next_of(attempt: Attempt = REFUSED, *, number: int = 1, age_s: float = 0.0, jitter: float = 0.0) -> Next:
    return after(attempt, number=number, age_s=age_s, jitter=jitter, settings=SETTINGS)


@pytest.mark.parametrize(
    ("number", "pause_s"), [(1, 2), (2, 4), (3, 8), (4, 16), (8, 256), (11, 2048), (12, 3600), (39, 3600)]
)
def test_the_pause_doubles_up_to_an_hour(number: int, pause_s: float) -> None:
    assert next_of(number=number) == Next("waiting", pause_s)
    assert next_of(number=number, jitter=1.0) == Next("waiting", pause_s / 2)


def test_what_arrived_is_over_even_at_the_last_moment() -> None:
    assert next_of(Attempt(Outcome.DELIVERED, 200), number=40, age_s=1e9) == Next("delivered")


def test_it_is_given_up_after_the_last_attempt_or_a_day() -> None:
    assert next_of(number=40) == Next("failed")
    assert next_of(number=5, age_s=86_400) == Next("failed")


@pytest.mark.parametrize(("asked_s", "pause_s"), [(0.0, 8), (5.0, 8), (60.0, 60), (1e9, 3600)])
def test_a_wish_to_be_left_alone_only_lengthens_the_pause_and_not_for_ever(asked_s: float, pause_s: float) -> None:
    attempt = Attempt(Outcome.HTTP_STATUS, 429, retry_after_s=asked_s)
    assert next_of(attempt, number=3) == Next("waiting", pause_s)


@given(st.integers(1, 10**6), st.floats(0, 1e6), st.floats(0, 1), st.none() | st.floats(0, 1e12))
def test_whatever_happens_the_pause_is_bounded(number: int, age: float, jitter: float, asked: float | None) -> None:
    what = next_of(Attempt(Outcome.TIMEOUT, retry_after_s=asked), number=number, age_s=age, jitter=jitter)
    assert what.state in ("waiting", "failed")
    assert 0 <= what.delay_s <= SETTINGS.retry_longest_s


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_a_channel_that_was_down_for_an_hour_is_tried_again_within_the_longest_pause(jitter: float) -> None:
    settings, down_s = DeliverySettings(), 3600.0
    at, number = 0.0, 0
    while True:
        number += 1
        outcome = Outcome.CONNECTION if at < down_s else Outcome.DELIVERED
        what = after(Attempt(outcome), number=number, age_s=at, jitter=jitter, settings=settings)
        if what.state != "waiting":
            break
        at += what.delay_s
    assert what.state == "delivered"
    assert down_s <= at <= down_s + settings.retry_longest_s
    assert number < settings.max_attempts / 2
