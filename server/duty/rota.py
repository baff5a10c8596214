"""A rota: shifts that come back, and overrides that take their place. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from server.delivery.hours import Window
from server.working_days import WorkingDays

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours in which an account is on duty, every so many weeks from that of `from_day` on."""

    account: UUID
    hours: Window
    from_day: date
    until_day: date | None = None
    every_weeks: int = 1

    def spans(self, day: date, calendar: WorkingDays) -> tuple[datetime, datetime] | None:
        """Return the hours that begin on this day, by the district's clock; None: none do."""
        if day < self.from_day or (self.until_day and day > self.until_day):
            return None
        monday = self.from_day - timedelta(days=self.from_day.weekday())
        if (day - monday).days // _WEEK % self.every_weeks:
            return None
        return self.hours.spans(day, calendar)


@dataclass(frozen=True, slots=True)
class Override:
    """Time in which an account has the duty, and the shifts have not."""

    account: UUID
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rota:
    """Rota of an area. None: of the whole district."""

    id: UUID
    title: str
    area: str | None
    after_s: float
    severities: frozenset[str]
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Time in which somebody is on duty."""

    account: UUID
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    is_override: bool = False


def on_duty(rota: Rota, at: datetime, zone: ZoneInfo, calendar: WorkingDays) -> tuple[UUID, ...]:
    """Return who is on duty at that moment, each once."""
    found = [span.account for span in spans(rota, at, at, zone, calendar) if span.starts_at <= at < span.ends_at]
    return tuple(dict.fromkeys(found))


def spans(rota: Rota, since: datetime, until: datetime, zone: ZoneInfo, calendar: WorkingDays) -> list[Span]:
    """Return who is on duty between two moments, in order. Spans that reach beyond them are whole."""
    found = [
        Span(one.account, one.starts_at, one.ends_at, one.note, is_override=True)
        for one in rota.overrides
        if one.starts_at <= until and one.ends_at > since
    ]
    for shift in _shifts(rota, since, until, zone, calendar):
        found += _without(shift, rota.overrides)
    return sorted(
        (span for span in found if span.starts_at <= until and span.ends_at > since),
        key=lambda span: (span.starts_at, span.ends_at, str(span.account)),
    )


def _shifts(rota: Rota, since: datetime, until: datetime, zone: ZoneInfo, calendar: WorkingDays) -> Iterator[Span]:
    day, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    while day <= last:
        for shift in rota.shifts:
            if times := shift.spans(day, calendar):
                begin, end = (one.replace(tzinfo=zone).astimezone(since.tzinfo) for one in times)
                yield Span(shift.account, begin, end)
        day += timedelta(days=1)


def _without(span: Span, overrides: Sequence[Override]) -> list[Span]:
    """Return what is left of a shift beside the overrides."""
    left = [span]
    for one in overrides:
        cut: list[Span] = []
        for part in left:
            if one.ends_at <= part.starts_at or one.starts_at >= part.ends_at:
                cut.append(part)
                continue
            if part.starts_at < one.starts_at:
                cut.append(Span(part.account, part.starts_at, one.starts_at))
            if one.ends_at < part.ends_at:
                cut.append(Span(part.account, one.ends_at, part.ends_at))
        left = cut
    return left


def chain(rotas: Sequence[Rota], areas: Sequence[str], severity: str) -> list[Rota]:
    """Return the rotas that an alert goes along: of its station's area, of each area above, of the whole district.
    `areas`: from the station's own upwards."""
    by_area = {rota.area: rota for rota in rotas if severity in rota.severities}
    return [by_area[area] for area in (*areas, None) if area in by_area]
