"""Device events: the state of a device, and its news."""

from ingest.devices import note_state
from ingest.effects.effect import Seen
from ingest.work import Work
from wire.kinds.device import DeviceEvent, DeviceItem


def effect(work: Work, event: DeviceEvent, seen: Seen) -> None:
    """Keep the state of the device and add its item. An event that names no device says nothing."""
    if not seen.device:
        return
    item = DeviceItem(station=seen.station, device=seen.device, state=event.data.state, at=seen.moment.at)
    work.items.append(item.model_dump_json())
    work.changes.append((seen.station, seen.device, seen.moment.at, event.id))
    note_state(work, seen.station, seen.device, event, seen.moment)
