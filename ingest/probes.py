"""Probes: what each shows, whether it is in trouble, its values by minute, hour and day, and the alerts about it.

A trouble is the station's word. A range is judged here where the table `reading_limit` has a row for the probe whose
unit can be compared, and is the station's word where it has none. `is_out_here` is what people are told, whoever
decides. When another one decides from now on (a row begins, changes, ends), that stays until he says otherwise: a row
by its next readings, the station by what it said last (ingest/probe_sweep.py, for no reading may come). The time that a
limit gives is counted by the times of the readings, so that a backlog is judged as it would have been judged live.

Readings that are older than what a probe shows (another stream, a clock that was put back) count in the series alone.
These have one unit, that of its first reading; a reading of another unit is converted, and left out where that cannot
be. A rebuild makes them again in the unit of the last day.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

import psycopg

from ingest.rules import on_gone, on_probe_lost, on_range
from ingest.work import Look, Place, ProbeNews, Work
from storage.named import queries
from wire.kinds.probe import NOT_READ, ProbeItem
from wire.patience import BACK_S, next_patience
from wire.terms import Comparison, ProbeState
from wire.units import converted, may_compare
from wire.verdicts import is_violated

_SQL = queries("probes")
MINUTE, HOUR, DAY = 60, 3600, 86_400
# No quantity of a probe is larger. A value beyond it is kept as any other, and left out of the series: two of them may
# have no sum, and float4, in which they are sent, does not hold it. Nor does it hold a value below the smallest: 0.
LARGEST_DRAWN, SMALLEST_DRAWN = 1e30, 1e-30


@dataclass(frozen=True, slots=True)
class ReadingLimit:
    """Row of the table of ranges. Empty `station` or `device`, `channel` None: any."""

    code: str
    station: str
    device: str
    quantity: str
    channel: int | None
    above: float | None
    below: float | None
    unit: str
    for_s: float
    valid_from: date = date.min
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def broken_by(self, value: float) -> tuple[Comparison, float] | None:
        """Return the bound that `value`, in the limit's unit, lies beyond."""
        if self.above is not None and is_violated(value, Comparison.ABOVE, self.above):
            return Comparison.ABOVE, self.above
        if self.below is not None and is_violated(value, Comparison.BELOW, self.below):
            return Comparison.BELOW, self.below
        return None


@dataclass(frozen=True, slots=True)
class Probe:
    """The columns of `probe` that ingest writes: the one declaration of them."""

    unit: str = ""
    value: float | None = None
    at: datetime | None = None
    trouble: str = ""
    reason: str = ""
    trouble_at: datetime | None = None
    is_out_there: bool = False
    out_there_at: datetime | None = None
    limit_code: str | None = None
    beyond_since: datetime | None = None
    back_since: datetime | None = None
    is_out_here: bool = False
    patience_s: float = BACK_S
    told_at: datetime | None = None
    drawn_unit: str = ""

    def gone(self, at: datetime) -> "Probe":
        """Return the probe after the end of whatever was told of it: it is not there any more."""
        return replace(
            self, trouble="", reason="", is_out_there=False, is_out_here=False, beyond_since=None, back_since=None,
            told_at=at,
        )  # fmt: skip

    def drawn(self, value: float, unit: str) -> float | None:
        """Return a value as its series have it; None: they cannot. A reading without a unit has theirs."""
        if abs(value) >= LARGEST_DRAWN:
            return None
        drawn = converted(value, unit, self.drawn_unit) if unit else value
        if drawn is None or abs(drawn) >= LARGEST_DRAWN:
            return None
        return drawn if abs(drawn) >= SMALLEST_DRAWN else 0.0


_TYPES = {str: "text", float: "float8", bool: "bool", datetime: "timestamptz"}
_COLUMNS = {
    field.name: next(name for kind, name in _TYPES.items() if kind in (field.type, *get_args(field.type)))
    for field in fields(Probe)
}
# Not in probes.sql: each column would stand there three times.
_NOTE = f"""
UPDATE probe SET ({", ".join(_COLUMNS)}) = ROW ({", ".join(f"new.{name}" for name in _COLUMNS)})
FROM unnest(%(id)b::int8[], {", ".join(f"%({name})b::{kind}[]" for name, kind in _COLUMNS.items())})
    AS new (id, {", ".join(_COLUMNS)})
WHERE probe.id = new.id
RETURNING probe.id, state
""".encode()  # noqa: S608  of our own names


