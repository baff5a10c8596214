"""Samples: their photograph may come. Which results are of them: ingest/samples.py."""

from ingest.effects.effect import Seen
from ingest.work import Work
from wire.kinds.sample import SampleEvent


def effect(work: Work, event: SampleEvent, seen: Seen) -> None:
    """Expect the photograph of a sample, under the sample's key."""
    data = event.data
    if data.photo and data.key:
        work.media.append((seen.station, bytes.fromhex(data.photo), "", event.id, data.key, seen.moment.at))
