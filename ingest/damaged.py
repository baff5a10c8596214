"""Numbers that no event will come for: a station names the events that its own disk has changed before they were sent.

The stream's head passes them, by the hash that the following event names, and an alert says what was lost. Only the
stream's own numbers, below the event that says so, can be accounted for.
"""

from ingest.rules import on_damage
from ingest.work import Work
from storage.named import queries
from wire.kinds.agent import AgentEvent, Damaged

_SQL = queries("ingest")


def account(work: Work) -> None:
    """Account for damaged events before the heads move. Fills work.accounted."""
    for stored in work.stored:
        event = stored.event
        if not isinstance(event, AgentEvent) or not event.data.damaged:
            continue
        if event.originalid is not None:  # recorded again: the numbers are those of the stream that was given up
            continue
        named = [one for one in event.data.damaged if one.sequence < event.sequence]
        if not named:
            continue
        _note(work, event, named)
        work.accounted.add(stored.place[0])
        work.signals.append(on_damage(event, named))


def _note(work: Work, event: AgentEvent, named: list[Damaged]) -> None:
    values = {
        "stream": event.stream,
        "sequences": [damage.sequence for damage in named],
        "hashes": [bytes.fromhex(damage.hash) for damage in named],
        "event": event.id,
        "now": work.now,
    }
    work.cursor.execute(_SQL["account"], values, binary=True)
