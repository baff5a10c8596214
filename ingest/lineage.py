"""The boxes that write the streams of a station: a spool that is an older copy, and two boxes that are one station.

An older copy says so itself: the first event of its new stream names the stream that it gave up. One that does not know
how (an older agent) shows it by events under numbers that are taken. Two boxes show it by going on side by side: an
event of a stream that is not the newest, recorded after the newest one began, and not after a start of its own agent.
Only times that the station itself wrote are compared with each other.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ingest.accept import Accepted
from ingest.heads import Head
from ingest.rules import on_centre_behind, on_older_copy, on_salvage, on_two_boxes, over
from ingest.work import Work
from storage.named import queries
from wire.clocks import moment_of
from wire.kinds.agent import CENTRE_BEHIND, AgentEvent
from wire.said import Said
from wire.terms import Rule

_SQL = queries("ingest")
SALVAGED = "salvaged"
_Newest = tuple[UUID, datetime]


@dataclass(slots=True)
class _Station:
    """Station as this batch shows it. `boxes` and `copies`: the facts for an alert, where there is one."""

    name: str
    boxes: dict[str, Any] | None = None
    copies: dict[str, Any] | None = None
    note: Said | None = None
    event: UUID | None = None


@dataclass(slots=True)
class _Stream:
    """The events of a stream in this batch that count: with a time to believe, recorded for the first time, and either
    the start of an agent, or all before them are there (one that has not come yet may be such a start)."""

    head: Head
    events: list[Accepted] = field(default_factory=list)


def tell(work: Work) -> None:
    """Add signals. The heads have moved: rows of the streams are locked until commit."""
    found: dict[str, _Station] = {}
    _note_starts(work, found)
    _note_forks(work, found)
    _note_others(work, found)
    _note_takeovers(work, found)
    if found:
        _signal(work, found)


def _station(found: dict[str, _Station], name: str) -> _Station:
    return found.setdefault(name, _Station(name))


def _note_starts(work: Work, found: dict[str, _Station]) -> None:
    """Note the beginnings of streams and their causes: the first event of a stream says them."""
    for accepted in work.stored:
        event = accepted.event
        if not isinstance(event, AgentEvent) or event.data.state != "started":
            continue
        data = event.data
        if data.cause == SALVAGED:
            _note_salvage(work, accepted, event)
        elif data.cause == CENTRE_BEHIND:
            if event.id not in work.folded:
                signal = on_centre_behind(event)
                work.signals.append(signal)
                _note_facts(work, signal.key, signal.facts)
        elif data.replaces is not None:
            station = _station(found, accepted.station)
            values = {"id": data.replaces, "station": accepted.station}
            row = work.cursor.execute(_SQL["stream_facts"], values, binary=True).fetchone()
            station.copies = {
                "stream": str(event.stream),
                "replaces": str(data.replaces),
                "cause": data.cause,
                "through": row[0] if row else 0,
                "rerecorded": data.rerecorded,
            }
            station.note = Said("older_copy", detail=data.detail, rerecorded=data.rerecorded)
            station.event = event.id
            key = f"{Rule.STREAM_REPLACED}/{event.stream}"
            work.signals[:] = [signal for signal in work.signals if signal.key != key]
            work.signals.append(over(Rule.STREAM_REPLACED, key, accepted.station, Said("copy_went_on")))


def _note_salvage(work: Work, accepted: Accepted, event: AgentEvent) -> None:
    data = event.data
    values = {"station": accepted.station, "before": str(data.replaces)}
    row = work.cursor.execute(_SQL["replaced_alert"], values, binary=True).fetchone()
    if row:
        signal = on_salvage(row[0], accepted.station, event)
        work.signals.append(signal)
        _note_facts(work, row[0], signal.facts)


def _note_forks(work: Work, found: dict[str, _Station]) -> None:
    """Note forks: an older agent goes on under numbers that are taken."""
    others = {(refusal.station, refusal.stream, refusal.sequence) for refusal in work.refused if refusal.is_other_event}
    forks: dict[tuple[str, UUID], list[Accepted]] = defaultdict(list)
    for _, accepted in work.disputes:
        if (accepted.station, accepted.event.stream, accepted.event.sequence) in others:
            forks[accepted.station, accepted.event.stream].append(accepted)
    for (name, stream), events in forks.items():
        station = _station(found, name)
        first = min(accepted.event.time for accepted in events)
        work.cursor.execute(_SQL["stream_forked"], {"id": stream, "forked_at": first})
        if station.copies is None:
            station.copies = {"stream": str(stream)}
            station.note = Said("copy_wrote", count=len(events), stream=str(stream))


def _note_others(work: Work, found: dict[str, _Station]) -> None:
    """Note streams that go on beside a newer one, or after somebody else wrote under their numbers."""
    streams = _streams(work)
    if not streams:
        return
    names = sorted({stream.head.station for stream in streams})
    rows = work.cursor.execute(_SQL["newest_streams"], {"names": names}, binary=True).fetchall()
    newest: dict[str, _Newest] = {name: (stream, at) for name, stream, at in rows}
    for other in streams:
        _start(work, found, other, newest)
    for other in streams:
        _compare(work, found, other, newest.get(other.head.station))


def _start(work: Work, found: dict[str, _Station], stream: _Stream, newest: dict[str, _Newest]) -> None:
    """Note that an agent began in this stream. When that is an older one, somebody has put its spool back."""
    starts = [one for one in stream.events if _is_start(one)]
    if not starts:
        return
    head, last = stream.head, max(starts, key=lambda one: one.event.time)
    before = newest.get(head.station)
    if before is not None and last.event.time <= before[1]:
        return
    if before is not None and before[0] != head.stream and min(one.event.sequence for one in starts) > 1:
        station = _station(found, head.station)
        if station.copies is None:
            station.copies = {"stream": str(head.stream), "replaces": str(before[0])}
            station.note = Said("went_back", replaces=str(before[0]), stream=str(head.stream))
            station.event = last.event.id
    newest[head.station] = (head.stream, last.event.time)
    _write_began(work, head.stream, last.event.time)


def _compare(work: Work, found: dict[str, _Station], stream: _Stream, newest: _Newest | None) -> None:
    head = stream.head
    last = max((one.event.time for one in stream.events if not _is_start(one)), default=None)
    if last is None:
        return
    is_beside = newest is not None and newest[0] != head.stream and last > newest[1]
    is_forked = head.forked_at is not None and head.broken_at is None and last > head.forked_at
    if not is_beside and not is_forked:
        return
    station = _station(found, head.station)
    other = newest[0] if newest and is_beside else head.stream
    station.boxes = {"streams": sorted({str(head.stream), str(other)}), "highest": head.highest}
    station.note = (
        Said("boxes_beside", stream=str(head.stream), highest=head.highest, other=str(other))
        if is_beside
        else Said("boxes_in_one", stream=str(head.stream), highest=head.highest)
    )
    _write_began(work, head.stream, last, is_told=True)


def _streams(work: Work) -> list[_Stream]:
    """Return the streams with new events, of stations that fold, each with those that count."""
    streams: dict[int, _Stream] = {}
    for accepted in work.stored:
        head = work.heads.get(accepted.place[0])
        if head is None or accepted.station not in work.folding:
            continue
        # A start counts at once, for what lies below it may come in a later batch, and only new events are looked at.
        if accepted.event.sequence > head.through and not _is_start(accepted):
            continue
        if moment_of(accepted.event, work.now).is_believed and accepted.event.originalid is None:
            streams.setdefault(accepted.place[0], _Stream(head)).events.append(accepted)
    return [streams[number] for number in sorted(streams)]


def _is_start(accepted: Accepted) -> bool:
    """Tell whether an agent began: some events only say something about a stream that goes on."""
    return (
        isinstance(accepted.event, AgentEvent)
        and accepted.event.data.state == "started"
        and accepted.event.data.cause not in (SALVAGED, CENTRE_BEHIND)
    )


def _write_began(work: Work, stream: UUID, at: datetime, *, is_told: bool = False) -> None:
    work.cursor.execute(_SQL["stream_began"], {"id": stream, "began_at": at, "is_told": is_told})


def _note_takeovers(work: Work, found: dict[str, _Station]) -> None:
    """Note takeovers: the broker ended a connection because another client has its name: there is a second box."""
    for status in work.statuses:
        count = status.status.takeovers
        if not count:
            continue
        row = work.cursor.execute(_SQL["note_takeovers"], {"name": status.station, "takeovers": count}).fetchone()
        if row is not None and row[0] != count:
            station = _station(found, status.station)
            station.boxes = {**(station.boxes or {}), "takeovers": count}
            station.note = station.note or Said("taken_over", count=count)


def _signal(work: Work, found: Mapping[str, _Station]) -> None:
    keys = {name: f"{Rule.TWO_BOXES}/{name}" for name in found}
    rows = work.cursor.execute(_SQL["live_keys"], {"keys": sorted(keys.values())}, binary=True).fetchall()
    live = {key for (key,) in rows}
    for name, station in sorted(found.items()):
        row = work.cursor.execute(_SQL["station_counts"], {"station": name}, binary=True).fetchone()
        counts = {"disputed": row[0], "folded": row[1]} if row else {}
        note = station.note or Said("boxes")
        is_two = station.boxes is not None or keys[name] in live
        facts = {**(station.copies or {}), **(station.boxes or {}), **counts}
        if is_two:
            signal = on_two_boxes(name, note, facts, station.event, joins=station.boxes is None)
            copies = f"{Rule.SPOOL_OLDER_COPY}/{name}"
            work.signals.append(over(Rule.SPOOL_OLDER_COPY, copies, name, Said("boxes")))
        else:
            signal = on_older_copy(name, note, facts, station.event)
        work.signals.append(signal)
        _note_facts(work, signal.key, facts)


def _note_facts(work: Work, key: str, facts: Mapping[str, Any]) -> None:
    """Write the counts of now into a live alert."""
    work.cursor.execute(_SQL["note_facts"], {"key": key, "facts": json.dumps(facts, ensure_ascii=False)})
