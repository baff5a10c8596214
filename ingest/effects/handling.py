"""Handlings: the photograph of a signature or a handing over may come. Steps of alerts: ingest/handlings.py."""

from ingest.effects.effect import Seen
from ingest.work import Work
from wire.kinds.handling import HandlingEvent


def effect(work: Work, event: HandlingEvent, seen: Seen) -> None:
    """Expect the photograph of a step."""
    if event.data.photo:
        digest = bytes.fromhex(event.data.photo)
        work.media.append((seen.station, digest, "", event.id, event.id, seen.moment.at))
