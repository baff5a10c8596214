"""Probe events: news, and the state of the probe. Its alerts follow where the probe is brought up to date
(ingest/probes.py)."""

from ingest.effects.effect import Seen
from ingest.work import ProbeNews, Work
from wire.kinds.probe import ProbeEvent, ProbeItem
from wire.terms import ProbeState


def effect(work: Work, event: ProbeEvent, seen: Seen) -> None:
    """Add the item of a probe event, and keep it for its probe."""
    data = event.data
    state = data.state if data.phase == "start" else ProbeState.OK
    item = ProbeItem(
        station=seen.station,
        device=seen.device,
        quantity=data.quantity,
        channel=data.channel,
        state=state,
        at=seen.moment.at,
    )
    work.items.append(item.model_dump_json())
    place = (seen.station, seen.device, data.quantity, -1 if data.channel is None else data.channel)
    work.probe_news.append(ProbeNews(place, min(seen.moment.at, work.now), event))
