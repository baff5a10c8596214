from hypothesis import given
from hypothesis import strategies as st

from ingest.batch_size import BatchSize


def test_a_batch_shrinks_to_what_is_committed_in_time_and_grows_while_it_is_full_and_quick() -> None:
    batch = BatchSize(largest=2000, aim_s=0.3)
    assert batch.size == 2000
    batch.held(2000, 0.6)
    assert batch.size == 1000
    batch.held(100, 0.2)
    assert batch.size == 1000, "a batch that was not full says nothing about a larger one"
    for _ in range(20):
        batch.held(batch.size, 0.2)
    assert batch.size == 2000


def test_one_slow_commit_of_a_few_messages_takes_no_batch_below_the_smallest() -> None:
    # The disk or another lane was slow, not the batch large.
    batch = BatchSize(largest=2000, aim_s=0.3)
    batch.held(3, 9.0)
    assert batch.size == 50


def test_a_fixed_one_does_not_change() -> None:
    batch = BatchSize.fixed(200)
    batch.held(200, 9.0)
    batch.held(200, 0.001)
    assert batch.size == 200


@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.floats(0, 1, exclude_min=True), st.floats(0.001, 20))),
)
def test_a_batch_stays_within_its_bounds(largest: int, commits: list[tuple[float, float]]) -> None:
    batch = BatchSize(largest=largest, aim_s=0.3)
    for share, seconds in commits:
        batch.held(max(1, int(batch.size * share)), seconds)
        assert min(50, largest) <= batch.size <= largest
