"""Rules over time, put to the database: the episodes that go on now, and those that there would have been."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from storage.named import queries
from storage.rules.dry_run import MOST_LISTED, Period, Tried, Would
from storage.rules.engine import Named
from storage.rules.facts import Place
from storage.rules.over_time import TimeRule
from storage.rules.table import places
from storage.steps import Ask, Steps

_SQL = queries("time_rules")
# Episodes that are as near to each other as the steps of a statement are one.
_STEP = timedelta(hours=1)


class Lasted(NamedTuple):
    """Episode of a rule over time. `ended` None: it goes on."""

    station: str
    device: str
    name: str
    began: datetime
    ended: datetime | None
    facts: Mapping[str, Any]


def stations_of(rule: TimeRule, known: Mapping[str, Place], reach: Sequence[str] | None = None) -> list[str]:
    """Return the stations that a rule is for. A station that is revoked or retired is asked for nothing."""
    seen = None if reach is None else set(reach)
    return [
        name
        for name, place in sorted(known.items())
        if place.is_enrolled
        and (not rule.stations or name in rule.stations)
        and (not rule.areas or not set(rule.areas).isdisjoint(place.areas))
        and (not rule.kinds or place.kind in rule.kinds)
        and (seen is None or name in seen)
    ]


def lasting(
    rule: TimeRule, stations: Sequence[str], since: datetime, until: datetime, zone: ZoneInfo
) -> Steps[list[Lasted]]:
    """Return the episodes that began in [since, until), and those that go on at `until`."""
    if not stations:
        return []
    values = {**rule.values(), "stations": list(stations), "since": since, "until": until, "zone": zone.key}
    rows = yield Ask(_SQL[rule.STATEMENT], values)
    return [
        Lasted(station, device, name, began, ended, json.loads(facts))
        for station, device, name, began, ended, facts in rows
    ]


def on_now(rule: TimeRule, stations: Sequence[str], now: datetime, zone: ZoneInfo) -> Steps[list[Lasted]]:
    """Return the episodes that go on now."""
    found = yield from lasting(rule, stations, now - rule.horizon, now, zone)
    return [episode for episode in found if episode.ended is None]


@dataclass(slots=True)
class _Tally:
    """Episodes by their place, from the newest day to the oldest: what goes on over midnight is one."""

    found: list[Lasted]

    def add(self, day: Sequence[Lasted], end: datetime) -> None:
        for episode in reversed(day):
            whole = episode if episode.ended else episode._replace(ended=end)
            place = whole[:3]
            for number, later in enumerate(self.found):
                if later[:3] == place and whole.ended and later.began - whole.ended <= _STEP:
                    self.found[number] = later._replace(began=whole.began, facts=whole.facts)
                    break
            else:
                self.found.append(whole)


def try_over_time(named: Named, period: Period) -> Steps[Tried]:
    """Try a rule over time, day by day from the newest. `events` of the outcome is the number of days."""
    rule = named.rule
    assert isinstance(rule, TimeRule), "a rule on events is tried by dry_run.py"
    stations = stations_of(rule, (yield from places()), period.stations)
    tally, days, is_cut, looked_from = _Tally([]), 0, False, period.until
    for since, until in _days(period):
        tally.add((yield from lasting(rule, stations, since, until, period.zone)), until)
        days, looked_from = days + 1, since
        if since > period.since and period.is_over():
            is_cut = True
            break
    found = sorted(tally.found, key=lambda one: one.began, reverse=True)
    listed = [
        Would(named.name, rule.severity.value, one.began, one.station, one.device, None, dict(one.facts), 1)
        for one in found[:MOST_LISTED]
    ]
    return Tried(len(found), listed, days, looked_from, is_cut)


def _days(period: Period) -> Iterator[tuple[datetime, datetime]]:
    """Yield the days of a period, the newest first, cut at midnight in the district."""
    until = period.until
    while until > period.since:
        here = until.astimezone(period.zone)
        midnight = datetime.combine(here.date(), time(), period.zone)
        if midnight >= until:
            midnight = datetime.combine(here.date() - timedelta(days=1), time(), period.zone)
        since = max(period.since, midnight)
        yield since, until
        until = since
