"""Cursors: what is given can be given back, and nothing else is believed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.feed.feed import Cursor
from server.lists.pages import Asked, Key
from server.problems import ProblemError

times = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(times, st.uuids())
def test_a_cursor_says_where_the_page_ended(at: datetime, identity: UUID) -> None:
    assert Key.decode(Key(at, identity).encode()) == Key(at, identity)


@given(st.text(max_size=64))
def test_any_other_text_is_refused_or_is_a_place(text: str) -> None:
    try:
        key = Key.decode(text)
    except ProblemError as problem:
        assert problem.kind.status == 422
    else:
        assert Key.decode(key.encode()) == key


def test_a_page_knows_whether_another_follows() -> None:
    rows = [Key(datetime(2026, 1, day, tzinfo=UTC), UUID(int=day)) for day in (3, 2, 1)]
    page = Asked(2, None).page(rows, lambda it: it)
    assert page.items == rows[:2]
    assert page.next == rows[1].encode()
    assert Asked(3, None).page(rows, lambda it: it).next is None
    assert Asked(3, None).page([], lambda it: it).next is None


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_place_in_the_feed_is_written_and_read(xid: int, position: int) -> None:
    assert Cursor.parse(str(Cursor(xid, position))) == Cursor(xid, position)


@given(st.text(max_size=50))
def test_any_other_text_is_no_place_in_the_feed(text: str) -> None:
    cursor = Cursor.parse(text)
    assert cursor is None or Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "a-b", "1-2-3", " 1-2", "1-2\n", "٣-٤", f"{2**63}-1"])
def test_these_are_no_places_in_the_feed(text: str) -> None:
    assert Cursor.parse(text) is None
