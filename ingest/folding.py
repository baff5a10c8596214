"""Fold what a station recorded again: one test makes one row, whichever of the station's streams brought it.

A station has a second stream when its spool was made anew, was an older copy, or when two boxes are one station. Then
an event may come twice: recorded again with the id that it had first (`originalid`), or read again from the analyzer's
memory (the same identity). The second one is ledgered and receipted as any other, and makes no typed row, no count and
no alert. `folded` says into which event, so that the walk of the ledger can check it.

Most stations have one stream for ever, and pay nothing: each result claims its identity only where `stream.folds` is
set.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import structlog

from ingest.accept import Accepted
from ingest.work import Dispute, Work
from storage.kinds import WITH_ROWS
from storage.named import queries
from storage.repeats import is_one_test, likeness_of, may_be_marked, says_the_same
from wire import codec
from wire.kinds import Event
from wire.kinds.envelope import NotUnderstood
from wire.kinds.result import ResultEvent

_SQL = queries("ingest")
_WITH_ROWS = tuple(kind.event for kind in WITH_ROWS)
Mark = tuple[str, bytes]

log = structlog.get_logger()


def begin_folding(work: Work, stations: Collection[str]) -> None:
    """Begin folding for these stations, in this transaction and for all others: every result claims its identity."""
    if not stations:
        return
    names = {"names": sorted(stations)}
    work.cursor.execute(_SQL["lock_stations"], names)
    work.cursor.execute(_SQL["begin_folding"], names)
    work.cursor.execute(_SQL["claim_results"], names)
    work.cursor.execute(_SQL["claim_likenesses"], names)
    work.folding |= set(stations)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An event that may say what another one says. `id` stands for it in typed rows; `root` is the id that it had
    first."""

    id: UUID
    root: UUID
    accepted: Accepted
    is_disputed: bool

    @property
    def is_again(self) -> bool:
        return self.accepted.event.originalid is not None or self.is_disputed

    @property
    def root_mark(self) -> Mark:
        return self.accepted.station, self.root.bytes

    @property
    def identity_mark(self) -> Mark | None:
        event = self.accepted.event
        return (self.accepted.station, bytes.fromhex(event.data.identity)) if isinstance(event, ResultEvent) else None

    @property
    def may_be_marked(self) -> bool:
        return isinstance(self.accepted.event, ResultEvent) and may_be_marked(self.accepted.event)

    @property
    def likeness_mark(self) -> Mark | None:
        event = self.accepted.event
        likeness = likeness_of(event) if isinstance(event, ResultEvent) else None
        return (self.accepted.station, likeness) if likeness else None


@dataclass(frozen=True, slots=True)
class _Claim:
    event: UUID
    stream: UUID
    is_disputed: bool


def settle(work: Work) -> None:
    """Fill work.folded: which events of this batch say what another one says; and work.alike: which perhaps do."""
    candidates = [*_stored(work), *_disputed(work.disputes)]
    if not candidates:
        return
    _lock(work, candidates)
    into = _by_root(work, candidates)
    _by_identity(work, [one for one in candidates if one.id not in into], into)
    _resolve(work, into)
    work.folded = into
    work.alike = _alike(work, [one for one in candidates if one.id not in into])
    if into:
        stations = {one.id: one.accepted.station for one in candidates}
        values = {"event": list(into), "into_event": list(into.values()), "station": [stations[one] for one in into]}
        work.cursor.execute(_SQL["add_folded"], values | {"now": work.now})


def _stored(work: Work) -> Iterable[_Candidate]:
    if not work.folding:
        return
    for accepted in work.stored:
        if accepted.station in work.folding and isinstance(accepted.event, _WITH_ROWS):
            yield _Candidate(
                accepted.event.id, accepted.event.originalid or accepted.event.id, accepted, is_disputed=False
            )


def _disputed(disputes: Iterable[Dispute]) -> Iterable[_Candidate]:
    for one in disputes:
        if isinstance(one.accepted.event, ResultEvent):
            yield _Candidate(
                one.id, one.accepted.event.originalid or one.accepted.event.id, one.accepted, is_disputed=True
            )


def _lock(work: Work, candidates: Iterable[_Candidate]) -> None:
    alone: dict[str, bool] = {}
    for one in candidates:
        alone[one.accepted.station] = alone.get(one.accepted.station, False) or one.is_again
    values = {"stations": list(alone), "alone": list(alone.values())}
    work.cursor.execute(_SQL["lock_folds"], values).fetchall()


