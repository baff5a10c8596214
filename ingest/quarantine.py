"""Refused messages -> the quarantine, with its bytes and a named reason. The same poison is kept once.

Above a station's budget only the hash and the head of a message are kept, and above a second one it is only counted. An
event of a station that may be enrolled later is not even refused then: without a receipt the station keeps it, and
sends it again.
"""

from dataclasses import dataclass, replace

import structlog
from uuid_utils.compat import uuid7

from ingest.accept import Refused
from ingest.budgets import Use, account_of
from ingest.rules import on_refusal
from ingest.work import Work
from storage.budgets import Kind
from storage.named import queries
from wire.codec import Reason

_SQL = queries("ingest")
HEAD = 512  # bytes of a message of which not all is kept
_TOPIC = 500  # a topic may have 64 KiB, a key of an index not

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A message and what is kept of its bytes. `account`: whose budget it uses."""

    refused: Refused
    account: str
    body: bytes

    @property
    def is_cut(self) -> bool:
        return len(self.body) < len(self.refused.body)


def keep(work: Work, use: Use, enrolled: set[str]) -> None:
    """Keep refused messages. Alerts about forks and replays come with the first copy only."""
    if not work.refused:
        return
    kept = {uuid7(): one for one in _within(work, use, enrolled)}
    if not kept:
        return
    values = {
        "id": list(kept),
        "received_at": [work.now] * len(kept),
        "topic": [_storable(one.refused.topic, _TOPIC) for one in kept.values()],
        "station": [one.refused.station for one in kept.values()],
        "stream": [one.refused.stream for one in kept.values()],
        "sequence": [one.refused.sequence for one in kept.values()],
        "reason": [one.refused.reason.value for one in kept.values()],
        "detail": [_storable(one.refused.detail, 1000) for one in kept.values()],
        "hash": [one.refused.hash for one in kept.values()],
        "body": [one.body for one in kept.values()],
        "size": [len(one.refused.body) for one in kept.values()],
        "is_cut": [one.is_cut for one in kept.values()],
    }
    added = [row[0] for row in work.cursor.execute(_SQL["add_quarantine"], values, binary=True)]
    work.spent.update((one.account, Kind.QUARANTINE) for one in map(kept.__getitem__, added))
    for key in added:
        one, refused = kept[key], kept[key].refused
        if one.is_cut:
            work.above[one.account, Kind.QUARANTINE_BYTES] += 1
        else:
            work.spent[one.account, Kind.QUARANTINE_BYTES] += len(refused.body)
        signal = on_refusal(refused)
        if signal:
            work.signals.append(signal)
    _log([kept[key].refused for key in added])


def _log(refused: list[Refused]) -> None:
    """Log a line for each station's first message with a reason, and how many more there are: a flood must not fill the
    logs."""
    alike: dict[tuple[str, Reason], list[Refused]] = {}
    for refusal in refused:
        alike.setdefault((refusal.station, refusal.reason), []).append(refusal)
    for (_, reason), some in alike.items():
        first = some[0]
        words = {"topic": first.topic[:200], "detail": first.detail[:200], "messages": len(some)}
        log.warning("message_quarantined", reason=reason.value, **words)


def _within(work: Work, use: Use, enrolled: set[str]) -> list[_Kept]:
    """Decide how much is kept of each message of work.refused. Senders that are told nothing go to work.put_off."""
    messages: dict[str, int] = {}
    room: dict[str, int] = {}
    kept, told = [], []
    for refusal in work.refused:
        account = account_of(refusal.station, enrolled)
        if account not in messages:
            messages[account] = use.left(work, account, Kind.QUARANTINE)
            room[account] = use.left(work, account, Kind.QUARANTINE_BYTES)
        is_whole = messages[account] > 0 and room[account] >= len(refusal.body)
        if messages[account] > 0:
            messages[account] -= 1
            room[account] -= len(refusal.body) if is_whole else 0
            kept.append(_Kept(refusal, account, refusal.body if is_whole else refusal.body[:HEAD]))
        else:
            work.above[account, Kind.QUARANTINE] += 1
            if (signal := on_refusal(refusal)) is not None:
                work.signals.append(replace(signal, joins=False))
        if refusal.reason is Reason.UNKNOWN_STATION and not is_whole:
            work.put_off.append(refusal)
        else:
            told.append(refusal)
    work.refused = told
    return kept


def _storable(text: str, most: int) -> str:
    """Make a text storable: PostgreSQL's text has neither U+0000 nor lone surrogates."""
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()[:most]
