"""The outcome of a commit -> the receipts of each station. Nothing is read or sent here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ingest.heads import Head
from ingest.work import Outcome
from wire.receipts import MARK, Receipt, Refused, encode
from wire.topics import Leaf, topic


@dataclass(frozen=True, slots=True)
class Letter:
    """A receipt on its way: the topic and the bytes."""

    topic: str
    body: bytes


def receipts(outcome: Outcome) -> list[Letter]:
    """Write one for each station and stream of the batch, and one for each that a status asked about.

    A station is told about what its own topic brought, so that a stranger who names another's stream learns nothing but
    his own refusal."""
    refused: dict[_Place, dict[int, str]] = defaultdict(dict)
    for bad in outcome.refused:
        if bad.station and bad.stream is not None and bad.sequence is not None:
            refused[bad.station, bad.stream][bad.sequence] = bad.reason.value
    extra: dict[_Place, dict[int, str]] = {place: {} for place in outcome.asked}
    for good in (*outcome.stored, *outcome.there):
        marks = extra.setdefault((good.station, good.event.stream), {})
        stream, sequence = good.place
        if sequence > outcome.heads[stream].through:
            marks[sequence] = good.hash.hex()[:MARK]
    return [
        Letter(topic(place[0], Leaf.RECEIPTS), encode(_receipt(outcome, place, extra.get(place, {}), refused)))
        for place in {**extra, **refused}
    ]


_Place = tuple[str, UUID]


def _receipt(
    outcome: Outcome, place: _Place, extra: dict[int, str], refused: Mapping[_Place, dict[int, str]]
) -> Receipt:
    station, stream = place
    head, answers = outcome.heads.get(stream.int), outcome.asked.get(place)
    if head is not None and head.station != station:  # nothing is lost: it was never the station's
        head, answers = None, None
    if head is None:
        head = Head(stream, station)
    return Receipt(
        stream=stream,
        through=head.through,
        hash=head.hash.hex(),
        extra=tuple(sorted(extra)),
        extra_marks=tuple(extra[sequence] for sequence in sorted(extra)),
        refused=tuple(Refused(sequence=number, reason=why) for number, why in sorted(refused.get(place, {}).items())),
        at=outcome.at,
        answers=answers,
        anchor=outcome.anchor if answers else None,
    )
