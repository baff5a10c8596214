"""A stream's head is the same in whatever order and pieces its events came."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ingest.heads import Head, Link, advance, missing, settle

STREAM = UUID(int=1)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _chain(count: int, broken: set[int]) -> list[Link]:
    links: list[Link] = []
    tip = bytes(32)
    for sequence in range(1, count + 1):
        own = hashlib.sha256(b"%d" % sequence).digest()
        links.append(Link(sequence, bytes(31) + b"x" if sequence in broken else tip, own))
        tip = own
    return links


def _arrive(order: list[Link], pieces: list[int]) -> Head:
    """Let the links arrive as in the database: a head sees the sorted rows above it whenever a piece came."""
    head, stored = Head(STREAM, "market-1"), list[Link]()
    rest = list(order)
    for size in [*pieces, len(rest)]:
        piece, rest = rest[:size], rest[size:]
        stored += piece
        above = sorted(event for event in stored if event.sequence > head.through)
        head = advance(head, above).head
    return head


@given(data=st.data(), count=st.integers(1, 40))
def test_order_and_pieces_do_not_matter(data: st.DataObject, count: int) -> None:
    broken = data.draw(st.sets(st.integers(1, count), max_size=3))
    links = _chain(count, broken)
    order = data.draw(st.permutations(links))
    pieces = data.draw(st.lists(st.integers(0, 7), max_size=10))
    head = _arrive(list(order), pieces)
    assert (head.through, head.hash, head.broken_at) == (count, links[-1].hash, min(broken, default=None))


@given(count=st.integers(1, 40), lost=st.sets(st.integers(1, 40)))
def test_the_holes_and_the_stored_ranges_together_are_everything(count: int, lost: set[int]) -> None:
    stored = sorted(set(range(1, count + 1)) - lost)
    head = advance(
        Head(STREAM, "market-1"), [event for event in _chain(count, set()) if event.sequence in set(stored)]
    ).head
    ranges = [(number, number) for number in stored if number > head.through]
    holes = [number for first, last in missing(ranges, head.through) for number in range(first, last + 1)]
    expected = [number for number in range(1, max(stored, default=0)) if number not in stored]
    assert holes == expected


def test_a_gap_is_as_old_as_the_last_progress_below_it() -> None:
    before = Head(STREAM, "market-1", through=3, highest=9, gap_since=NOW)
    later = NOW + timedelta(seconds=40)
    still = settle(before, Head(STREAM, "market-1", through=3, highest=12), later)
    moved = settle(before, Head(STREAM, "market-1", through=4, highest=12), later)
    filled = settle(before, Head(STREAM, "market-1", through=12, highest=12), later)
    assert (still.gap_since, moved.gap_since, filled.gap_since) == (NOW, later, None)
