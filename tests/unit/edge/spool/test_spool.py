from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.spool.rows import DeadLetter, Draft
from edge.spool.spool import Spool
from tests.unit.edge.conftest import MakeSpool, Turned, draft
from wire import chain
from wire.codec import decode
from wire.kinds import Event
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.reading import ReadingV1
from wire.kinds.sample import SampleV1
from wire.receipts import Receipt, Refused
from wire.terms import Lane


def bodies(spool: Spool) -> list[bytes]:
    """Return the bodies that wait, in the order of the chain."""
    rows = [row for lane in Lane for row in spool.waiting(lane, 0, 100_000)]
    return [row.body for row in sorted(rows, key=lambda row: row.sequence)]


def events(spool: Spool) -> list[Event]:
    return [decode(body) for body in bodies(spool)]


def receipt(spool: Spool, through: int, *extra: int, refused: tuple[int, ...] = ()) -> Receipt:
    rows = tuple(Refused(sequence=sequence, reason="unknown_station") for sequence in refused)
    return Receipt(stream=spool.stream, through=through, extra=extra, refused=rows)


def test_events_are_numbered_and_linked_across_a_restart(spool: Spool, make_spool: MakeSpool) -> None:
    spool.record([draft(1), draft(2)])
    spool.close()
    again = make_spool()
    assert again.open() == ""
    again.record([draft(3)])
    found = bodies(again)
    links = [decode(body).previoushash for body in found]
    assert links == [ZERO_HASH, *(chain.digest(body) for body in found[:-1])]
    assert [event.sequence for event in events(again)] == [1, 2, 3]


def test_a_repeat_makes_no_second_event_in_the_same_batch_later_and_after_pruning(spool: Spool, turned: Turned) -> None:
    first = draft(1, identity="ab" * 32)
    assert [answer is None for answer in spool.record([first, first])] == [False, True]
    assert spool.record([first]) == [None]
    spool.apply([receipt(spool, 1)])
    turned.forward(days=100)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 1
    assert spool.record([first]) == [None]
    assert spool.counts().sequence == 1


def test_an_error_in_the_middle_of_a_batch_leaves_nothing_of_it(spool: Spool, turned: Turned) -> None:
    spool.record([draft(0)])
    bad = Draft(ReadingV1.model_construct(quantity="", value=1.0, unit="C"), "no source")
    with pytest.raises(ValidationError):
        spool.record([draft(1, identity="cd" * 32), bad], [DeadLetter("d", "noise", b"x")])
    assert (spool.counts().sequence, spool.counts().dead_letters) == (1, 0)
    assert spool.record([draft(1, identity="cd" * 32)])[0] is not None
    assert [event.sequence for event in events(spool)] == [1, 2]
    assert len(turned.rings) == 2


def test_a_checkpoint_covers_every_hundred_events_also_inside_one_batch(spool: Spool) -> None:
    spool.record([draft(number) for number in range(250)])
    found = events(spool)
    sealed = [event for event in found if isinstance(event, CheckpointEvent)]
    assert [event.sequence for event in sealed] == [101, 202]
    for event in sealed:
        assert chain.is_signed(event.data, spool.stream)
        assert (event.data.sequence, event.data.hash) == (event.sequence - 1, event.previoushash)


def test_sealing_signs_news_once(spool: Spool) -> None:
    spool.seal()
    assert spool.counts().sequence == 0, "there is nothing to sign"
    spool.record([draft(1)])
    assert not spool.is_sealed
    spool.seal()
    spool.seal()
    assert spool.is_sealed
    assert spool.counts().sequence == 2


def test_small_corrections_of_the_clock_do_not_turn_the_order_around(spool: Spool, turned: Turned) -> None:
    start = turned.now
    spool.record([draft(1)])
    turned.forward(seconds=-4)
    spool.record([draft(2)])
    turned.forward(seconds=-3600)
    spool.record([draft(3)])
    assert [(event.time - start).total_seconds() for event in events(spool)] == [0, 0, -3604]


def test_receipts_take_out_what_they_cover(spool: Spool) -> None:
    spool.record([draft(number, lane=Lane.URGENT if number % 3 == 0 else Lane.NORMAL) for number in range(1, 10)])
    applied = spool.apply([receipt(spool, 4, 7, 9), receipt(spool, 4), receipt(spool, 0, refused=(6,))])
    assert (applied.done, applied.refused) == (6, 1)
    assert [event.sequence for event in events(spool)] == [5, 8]
    counts = spool.counts()
    assert (counts.waiting, counts.refused) == (2, 1)


def test_a_refused_event_is_kept_whatever_number_a_receipt_names(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])
    head = chain.digest(bodies(spool)[1])
    spool.apply(
        [Receipt(stream=spool.stream, through=0, extra=(2,), refused=(Refused(sequence=1, reason="replayed"),))]
    )
    assert (spool.counts().waiting, spool.counts().refused) == (0, 1)
    spool.apply([receipt(spool, 2), Receipt(stream=spool.stream, through=2, hash=head)])
    assert (spool.counts().waiting, spool.counts().refused) == (0, 1)


