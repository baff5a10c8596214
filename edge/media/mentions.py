"""Finds out which camera event names which file, by reading the spool, which has the truth.

A file is kept before its event is recorded, so nothing has to be handed over between the two, and a crash in between
loses nothing. The spool is read on from the last number read, or from its beginning when it has become another spool or
an older copy of itself."""

from edge.media.index import Mention
from edge.media.store import MediaStore
from edge.spool.spool import Spool
from wire.cameras import FINDINGS, HEALTH
from wire.codec import read
from wire.kinds.camera import KIND, CameraEvent

_PAGE = 500
# Those that make alerts at the centre: their pictures are its evidence.
_ALARMING = HEALTH | FINDINGS
_MARK = f'"{KIND.event_type}"'.encode()


def read_mentions(spool: Spool, store: MediaStore) -> None:
    """Read the spool up to the newest event. Raises MediaError and SpoolError."""
    stream = str(spool.stream)
    with store.index() as index:
        known_stream, position = index.read_through()
    if known_stream not in map(str, spool.streams) or position > spool.recorded:
        position = 0
    while position < (head := spool.recorded):
        through = min(position + _PAGE, head)
        # The uplink deals with events that the disk has changed.
        events = [read(row.body) for row in spool.events_with(_MARK, position, through) if row.is_sound]
        found = [
            Mention(sha256, event.data.key, str(event.stream), event.sequence, event.data.kind in _ALARMING)
            for event in events
            if isinstance(event, CameraEvent)
            for sha256 in event.data.media
        ]
        with store.index() as index:
            index.mention(found, stream, through)
        position = through
