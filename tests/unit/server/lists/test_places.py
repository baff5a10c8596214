"""The places of exports, and the pace that keeps a reader in one."""

from contextlib import ExitStack

import pytest

from server.lists.export import Pace, Places
from server.problems import ProblemError


def status(places: Places, caller: str) -> int:
    try:
        with places.one(caller):
            return 200
    except ProblemError as exc:
        return exc.kind.status


def test_a_caller_has_few_places_and_others_have_theirs() -> None:
    places = Places(most=5, each=2)
    with ExitStack() as held:
        for caller in ("a", "a", "b"):
            held.enter_context(places.one(caller))
        assert [status(places, caller) for caller in ("a", "b", "c")] == [429, 200, 200]
        held.enter_context(places.one("b"))
        held.enter_context(places.one("c"))
        assert [status(places, caller) for caller in ("a", "c", "d")] == [429, 503, 503]
    assert [status(places, caller) for caller in ("a", "d")] == [200, 200]


def test_a_place_is_left_by_an_exception_too() -> None:
    places = Places(most=1, each=1)
    with pytest.raises(ZeroDivisionError), places.one("a"):
        raise ZeroDivisionError
    assert status(places, "a") == 200


def test_a_reader_that_takes_each_piece_in_time_but_all_too_slowly_runs_out_of_it() -> None:
    pace = Pace()
    turns = 0
    while pace.deadline_s() > 0:
        pace.took(16 * 1024, 2.0)  # half of what it should take
        turns += 1
    assert 25 <= turns <= 35


def test_a_reader_with_the_pace_goes_on_for_ever_and_may_rest_for_a_while() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.took(16 * 1024, 1.0)
    assert pace.deadline_s() == pytest.approx(29)
    pace.took(100 * 1024 * 1024, 25.0)
    assert pace.deadline_s() == pytest.approx(5)
    pace.took(100 * 1024 * 1024, 0.1)
    assert pace.deadline_s() == pytest.approx(29.9), "and nothing is saved up beyond that"
