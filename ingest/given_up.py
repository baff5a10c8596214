"""Note where in the ledger it stands that a stream was given up, and the events that were recorded again
(storage/given_up.py)."""

from ingest.work import Work
from storage.named import queries
from wire.kinds.agent import AgentEvent

_SQL = queries("ingest")


def note(work: Work) -> None:
    """Note it of the new events."""
    again = sorted(
        (event.event.originalid, event.event.id) for event in work.stored if event.event.originalid is not None
    )
    if again:
        rows = {"original": [original for original, _ in again], "event": [event for _, event in again]}
        work.cursor.execute(_SQL["add_recorded_again"], rows)
    for stored in work.stored:
        if isinstance(stored.event, AgentEvent) and stored.event.data.replaces is not None and stored.event.data.again:
            said = {"stream": stored.event.data.replaces, "event": stored.event.id, "station": stored.station}
            work.cursor.execute(_SQL["add_given_up"], said)
