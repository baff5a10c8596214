"""The buckets: bursts, refill, strangers without number, addresses."""

import pytest

from server.limits.rates import Rate, key_of
from server.problems import ProblemError


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_passes_and_then_the_rate_holds(clock: Clock) -> None:
    rate = Rate("test", burst=3, per_s=0.5, now=clock)
    assert [rate.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert rate.wait_s("a") == pytest.approx(2.0)
    clock.s += 1
    assert rate.wait_s("a") == pytest.approx(1.0), "asking took nothing"
    clock.s += 1
    assert rate.wait_s("a") == 0
    assert rate.wait_s("b") == 0, "each key has a bucket of its own"


def test_a_refusal_says_when_to_come_again(clock: Clock) -> None:
    rate = Rate("test", burst=1, per_s=0.1, now=clock)
    rate.check("a")
    with pytest.raises(ProblemError) as refused:
        rate.check("a")
    assert refused.value.kind.status == 429
    assert refused.value.kind.headers["Retry-After"] == "10"


def test_what_turned_out_right_is_forgotten(clock: Clock) -> None:
    rate = Rate("test", burst=1, per_s=0.1, now=clock)
    rate.check("a")
    rate.forget("a")
    rate.check("a")


def test_strangers_without_number_share_one_bucket_and_take_none_from_others(clock: Clock) -> None:
    rate = Rate("test", burst=2, per_s=0.1, now=clock, most_keys=10)
    rate.check("known")
    strangers = [rate.wait_s(f"stranger {number}") for number in range(1000)]
    assert strangers.count(0) == 9 + 2
    assert len(rate._buckets) <= 11
    assert rate.wait_s("known") == 0
    assert rate.wait_s("known") > 0, "nobody else's coming filled the bucket"
    clock.s += 20
    assert rate.wait_s("new again") == 0


def test_an_ipv6_address_counts_with_its_network() -> None:
    assert key_of("2001:db8:1:2:3:4:5:6") == key_of("2001:db8:1:2::1") != key_of("2001:db8:1:3::1")
    assert key_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert key_of("testclient") == "testclient"