class Locked(NamedTuple):
    """A row of `probe` that is locked, and the row itself for what stands beside it."""

    id: int
    place: Place
    probe: Probe
    state: str
    row: Mapping[str, Any]


def locked(cursor: psycopg.Cursor[Any], name: str, values: Mapping[str, Any] | None = None) -> list[Locked]:
    """Lock and read the rows of a query of probes.sql."""
    found = cursor.execute(_SQL[name], values, binary=True).fetchall()
    names = [column.name for column in cursor.description or ()]  # in a pipeline they come with the rows
    rows = [dict(zip(names, row, strict=True)) for row in found]
    return [
        Locked(
            row["id"],
            (row["station"], row["device"], row["quantity"], row["channel"]),
            Probe(**{name: row[name] for name in _COLUMNS}),
            row["state"],
            row,
        )
        for row in rows
    ]


def limit_for(limits: Sequence[ReadingLimit], place: Place, day: date, unit: str | None = None) -> ReadingLimit | None:
    """Return the limit of a probe on a day of the district: the row that names most of it, of those that can be
    compared with `unit`; None: with any."""
    station, device, quantity, channel = place
    mine = (
        limit
        for limit in limits
        if limit.quantity == quantity
        and limit.station in ("", station)
        and limit.device in ("", device)
        and limit.channel in (None, channel)
        and limit.holds_on(day)
        and (unit is None or may_compare(unit, limit.unit))
    )
    return max(
        mine, key=lambda limit: (limit.channel is not None, limit.device, limit.station, limit.code), default=None
    )


def write(work: Work, limits: Sequence[ReadingLimit], zone: ZoneInfo) -> None:
    """Bring the probes of a transaction up to date. Adds to work.signals."""
    if not work.looks and not work.probe_news:
        return
    places = sorted({look.place for look in work.looks} | {news.place for news in work.probe_news})
    keys = {
        name: [place[at] for place in places] for at, name in enumerate(("station", "device", "quantity", "channel"))
    }
    work.cursor.execute(_SQL["add_probes"], keys)
    rows = {row.place: row for row in locked(work.cursor, "lock_probes", keys)}
    probes = {place: row.probe for place, row in rows.items()}
    for news in work.probe_news:
        limit = limit_for(limits, news.place, day_of(news.at, zone), news.event.data.unit or None)
        probes[news.place] = _told(work, probes[news.place], news, limit)
    for look in work.looks:
        limit = limit_for(limits, look.place, day_of(look.at, zone), look.unit)
        probe = _looked(work, probes[look.place], look, limit)
        probes[look.place] = probe if probe.drawn_unit else replace(probe, drawn_unit=look.unit)
    note(work, [(rows[place], probes[place]) for place in places])
    if work.looks:
        drawn = {place: (rows[place].id, probe) for place, probe in probes.items()}
        work.cursor.execute(_SQL["add_to_series"], _series(work.looks, drawn, zone))


def note(work: Work, probes: Iterable[tuple[Locked, Probe]]) -> None:
    """Write the probes that are others than their rows, and add those to the feed that show another state."""
    changed = {row.id: (row, probe) for row, probe in probes if probe != row.probe}
    if not changed:
        return
    values: dict[str, Any] = {"id": list(changed)}
    values |= {name: [getattr(probe, name) for _, probe in changed.values()] for name in _COLUMNS}
    states = dict(work.cursor.execute(_NOTE, values).fetchall())
    for number, (row, _) in changed.items():
        if states[number] != row.state:
            station, device, quantity, channel = row.place
            item = ProbeItem(
                station=station,
                device=device,
                quantity=quantity,
                channel=None if channel < 0 else channel,
                state=ProbeState(states[number]),
                at=work.now,
            )
            work.items.append(item.model_dump_json())


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day of the district whose limits hold."""
    return at.astimezone(zone).date()


def _told(work: Work, probe: Probe, news: ProbeNews, limit: ReadingLimit | None) -> Probe:
    """Return the probe after the station's word about it."""
    data, begins = news.event.data, news.event.data.phase == "start"
    if data.reason == NOT_READ and not begins:
        if any(_is_older(news.at, told) for told in (probe.trouble_at, probe.out_there_at)):
            return probe
        work.signals += on_gone(news.place, at=news.at, event=news.event.id)
        return replace(probe.gone(news.at), trouble_at=news.at, out_there_at=news.at)
    if data.state in (ProbeState.OUT_OF_RANGE, ProbeState.OK) and not _is_older(news.at, probe.out_there_at):
        probe = replace(probe, is_out_there=begins, out_there_at=news.at)
        if limit is None:
            if probe.is_out_here is not begins:
                probe = replace(probe, is_out_here=begins, told_at=news.at)
            bound = (data.limit.comparison, data.limit.value) if data.limit else None
            work.signals.append(
                on_range(
                    news.place, news.event.id, value=data.value, unit=data.unit, bound=bound, lasted_s=data.lasted_s,
                    is_out=begins, at=news.at,
                )
            )  # fmt: skip
    if data.state is not ProbeState.OUT_OF_RANGE and not _is_older(news.at, probe.trouble_at):
        trouble = data.state.value if begins else ""
        probe = replace(probe, trouble=trouble, reason=data.reason if begins else "", trouble_at=news.at)
        work.signals.append(on_probe_lost(news.place, news.event, is_lost=begins, at=news.at))
    return probe


