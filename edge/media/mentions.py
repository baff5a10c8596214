"""Finds out which event names which file, by reading the spool, which has the truth.

A file is kept before its event is recorded, so nothing has to be handed over between the two, and a crash in between
loses nothing. The spool is read on from the last number read, or from its beginning when it has become another spool or
an older copy of itself."""

from edge.media.index import Mention
from edge.media.store import MediaStore
from edge.spool.spool import Spool
from wire.cameras import FINDINGS, UNTRUSTED
from wire.codec import read
from wire.kinds.camera import KIND, CameraEvent
from wire.kinds.handling import HandlingEvent
from wire.kinds.result import ResultEvent
from wire.kinds.sample import SampleEvent
from wire.terms import Verdict

_PAGE = 500
# Those that make alerts at the centre: their pictures are its evidence.
_ALARMING = UNTRUSTED | FINDINGS
_MARK = f'"{KIND.event_type}"'.encode()
# Of a sample, a result or a handling that a person took a photograph of.
_PHOTO = b'"photo":"'


def read_mentions(spool: Spool, store: MediaStore) -> None:
    """Read the spool up to the newest event. Raises MediaError and SpoolError."""
    stream = str(spool.stream)
    with store.index() as index:
        known_stream, known = index.read_through()
    position = known
    if known_stream not in map(str, spool.streams) or position > spool.recorded:
        position = 0
    while position < (head := spool.recorded):
        through = min(position + _PAGE, head)
        # The uplink deals with events that the disk has changed.
        rows = (row for mark in (_MARK, _PHOTO) for row in spool.events_with(mark, position, through))
        found = [mention for row in rows if row.is_sound for mention in _named(read(row.body))]
        with store.index() as index:
            if not index.mention(found, stream, known, through):
                return  # a file was found meanwhile: the next look reads from the beginning
        position = known = through


def _named(event: object) -> list[Mention]:
    """Return the files that an event names."""
    match event:
        case CameraEvent():
            data, is_alarming = event.data, event.data.kind in _ALARMING
            return [Mention(name, data.key, str(event.stream), event.sequence, is_alarming) for name in data.media]
        case ResultEvent() | SampleEvent() | HandlingEvent() if event.data.photo:
            key = event.data.key if isinstance(event, SampleEvent) and event.data.key else event.id
            # A handling is always one of a failed test.
            is_alarming = isinstance(event, HandlingEvent) or (
                isinstance(event, ResultEvent) and event.data.station_verdict is Verdict.FAIL
            )
            return [Mention(event.data.photo, key, str(event.stream), event.sequence, is_alarming)]
        case _:
            return []
