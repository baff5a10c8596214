"""The media that may be taken in: those whose hash an accepted event names."""

from ingest.work import Work
from storage.named import queries

_SQL = queries("ingest")


def write(work: Work) -> None:
    """Write the hashes that accepted events name: their stations may upload them from now on."""
    if work.media:
        names = ("station", "hash", "device", "event", "key", "recorded_at")
        columns = map(list, zip(*sorted(work.media), strict=True))
        work.cursor.execute(_SQL["add_media"], dict(zip(names, columns, strict=True)))
