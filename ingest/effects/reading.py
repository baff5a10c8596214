"""Readings: each is news, the last one is what its probe shows, and it is held against the table of limits."""

from ingest.effects.effect import Seen
from ingest.work import Look, Work
from wire.kinds.reading import ReadingEvent, ReadingItem


def effect(work: Work, event: ReadingEvent, seen: Seen) -> None:
    """Add the item of a reading, and keep it for its probe."""
    data = event.data
    item = ReadingItem(
        station=seen.station,
        device=seen.device,
        quantity=data.quantity,
        channel=data.channel,
        value=data.value,
        unit=data.unit,
        recorded_at=seen.moment.at,
    )
    work.items.append(item.model_dump_json())
    at = min(seen.moment.at, work.now)
    place = (seen.station, seen.device, data.quantity, -1 if data.channel is None else data.channel)
    work.looks.append(Look(place, at, seen.moment.at, data.value, data.unit, event.id))
    if seen.device:
        device = work.devices.setdefault((seen.station, seen.device), {})
        device["last_reading_at"] = max(at, device.get("last_reading_at", at))
