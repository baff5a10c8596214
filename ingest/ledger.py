"""Accepted events -> the ledger. What is there already is told apart: a duplicate, a fork, a replay."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from ingest.accept import Accepted, Place, refuse
from ingest.work import Work
from storage import bulk
from storage.errors import ConflictError
from storage.named import queries
from storage.rows import Row, event_row
from storage.tables import EVENT
from wire.clocks import moment_of
from wire.codec import Reason

_SQL = queries("ingest")
_ROUNDS = 4
_place = attrgetter("place")


def store(work: Work, candidates: Iterable[Accepted]) -> None:
    """Fills work.stored, work.there and work.refused. Raises ConflictError when others keep changing what is there."""
    # In one order everywhere: two workers with the same events wait for each other, never in a circle.
    waiting = sorted(candidates, key=_place)
    for _ in range(_ROUNDS):
        if not waiting:
            return
        waiting = _settle(work, waiting)
    raise ConflictError("events came and went while they were compared")


def _settle(work: Work, candidates: list[Accepted]) -> list[Accepted]:
    """Insert what is one of its kind in the batch, then compare all others with what is there by now."""
    first, others = _first_of_each(candidates)
    rows = [_row(it, work.now) for it in first]
    fresh = {row[0] for row in bulk.insert_new(work.cursor, EVENT, rows, "hash")}
    if len(fresh) == len(candidates):
        work.stored += first
        return []
    work.stored += [it for it in first if it.hash in fresh]
    return _compare(work, [it for it in first if it.hash not in fresh] + others)


def _row(it: Accepted, now: datetime) -> Row:
    at = moment_of(it.event, now).at
    return event_row(it.event, it.body, it.hash, now, station=it.station, device=it.device, recorded_at=at)


def _first_of_each(candidates: list[Accepted]) -> tuple[list[Accepted], list[Accepted]]:
    """The first event of each place and id, and the rest. Whether the rest are copies is for the ledger to say: the
    first itself may turn out to be the false one."""
    places: set[Place] = set()
    ids: set[int] = set()
    first, others = [], []
    for it in candidates:
        event_id = it.event.id.int
        if it.place in places or event_id in ids:
            others.append(it)
        else:
            first.append(it)
            places.add(it.place)
            ids.add(event_id)
    return first, others


def _compare(work: Work, known: list[Accepted]) -> list[Accepted]:
    """Duplicate, fork or replay; what is neither there (its rival in the batch was refused) is returned."""
    values = {
        "streams": [it.event.stream for it in known],
        "sequences": [it.event.sequence for it in known],
        "ids": [it.event.id for it in known],
    }
    places: dict[Place, bytes] = {}
    ids: dict[UUID, str] = {}
    for stream, sequence, event_id, digest, station in work.cursor.execute(_SQL["events_there"], values, binary=True):
        places[stream.int, sequence] = digest
        ids[event_id] = f"{station}, stream {stream}, event {sequence}"
    absent = []
    for it in known:
        there = places.get(it.place)
        if there == it.hash:
            work.there.append(it)
        elif there is not None:
            refused = refuse(it, Reason.FORKED, f"the number is taken by the event {there.hex()}")
            work.refused.append(replace(refused, is_other_event=it.event.id not in ids))
            work.disputed.append(it)
        elif it.event.id in ids:
            detail = f"the id {it.event.id} is taken by {ids[it.event.id]}"
            work.refused.append(refuse(it, Reason.REPLAYED, detail))
        else:
            absent.append(it)
    return absent
