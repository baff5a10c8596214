from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from edge.uplink.flight import Flight
from edge.uplink.window import SendWindow
from process.backoff import Backoff
from wire.receipts import Receipt, Refused

STREAM = UUID(int=1)


def receipt(through: int = 0, *extra: int, refused: tuple[int, ...] = ()) -> Receipt:
    rows = tuple(Refused(sequence=sequence, reason="unknown_station") for sequence in refused)
    return Receipt(stream=STREAM, through=through, extra=extra, refused=rows)


def test_the_window_doubles_when_all_of_it_is_receipted_and_halves_on_silence() -> None:
    window = SendWindow(16, 2000)
    sizes = []
    for _ in range(9):
        window.receipted(window.size)
        sizes.append(window.size)
    assert sizes == [32, 64, 128, 256, 512, 1024, 2000, 2000, 2000]
    for _ in range(9):
        window.silent()
        sizes.append(window.size)
    assert sizes[9:] == [1000, 500, 250, 125, 62, 31, 16, 16, 16]


@given(st.lists(st.one_of(st.none(), st.integers(0, 5000))))
def test_the_window_stays_within_its_bounds(steps: list[int | None]) -> None:
    window = SendWindow(4, 100)
    for step in steps:
        if step is None:
            window.silent()
        else:
            window.receipted(step)
        assert 4 <= window.size <= 100
        assert window.room(1000) == 0


def test_the_wait_doubles_up_to_its_bound_and_is_jittered() -> None:
    backoff = Backoff(1, 8, Random(1))
    waits = [backoff.next() for _ in range(6)]
    assert all(step / 2 <= wait <= step for step, wait in zip([1, 2, 4, 8, 8, 8], waits, strict=True))
    assert len(set(waits)) == 6
    backoff.reset()
    assert backoff.next() <= 1


def flying(*sequences: int, at: float = 0.0) -> Flight:
    flight = Flight(5, 60)
    for sequence in sequences:
        flight.send(sequence, at)
    return flight


def test_a_receipt_lands_what_it_covers_singles_and_refused_ones_included() -> None:
    flight = flying(1, 2, 3, 4, 5, 6)
    assert flight.land([receipt(2, 4, refused=(6,))], now=1.0) == 4
    assert [sequence for sequence in range(1, 7) if sequence in flight] == [3, 5]


def test_silence_makes_everything_overdue_and_the_patience_doubles() -> None:
    flight = flying(1, 2)
    assert flight.take_overdue(4.9) is None
    for patience, at in ((5.0, 5.1), (10.0, 15.3), (20.0, 35.5)):
        found = flight.take_overdue(at)
        assert found is not None, patience
        assert (found.sequences, found.is_silence) == ((1, 2), True)
        assert len(flight) == 0
        flight.send(1, at)
        flight.send(2, at)
    flight.land([receipt(2)], 36.0)
    flight.send(3, 36.0)
    flight.land([receipt(3)], 36.1)
    flight.send(4, 36.1)
    assert flight.take_overdue(41.0) is None
    assert flight.take_overdue(41.2) is not None, "a quick receipt brings the first patience back"


def test_an_event_that_was_passed_by_is_lost_while_the_others_arrive() -> None:
    flight = flying(1)
    flight.send(2, 1.0)
    flight.send(3, 7.0)
    flight.land([receipt(0, 2)], 7.5)
    found = flight.take_overdue(7.6)
    assert found is not None
    assert (found.sequences, found.is_silence) == ((1,), False)
    assert 3 in flight


def test_a_slow_centre_that_keeps_the_order_loses_nothing() -> None:
    flight = flying(*range(1, 101))
    for done in range(1, 100):
        flight.land([receipt(done)], float(done))
        assert flight.take_overdue(float(done)) is None


def test_a_centre_that_answers_later_and_later_is_not_silent() -> None:
    """Check fifty stations with a full window each: 25,000 events at 1,500 a second are 16 s."""
    flight, now = Flight(5, 60), 0.0
    for number, took in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0), start=1):
        flight.send(number, now)
        assert flight.take_overdue(now + took - 0.1) is None, took
        now += took
        assert flight.land([receipt(number)], now) == 1


def test_a_receipt_that_comes_after_the_patience_ended_tells_how_long_it_took() -> None:
    flight = flying(1)
    assert flight.take_overdue(5.1) is not None
    flight.send(1, 5.1)
    assert flight.land([receipt(1)], 8.0) == 1
    flight.send(2, 8.0)
    assert flight.take_overdue(8.0 + 3 * 8.0 - 0.1) is None
    assert flight.take_overdue(8.0 + 3 * 8.0 + 0.1) is not None
