"""Cursors: what is given can be given back, and nothing else is believed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from server.feed.feed import Cursor
from server.lists.orders import ByName, Key, Newest
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


class Row(BaseModel):
    recorded_at: datetime
    event: UUID
    station: str = "chaoyang-01"
    name: str = "tester"


def test_a_page_goes_on_behind_its_last_row() -> None:
    row = Row(recorded_at=datetime(2026, 1, 3, tzinfo=UTC), event=UUID(int=3))
    order = Newest("recorded_at", "event")
    beyond = order.beyond(order.cursor(row))
    assert beyond.values == {"after_at": row.recorded_at, "after_id": row.event}
    assert beyond.sql == "(recorded_at, event) < (%(after_at)s, %(after_id)s) AND recorded_at <= %(after_at)s"


def test_a_place_among_names_is_the_names() -> None:
    order = ByName(("station", "name"))
    cursor = order.cursor(Row(recorded_at=datetime(2026, 1, 3, tzinfo=UTC), event=UUID(int=3)))
    assert cursor == "chaoyang-01/tester"
    beyond = order.beyond(cursor)
    assert beyond.sql == "(station, name) > (%(after_station)s, %(after_name)s)"
    assert beyond.values == {"after_station": "chaoyang-01", "after_name": "tester"}


@pytest.mark.parametrize("cursor", ["", "chaoyang-01", "a/b/c"])
def test_any_other_place_among_names_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError) as problem:
        ByName(("station", "name")).beyond(cursor)
    assert problem.value.kind.status == 422


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
