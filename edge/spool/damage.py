"""Events that the disk has changed since they were recorded: a flipped bit, a torn page.

They are never sent. An event of the agent names them, with the part that a person can still read."""

from collections.abc import Iterator, Sequence

from edge.spool.rows import Draft, Waiting
from wire.events import source_of
from wire.kinds.agent import AgentV1, Damaged

_AN_EVENT = 20  # so that each has room for what can be read
_DETAIL = 1900


def pages(damaged: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
    for start in range(0, len(damaged), _AN_EVENT):
        yield damaged[start : start + _AN_EVENT]


def news(damaged: Sequence[Waiting], station: str) -> Draft:
    """Return the event that accounts for the numbers of these."""
    named = tuple(Damaged(sequence=event.sequence, hash=event.hash) for event in damaged)
    room = _DETAIL // len(damaged)
    detail = "\n".join(f"{event.sequence}: {readable(event.body)}"[:room] for event in damaged)
    return Draft(AgentV1(state="spool_damaged", damaged=named, detail=detail), source_of(station))


def readable(body: bytes) -> str:
    """Return the bytes as text, with bytes that are no text or would move the cursor escaped."""
    text = body.decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