def _looked(work: Work, probe: Probe, look: Look, limit: ReadingLimit | None) -> Probe:
    """Return the probe after a reading."""
    if _is_older(look.at, probe.at):
        return probe
    probe = replace(probe, unit=look.unit, value=look.value, at=look.at)
    code = limit.code if limit else None
    if code != probe.limit_code:
        # From row to row the time goes on: what was beyond the one and is beyond the next is still warm at midnight.
        is_row = code is not None and probe.limit_code is not None
        probe = replace(probe, limit_code=code, beyond_since=probe.beyond_since if is_row else None, back_since=None)
    value = converted(look.value, look.unit, limit.unit) if limit else None
    if limit is None or value is None:
        return probe
    if broken := limit.broken_by(value):
        since = probe.beyond_since or look.at
        probe = replace(probe, beyond_since=since, back_since=None)
        if probe.is_out_here or look.at - since < timedelta(seconds=limit.for_s):
            return probe
        calm_s = (look.at - probe.told_at).total_seconds() if probe.told_at else math.inf
        patience_s = next_patience(probe.patience_s, calm_s)
        probe = replace(probe, is_out_here=True, told_at=look.at, patience_s=patience_s)
    elif probe.is_out_here:
        probe = replace(probe, back_since=probe.back_since or look.at)
        if look.at - (probe.back_since or look.at) < timedelta(seconds=probe.patience_s):
            return probe
        since = probe.beyond_since or probe.told_at or look.at
        probe = replace(probe, beyond_since=None, back_since=None, is_out_here=False, told_at=look.at)
    else:
        return replace(probe, beyond_since=None)
    work.signals.append(
        on_range(
            look.place, look.event, value=look.value, unit=look.unit, bound=broken,
            lasted_s=(look.at - since).total_seconds(), is_out=probe.is_out_here, at=look.at,
        )
    )  # fmt: skip
    return probe


def _is_older(at: datetime, known: datetime | None) -> bool:
    return known is not None and at < known


def _series(looks: Sequence[Look], probes: dict[Place, tuple[int, Probe]], zone: ZoneInfo) -> dict[str, list[Any]]:
    """Return rows of reading_series, in the order of its key."""
    found: dict[tuple[int, int, datetime], list[float]] = defaultdict(list)
    for look in looks:
        number, probe = probes[look.place]
        value = probe.drawn(look.value, look.unit)
        if value is None:
            continue
        # By the time of the row, so that a rebuild finds the same from the rows.
        minute = look.recorded_at.astimezone(UTC).replace(second=0, microsecond=0)
        hour = minute.replace(minute=0)
        day = look.recorded_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for step, at in ((MINUTE, minute), (HOUR, hour), (DAY, day)):
            found[step, number, at].append(value)
    keys = sorted(found)
    return {
        "step": [key[0] for key in keys],
        "probe": [key[1] for key in keys],
        "at": [key[2] for key in keys],
        "n": [len(found[key]) for key in keys],
        "total": [sum(found[key]) for key in keys],
        "low": [min(found[key]) for key in keys],
        "high": [max(found[key]) for key in keys],
    }
