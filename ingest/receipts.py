"""What a commit made true -> what each station is told about it. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from ingest.work import Outcome
from wire.receipts import Receipt, Refused, encode
from wire.topics import Leaf, topic


@dataclass(frozen=True, slots=True)
class Letter:
    """A receipt on its way: the topic and the bytes."""

    topic: str
    body: bytes


def receipts(outcome: Outcome) -> list[Letter]:
    """One for each station and stream of the batch. A station is told about what its own topic brought, so that a
    stranger who names another's stream learns nothing but his own refusal."""
    refused: dict[tuple[str, UUID], dict[int, str]] = defaultdict(dict)
    for bad in outcome.refused:
        if bad.station and bad.stream is not None and bad.sequence is not None:
            refused[bad.station, bad.stream][bad.sequence] = bad.reason.value
    extra: dict[tuple[str, UUID], set[int]] = {(it.station, it.stream): set() for it in outcome.heads.values()}
    through = {stream: head.through for stream, head in outcome.heads.items()}
    for good in (*outcome.stored, *outcome.there):
        stream_number, sequence = good.place
        if sequence > through[stream_number]:
            extra[good.station, good.event.stream].add(sequence)
    letters = []
    for key in {**extra, **refused}:
        station, stream = key
        known = outcome.heads.get(stream.int)
        whole = known.through if known and known.station == station else 0
        told = tuple(Refused(sequence=number, reason=why) for number, why in sorted(refused.get(key, {}).items()))
        alone = tuple(sorted(extra.get(key, ())))
        receipt = Receipt(stream=stream, through=whole, extra=alone, refused=told, at=outcome.at)
        letters.append(Letter(topic(station, Leaf.RECEIPTS), encode(receipt)))
    return letters
