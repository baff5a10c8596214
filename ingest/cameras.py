"""What the cameras' events say beside their rows: news, signals, and which media may be taken in."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.rules import on_camera
from ingest.work import Work
from storage.named import queries
from wire.clocks import Moment
from wire.kinds.camera import CameraEvent, CameraItem

_SQL = queries("ingest")


def note(work: Work, event: CameraEvent, moment: Moment, station: str, device: str) -> None:
    data = event.data
    item = CameraItem(
        id=event.id,
        station=station,
        device=device,
        key=data.key,
        phase=data.phase,
        what=data.kind,
        zone=data.zone,
        media=data.media,
        recorded_at=moment.at,
    )
    work.items.append(item.model_dump_json())
    work.devices.setdefault((station, device), {})["adapter"] = "camera"
    signal = on_camera(event, station, device)
    if signal is not None:
        work.signals.append(replace(signal, at=moment.at))


def expect_media(work: Work, events: Sequence[tuple[CameraEvent, Moment]]) -> None:
    """A hash that an accepted event names may be uploaded by its station from now on."""
    rows = sorted(
        (event.station, bytes.fromhex(digest), event.device or "", event.id, event.data.key, moment.at)
        for event, moment in events
        for digest in event.data.media
    )
    if rows:
        names = ("station", "hash", "device", "event", "key", "recorded_at")
        work.cursor.execute(_SQL["add_media"], dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