def test_an_event_of_a_station_that_was_enrolled_since_is_done_when_a_hash_vouches_for_it(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])
    head = chain.digest(bodies(spool)[1])
    spool.apply([receipt(spool, 0, 2, refused=(1,)), receipt(spool, 2)])
    assert (spool.counts().waiting, spool.counts().refused) == (0, 1), "an older centre says no hash"
    spool.apply([Receipt(stream=spool.stream, through=2, hash=head)])
    assert (spool.counts().waiting, spool.counts().refused) == (0, 0)


def test_receipts_of_other_streams_change_nothing(spool: Spool) -> None:
    spool.record([draft(1)])
    applied = spool.apply([Receipt(stream=uuid4(), through=1)])
    assert (applied.done, applied.foreign) == (0, 1)
    assert spool.counts().waiting == 1


def test_what_we_cannot_send_is_set_aside_and_comes_back(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])
    spool.refuse(1, "too_large_for_broker")
    assert [event.sequence for event in events(spool)] == [2]
    assert spool.release("too_large_for_broker") == 1
    assert [event.sequence for event in events(spool)] == [1, 2]
    assert (spool.counts().waiting, spool.counts().refused) == (2, 0)


def test_pages_cost_no_more_than_they_hold(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 31)])
    pages, after = [], 0
    while page := spool.waiting(Lane.NORMAL, after, 10):
        after = page[-1].sequence
        pages.append([row.sequence for row in page])
    assert pages == [list(range(1, 11)), list(range(11, 21)), list(range(21, 31))]


def test_only_old_events_with_a_receipt_are_pruned_and_the_chain_goes_on(spool: Spool, turned: Turned) -> None:
    for number in range(1200):
        spool.record([draft(number)]) if number % 400 == 0 else None
    spool.record([draft(number) for number in range(1197)])
    last = spool.counts().sequence
    spool.apply([receipt(spool, 0, *(number for number in range(1, last + 1) if number != 700))])
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 0, "nothing is old"
    turned.forward(days=91)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == last - 1
    assert [event.sequence for event in events(spool)] == [700]
    assert spool.record([draft(1)])[0].sequence == last + 1  # type: ignore[union-attr]


def test_a_spool_that_was_pruned_to_nothing_opens_again(spool: Spool, make_spool: MakeSpool, turned: Turned) -> None:
    spool.record([draft(1)])
    spool.apply([receipt(spool, 1)])
    turned.forward(days=91)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 1
    spool.close()
    again = make_spool()
    assert again.open() == ""
    assert again.record([draft(2)])[0].sequence == 2  # type: ignore[union-attr]


def test_dead_letters_are_bounded_and_what_had_to_go_is_counted(make_spool: MakeSpool) -> None:
    spool = make_spool(letters=3, letter_bytes=100)
    spool.open()
    spool.record((), [DeadLetter("d", "noise", bytes([number])) for number in range(5)])
    assert (spool.counts().dead_letters, spool.counts().dead_dropped) == (3, 2)
    spool.record((), [DeadLetter("d", "noise", b"x" * 99)])
    assert (spool.counts().dead_letters, spool.counts().dead_dropped) == (2, 4)
    spool.record((), [DeadLetter("d", "noise", b"x" * 1000)])
    assert (spool.counts().dead_letters, spool.counts().dead_dropped) == (1, 6)
    spool.close()
    again = make_spool(letters=3, letter_bytes=100)
    again.open()
    assert (again.counts().dead_letters, again.counts().dead_dropped) == (1, 6)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.lists(st.integers(0, 30), max_size=6)),
        st.tuples(st.just("seal"), st.just([])),
        st.tuples(st.just("receipt"), st.lists(st.integers(1, 60), min_size=1, max_size=4)),
        st.tuples(st.just("refuse"), st.lists(st.integers(1, 60), max_size=3)),
        st.tuples(st.just("reopen"), st.just([])),
        st.tuples(st.just("prune"), st.just([])),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_counters_agree_with_the_rows_and_nothing_without_a_receipt_goes(
    steps: list[tuple[str, list[int]]], make_spool: MakeSpool, turned: Turned, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from edge.spool.spool import SpoolPlan

    plan = SpoolPlan("m1", tmp_path_factory.mktemp("spool"), checkpoint_events=7)
    tried = Spool(plan, clock=lambda: turned.now, free_bytes=lambda: 1 << 40)
    tried.open()
    done: set[int] = set()
    kept: set[int] = set()
    for step, numbers in steps:
        head = tried.counts().sequence
        known = [number for number in numbers if number <= head]
        match step:
            case "record":
                tried.record([draft(number, identity=f"{number:064x}") for number in numbers])
            case "seal":
                tried.seal()
            case "receipt" if known:
                tried.apply([receipt(tried, known[0], *known[1:])])
                done |= {*range(1, known[0] + 1), *known[1:]} - kept
            case "refuse":
                tried.apply([receipt(tried, 0, refused=tuple(known))])
                kept |= set(known) - done
            case "reopen":
                tried.close()
                assert tried.open() == ""
            case "prune":
                turned.forward(days=91)
                tried.prune(timedelta(days=90), timedelta(days=36500))
    counts = tried.counts()
    assert counts.waiting == len(bodies(tried))
    assert counts.waiting + counts.refused == counts.sequence - len(done)
    tried.close()


def test_a_sample_is_an_event_like_any_other(spool: Spool) -> None:
    spool.record([Draft(SampleV1(number="7"), "/stations/m1")])
    assert events(spool)[0].station == "m1"
