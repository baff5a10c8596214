"""The slots of deliveries, as numbers."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from server.delivery.slots import Kind, kind_of, room
from server.settings import DeliverySettings

SETTINGS = DeliverySettings(concurrency=16, each=8, live_s=60.0)
A, B = UUID(int=1), UUID(int=2)
LIVE, LATE, AGAIN = Kind.LIVE, Kind.LATE, Kind.AGAIN


def test_what_has_just_happened_what_came_late_and_what_failed_are_three_kinds() -> None:
    assert kind_of(1, 0.2, SETTINGS) is LIVE
    assert kind_of(1, 3600.0, SETTINGS) is LATE
    assert kind_of(2, 0.2, SETTINGS) is AGAIN


def test_a_backlog_leaves_slots_to_live_alerts_at_its_subscription_and_in_all() -> None:
    assert room(LATE, [], SETTINGS).each == 6
    at_one = [(A, LATE)] * 6
    assert room(LATE, at_one, SETTINGS).busy == {A: 0}
    assert room(LIVE, at_one, SETTINGS).busy == {A: 2}
    everywhere = [(UUID(int=number), LATE) for number in range(12)]
    assert room(LATE, everywhere, SETTINGS).most == 0
    assert room(LIVE, everywhere, SETTINGS).most == 4


def test_live_alerts_without_end_leave_slots_to_a_backlog() -> None:
    flood = [(A, LIVE)] * 6
    assert room(LIVE, flood, SETTINGS).busy == {A: 0}
    assert room(LATE, flood, SETTINGS).busy == {A: 2}
    assert room(LATE, flood, SETTINGS).each == 6, "another subscription"


def test_retries_are_one_a_subscription_beside_its_slots_and_half_of_all() -> None:
    assert room(AGAIN, [(A, LATE)] * 6, SETTINGS).busy == {A: 1}
    assert room(AGAIN, [(A, AGAIN)], SETTINGS).busy == {A: 0}
    assert room(LIVE, [(A, AGAIN)], SETTINGS).busy == {A: 6}
    assert room(AGAIN, [(UUID(int=number), AGAIN) for number in range(8)], SETTINGS).most == 0


@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from(Kind)), max_size=60),
    st.integers(1, 16),
    st.integers(1, 16),
)
def test_whatever_is_on_its_way_no_bound_is_passed(
    running: list[tuple[UUID, Kind]], concurrency: int, each: int
) -> None:
    settings = DeliverySettings(concurrency=concurrency, each=each)
    for kind in Kind:
        slots = room(kind, running, settings)
        assert 0 <= slots.most <= max(0, concurrency - len(running))
        assert all(0 <= left <= slots.each for left in slots.busy.values())
    assert all(room(kind, [], settings).most > 0 and room(kind, [], settings).each > 0 for kind in Kind)
