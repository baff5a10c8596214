"""Probe events: the state of the probe. Its news and its alerts follow where the probe is brought up to date
(ingest/probes.py)."""

from ingest.effects.effect import Seen
from ingest.work import ProbeNews, Work
from wire.kinds.probe import ProbeEvent


def effect(work: Work, event: ProbeEvent, seen: Seen) -> None:
    """Keep a probe event for its probe."""
    data = event.data
    place = (seen.station, seen.device, data.quantity, -1 if data.channel is None else data.channel)
    work.probe_news.append(ProbeNews(place, min(seen.moment.at, work.now), event))
