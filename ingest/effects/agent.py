"""Agent events that are about no chain: files that were deleted before they came. Those about the chain are judged
later: damaged.py, given_up.py, lineage.py."""

from ingest.effects.effect import Seen
from ingest.rules import on_media_lost
from ingest.work import Work
from wire.kinds.agent import MEDIA_LOST, AgentEvent


def effect(work: Work, event: AgentEvent, seen: Seen) -> None:  # noqa: ARG001 - the event says it all
    """Add the alert about lost files."""
    if event.data.state == MEDIA_LOST:
        work.signals.append(on_media_lost(event))
