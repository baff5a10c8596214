"""Note where in the ledger it stands that a stream was given up, and what was recorded again (storage/given_up.py)."""

from ingest.work import Work
from storage.named import queries
from wire.kinds.agent import AgentEvent

_SQL = queries("ingest")


def note(work: Work) -> None:
    """Note it of the new events."""
    again = sorted((it.event.originalid, it.event.id) for it in work.stored if it.event.originalid is not None)
    if again:
        rows = {"original": [original for original, _ in again], "event": [event for _, event in again]}
        work.cursor.execute(_SQL["add_recorded_again"], rows)
    for it in work.stored:
        if isinstance(it.event, AgentEvent) and it.event.data.replaces is not None and it.event.data.again:
            said = {"stream": it.event.data.replaces, "event": it.event.id, "station": it.station}
            work.cursor.execute(_SQL["add_given_up"], said)
