"""The media that may be taken in: those whose hash an accepted event names."""

from typing import Any

from ingest.work import Work
from storage.named import queries
from wire.feed import MediaItem

_SQL = queries("ingest")


def write(work: Work) -> None:
    """Write the hashes that accepted events name: their stations may upload them from now on. A file that came for
    an earlier event is news for the later one."""
    if work.media:
        names = ("station", "hash", "device", "event", "key", "recorded_at")
        columns = map(list, zip(*sorted(work.media), strict=True))
        values: dict[str, Any] = dict(zip(names, columns, strict=True))
        work.cursor.execute(_SQL["add_media"], values)
        work.cursor.execute(_SQL["add_event_media"], values)
        there = work.cursor.execute(_SQL["media_there"], values).fetchall()
        for station, digest, device, key, kind in there:
            item = MediaItem(station=station, device=device, key=key, hash=digest, type=kind)
            work.items.append(item.model_dump_json())