def _by_root(work: Work, candidates: list[_Candidate]) -> dict[UUID, UUID]:
    """Find events that are the same by the id that they had first, and say the same."""
    again = [one for one in candidates if one.is_again]
    stands: dict[UUID, tuple[UUID, Event]] = {}
    known = _bodies(work, {one.root for one in again})
    for one in again:
        if one.root in known and one.root != one.id:
            stands[one.id] = one.root, known[one.root]
    _add_claims(work, [(one, one.root_mark) for one in again if one.id not in stands])
    claims = _claims(work, {one.root_mark for one in candidates})
    rivals = {one.id: claims[one.root_mark].event for one in candidates if one.root_mark in claims}
    bodies = _bodies(work, {rival for mine, rival in rivals.items() if rival != mine})
    for mine, rival in rivals.items():
        if mine not in stands and rival in bodies and rival != mine:
            stands[mine] = rival, bodies[rival]
    return {one.id: stands[one.id][0] for one in candidates if one.id in stands and _is_same(one, stands[one.id][1])}


def _is_same(one: _Candidate, other: Event) -> bool:
    """Return True when both say the same. A station may not hide one event behind the name of another."""
    is_same = says_the_same(one.accepted.event, other)
    if not is_same and not one.is_disputed:
        log.warning("repeat_differs", station=one.accepted.station, id=str(one.id), original=str(one.root))
    return is_same


def _by_identity(work: Work, candidates: list[_Candidate], into: dict[UUID, UUID]) -> None:
    """Find results of the same test by its identity. Within one stream as well: an agent records an identity once, but
    two boxes with an older agent may write one stream."""
    marked = [(one, mark) for one in candidates if (mark := one.identity_mark)]
    _add_claims(work, marked)
    claims = _claims(work, {mark for _, mark in marked})
    rivals = {one.id: claims[mark].event for one, mark in marked if claims[mark].event != one.id}
    bodies = _bodies(work, set(rivals.values()))
    for one, _ in marked:
        rival = rivals.get(one.id)
        if rival is not None and rival in bodies and is_one_test(one.accepted.event, bodies[rival]):
            into[one.id] = rival


def _alike(work: Work, candidates: Iterable[_Candidate]) -> set[UUID]:
    """Return those that may repeat a test of another stream, which nothing proves or excludes. The box itself marks
    repeats of what it has seen; one with an older copy of its spool, or a second box, has not seen the first one."""
    marked = [(one, mark) for one in candidates if (mark := one.likeness_mark)]
    _add_claims(work, marked)
    claims = _claims(work, {mark for _, mark in marked})
    return {one.id for one, mark in marked if _is_of_others(claims[mark], one) and one.may_be_marked}


def _is_of_others(claim: _Claim, one: _Candidate) -> bool:
    if claim.event == one.id:
        return False
    return claim.stream != one.accepted.event.stream or claim.is_disputed or one.is_disputed


def _resolve(work: Work, into: dict[UUID, UUID]) -> None:
    """Name the event that has the row, where an event is folded into one that is folded itself."""
    others = set(into.values()) - into.keys()
    rows = work.cursor.execute(_SQL["folded_into"], {"ids": list(others)}, binary=True).fetchall() if others else []
    known = dict(rows) | into
    for one, other in list(into.items()):
        last = other
        while last in known:
            last = known[last]
        into[one] = last


def _add_claims(work: Work, wanted: list[tuple[_Candidate, Mark]]) -> None:
    if not wanted:
        return
    values = {
        "station": [mark[0] for _, mark in wanted],
        "mark": [mark[1] for _, mark in wanted],
        "event": [one.id for one, _ in wanted],
        "stream": [one.accepted.event.stream for one, _ in wanted],
        "is_disputed": [one.is_disputed for one, _ in wanted],
    }
    work.cursor.execute(_SQL["add_claims"], values)


def _claims(work: Work, marks: Collection[Mark]) -> dict[Mark, _Claim]:
    if not marks:
        return {}
    values = {"station": [station for station, _ in marks], "mark": [mark for _, mark in marks]}
    rows = work.cursor.execute(_SQL["claims"], values, binary=True).fetchall()
    return {(station, mark): _Claim(*claim) for station, mark, *claim in rows}


def _bodies(work: Work, ids: Collection[UUID]) -> dict[UUID, Event]:
    if not ids:
        return {}
    rows = work.cursor.execute(_SQL["bodies"], {"ids": list(ids)}, binary=True).fetchall()
    read = {event: codec.read(body) for event, _, body in rows}
    return {event: said for event, said in read.items() if not isinstance(said, NotUnderstood)}
