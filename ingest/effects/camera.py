"""Camera events: news, alerts about what a camera saw, and media that may come. That it cannot be trusted is judged by
the watch, when it has lasted (ingest/watch/)."""

from dataclasses import replace

from ingest.effects.effect import Seen
from ingest.rules import on_camera
from ingest.work import CameraTrouble, Work
from wire.cameras import UNTRUSTED
from wire.kinds.camera import CameraEvent, CameraItem


def effect(work: Work, event: CameraEvent, seen: Seen) -> None:
    """Add the item of a camera event, its alert, and the media that it names."""
    data = event.data
    item = CameraItem(
        id=event.id,
        station=seen.station,
        device=seen.device,
        key=data.key,
        phase=data.phase,
        what=data.kind,
        zone=data.zone,
        media=data.media,
        recorded_at=seen.moment.at,
    )
    work.items.append(item.model_dump_json())
    work.devices.setdefault((seen.station, seen.device), {})["adapter"] = "camera"
    if data.kind in UNTRUSTED:
        work.troubles.append(CameraTrouble(seen.station, seen.device, seen.moment.at, event))
        if data.phase != "update":
            work.changes.append((seen.station, seen.device, seen.moment.at, event.id))
    signal = on_camera(event, seen.station, seen.device)
    if signal is not None:
        work.signals.append(replace(signal, at=seen.moment.at))
    work.media += [
        (seen.station, bytes.fromhex(digest), seen.device, event.id, data.key, seen.moment.at) for digest in data.media
    ]
