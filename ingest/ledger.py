"""Accepted events -> the ledger. An event that is there already is told apart: a duplicate, a fork, a replay."""

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
    """Store events. Fills work.stored, work.there and work.refused. Raises ConflictError when others keep changing the
    rows there."""
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
    rows = [_row(event, work.now) for event in first]
    fresh = {row[0] for row in bulk.insert_new(work.cursor, EVENT, rows, "hash")}
    if len(fresh) == len(candidates):
        work.stored += first
        return []
    work.stored += [event for event in first if event.hash in fresh]
    return _compare(work, [event for event in first if event.hash not in fresh] + others)


def _row(accepted: Accepted, now: datetime) -> Row:
    at = moment_of(accepted.event, now).at
    return event_row(
        accepted.event,
        accepted.body,
        accepted.hash,
        now,
        station=accepted.station,
        device=accepted.device,
        recorded_at=at,
    )


def _first_of_each(candidates: list[Accepted]) -> tuple[list[Accepted], list[Accepted]]:
    """Return the first event of each place and id, and the rest. Whether the rest are copies is for the ledger to say:
    the first itself may turn out to be the false one."""
    places: set[Place] = set()
    ids: set[int] = set()
    first, others = [], []
    for candidate in candidates:
        event_id = candidate.event.id.int
        if candidate.place in places or event_id in ids:
            others.append(candidate)
        else:
            first.append(candidate)
            places.add(candidate.place)
            ids.add(event_id)
    return first, others


def _compare(work: Work, known: list[Accepted]) -> list[Accepted]:
    """Tell duplicates, forks and replays apart. Return events that are none of them: they are not there, for their
    rival in the batch was refused."""
    values = {
        "streams": [event.event.stream for event in known],
        "sequences": [event.event.sequence for event in known],
        "ids": [event.event.id for event in known],
    }
    places: dict[Place, bytes] = {}
    ids: dict[UUID, str] = {}
    for stream, sequence, event_id, digest, station in work.cursor.execute(_SQL["events_there"], values, binary=True):
        places[stream.int, sequence] = digest
        ids[event_id] = f"{station}, stream {stream}, event {sequence}"
    absent = []
    for candidate in known:
        there = places.get(candidate.place)
        if there == candidate.hash:
            work.there.append(candidate)
        elif there is not None:
            refused = refuse(candidate, Reason.FORKED, f"the number is taken by the event {there.hex()}")
            work.refused.append(replace(refused, is_other_event=candidate.event.id not in ids))
            work.disputed.append(candidate)
        elif candidate.event.id in ids:
            detail = f"the id {candidate.event.id} is taken by {ids[candidate.event.id]}"
            work.refused.append(refuse(candidate, Reason.REPLAYED, detail))
        else:
            absent.append(candidate)
    return absent
