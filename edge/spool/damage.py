"""Events that the disk has changed since they were recorded: a flipped bit, a torn page. They are never sent; an event
of the agent says which, and what a person can still read of them."""

from collections.abc import Iterator, Sequence

from edge.spool.rows import Draft, Waiting
from wire.events import AgentV1, Damaged, source_of

_AN_EVENT = 20  # so that each has room for what can be read
_DETAIL = 1900


def pages(damaged: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
    for start in range(0, len(damaged), _AN_EVENT):
        yield damaged[start : start + _AN_EVENT]


def news(damaged: Sequence[Waiting], station: str) -> Draft:
    """What accounts for the numbers of these."""
    named = tuple(Damaged(sequence=it.sequence, hash=it.hash) for it in damaged)
    room = _DETAIL // len(damaged)
    detail = "\n".join(f"{it.sequence}: {readable(it.body)}"[:room] for it in damaged)
    return Draft(AgentV1(state="spool_damaged", damaged=named, detail=detail), source_of(station))


def readable(body: bytes) -> str:
    """The bytes as text; what is none, or would move the cursor, escaped."""
    text = body.decode("utf-8", "backslashreplace")
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in text)
