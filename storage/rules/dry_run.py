"""A rule on the data of the past: which alerts it would have raised. It writes nothing.

The newest data first, in pieces, until the period or the time is over: what a run that was cut has seen is whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from storage.rules.engine import Engine, Fault, Match, Named, prepared
from storage.rules.facts import SUBJECTS, Place
from storage.rules.keys import key_of
from storage.rules.rule import EventRule
from storage.rules.table import places
from storage.steps import Ask, Steps

_PIECE = 1000
MOST_LISTED = 200


class Would(NamedTuple):
    """Alert that the rule would have raised: its first event, the facts that the rule saw there, and how many events
    joined it."""

    rule: str
    severity: str
    at: datetime
    station: str
    device: str
    event: UUID | None
    seen: dict[str, Any]
    events: int


@dataclass(frozen=True, slots=True)
class Tried:
    """Outcome of a dry run. `alerts` is the number of them, `listed` the newest. `looked_from`: the beginning of what
    was looked at; later than the period's where the time was over (`is_cut`)."""

    alerts: int
    listed: Sequence[Would]
    events: int
    looked_from: datetime
    is_cut: bool
    faults: int = 0
    last_fault: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Period of a dry run, `since` included. `stations`: all that the asker sees; None: every one. `is_over` says that
    the time for it is."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    stations: Sequence[str] | None
    is_over: Callable[[], bool]


@dataclass(slots=True)
class _Tally:
    by_key: dict[str, Would] = field(default_factory=dict)
    events: int = 0
    faults: int = 0
    last_fault: str = ""

    def add(self, key: str, would: Would) -> None:
        """Add an event. They come from the newest to the oldest: the last of a key is its first."""
        before = self.by_key.get(key)
        self.by_key[key] = would._replace(events=1 + (before.events if before else 0))

    def note(self, faults: Sequence[Fault]) -> None:
        self.faults += len(faults)
        if faults:
            self.last_fault = faults[-1].error


def try_on_events(name: str, rule: EventRule, period: Period) -> Steps[Tried]:
    """Try a rule on events. Raises ExpressionError for a rule that does not pass the check."""
    named = Named(name, rule.model_copy(update={"is_on": True}))
    prepared(named, rule)
    engine = Engine([named])
    where = yield from places()
    names = engine.names(rule.on)
    statement, tally = _statement(rule.on, names), _Tally()
    trial = _Trial(engine, name, rule, names, period.zone, tally)
    place, is_cut = (period.until, UUID(int=(1 << 128) - 1)), False
    while True:
        values = {
            "since": period.since,
            "at": place[0],
            "event": place[1],
            "zone": period.zone.key,
            "stations": None if period.stations is None else list(period.stations),
            "piece": _PIECE,
        }
        rows = yield Ask(statement, values)
        for row in rows:
            trial.judge(row, where.get(row[2]) or Place(row[2]))
        tally.events += len(rows)
        if rows:
            place = (rows[-1][0], rows[-1][1])
        if len(rows) < _PIECE:
            break
        if period.is_over():
            is_cut = True
            break
    listed = sorted(tally.by_key.values(), key=lambda would: would.at, reverse=True)
    looked_from = place[0] if is_cut else period.since
    faults = (tally.faults, tally.last_fault)
    return Tried(len(listed), listed[:MOST_LISTED], tally.events, looked_from, is_cut, *faults)


_OWN = 7  # columns before the facts


@dataclass(frozen=True, slots=True)
class _Trial:
    """The rule under way: each row is judged as the event was, or would have been."""

    engine: Engine
    name: str
    rule: EventRule
    names: Sequence[str]
    zone: ZoneInfo
    tally: _Tally

    def judge(self, row: tuple[Any, ...], place: Place) -> None:
        at, event, station, device, number, commodity, item = row[:_OWN]
        facts = dict(zip(self.names, row[_OWN:], strict=True))
        matches, faults = self.engine.judge_row(self.rule.on, place, facts)
        self.tally.note(faults)
        sample = f"{device}/{number}/{commodity}" if number else str(event)
        for match in matches:
            day = at.astimezone(self.zone).date()
            key = key_of(self.name, self.rule, station, device, day, sample=sample, item=item)
            self.tally.add(key, _would(match, at, station, device, event))


def _would(match: Match, at: datetime, station: str, device: str, event: UUID) -> Would:
    return Would(match.named.name, match.rule.severity.value, at, station, device, event, dict(match.seen), 1)


def _statement(on: str, names: Sequence[str]) -> bytes:
    """Return the query for a piece, newest first. Only the facts that are asked for are taken out of the rows."""
    subject = SUBJECTS[on]
    facts = "".join(f", {subject.facts[name].sql}" for name in names)
    sample = "r.sample, r.commodity, r.item" if on == "result" else "'', '', ''"
    return (
        f"SELECT r.recorded_at, r.event, r.station, r.device, {sample}{facts}"  # noqa: S608 - our own words alone
        f" FROM {subject.table} r JOIN station s ON s.name = r.station"
        " WHERE r.recorded_at >= %(since)s AND r.recorded_at <= %(at)s"
        " AND (r.recorded_at, r.event) < (%(at)s, %(event)s)"
        " AND (%(stations)s::text[] IS NULL OR r.station = ANY(%(stations)s::text[]))"
        " ORDER BY r.recorded_at DESC, r.event DESC LIMIT %(piece)s"
    ).encode()
