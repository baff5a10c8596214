"""What was refused -> the quarantine, with its bytes and a named reason. The same poison is kept once."""

import structlog
from uuid_utils.compat import uuid7

from ingest.rules import on_refusal
from ingest.work import Work
from storage.named import queries

_SQL = queries("ingest")
_TOPIC = 500  # a topic may have 64 KiB, a key of an index not

log = structlog.get_logger()


def keep(work: Work) -> None:
    """Alerts about forks and replays come with the first copy only."""
    if not work.refused:
        return
    keyed = {uuid7(): it for it in work.refused}
    values = {
        "id": list(keyed),
        "received_at": [work.now] * len(keyed),
        "topic": [_storable(it.topic, _TOPIC) for it in work.refused],
        "station": [it.station for it in work.refused],
        "stream": [it.stream for it in work.refused],
        "sequence": [it.sequence for it in work.refused],
        "reason": [it.reason.value for it in work.refused],
        "detail": [_storable(it.detail, 1000) for it in work.refused],
        "hash": [it.hash for it in work.refused],
        "body": [it.body for it in work.refused],
    }
    added = [row[0] for row in work.cursor.execute(_SQL["add_quarantine"], values, binary=True)]
    for key in added:
        it = keyed[key]
        log.warning("message_quarantined", reason=it.reason.value, topic=it.topic[:200], detail=it.detail[:200])
        signal = on_refusal(it)
        if signal:
            work.signals.append(signal)


def _storable(text: str, most: int) -> str:
    """PostgreSQL's text has neither U+0000 nor lone surrogates."""
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()[:most]
