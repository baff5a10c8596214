"""A report: its figures, response times and notices, of one period and the year that it lies in."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Reach
from server.database import Database, Transaction
from server.lists.areas import check_area
from server.problems import Kind, ProblemError
from server.records.reports.figures import By, Figures, Group, Span, figures_of, reach_values, sorted_groups, titles_of
from server.records.reports.responses import Response, Told, responses_of, told_of
from server.records.reports.sums import refresh
from wire.kinds.envelope import STATION_PATTERN

_MOST_DAYS = 366
_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)
# Days and stations whose sums a request makes by itself: those of some days of a large district.
_MOST_MADE_AT_ONCE = 500
_BAD_PERIOD = Kind(
    422,
    "invalid-period",
    f"`to` must lie after `from`, {_MOST_DAYS} days at most.",
    f"“止”须晚于“起”，且不超过 {_MOST_DAYS} 天。",
    places=("query.to",),
)


class Asked(BaseModel):
    """Question for a report. `from` is included, `to` is not; none: this month until now."""

    model_config = ConfigDict(extra="forbid")

    by: By = "station"
    first: Annotated[date | None, Field(alias="from", description="none: the first day of the month of `to`")] = None
    until: Annotated[date | None, Field(alias="to", description="the day after the last one; none: tomorrow")] = None
    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    area: Annotated[str | None, Field(max_length=200, description="a code of an area, with all below it")] = None

    def days(self, today: date) -> tuple[date, date]:
        """Return the first day and the day after the last. Raises ProblemError (422)."""
        until = self.until
        if until is None:
            until = max(today, min(self.first or today, _LAST)) + timedelta(days=1)
        if not _FIRST <= until <= _LAST:
            raise ProblemError(_BAD_PERIOD)
        first = self.first or (until - timedelta(days=1)).replace(day=1)
        if not 0 < (until - first).days <= _MOST_DAYS:
            raise ProblemError(_BAD_PERIOD)
        return first, until


class PeriodReport(BaseModel):
    """Report of a period. `year_from`: since when `year` counts, to the same end: 1 January of the year of its last
    day."""

    by: By
    first: date
    until: Annotated[date, Field(description="the day after the last one")]
    year_from: date
    zone: str
    made_at: AwareDatetime
    waiting: Annotated[int, Field(description="days of stations that are not summed up yet: ask again")]
    total: Group
    groups: list[Group]
    responses: list[Response]
    told: Annotated[list[Told], Field(description="notices of failed tests, the newest first")]
    is_told_cut: Annotated[bool, Field(description="there are more notices than are listed here")]


class _Now(BaseModel):
    at: AwareDatetime


async def make(
    db: Database, reach: Reach, asked: Asked, *, zone: ZoneInfo, today: date, most_told: int
) -> PeriodReport:
    """Make a report within reach. Raises ProblemError (422)."""
    first, until = asked.days(today)
    year_from = (until - timedelta(days=1)).replace(month=1, day=1)
    period, year = Span(first, until, zone), Span(min(first, year_from), until, zone)
    waiting = await refresh(db, year, _MOST_MADE_AT_ONCE)
    values = reach_values(reach, asked.station, asked.area)
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        now = await transaction.row(_Now, "stations.now")
        assert now is not None, "a SELECT without FROM has one row"
        of_period, of_year = await _counted(transaction, asked.by, period, Span(year_from, until, zone), values)
        titles = await titles_of(transaction, asked.by, [*{**of_period.groups, **of_year.groups}])
        responses = await responses_of(transaction, period, values)
        told = await told_of(transaction, period, values, most_told)
    return PeriodReport(
        by=asked.by,
        first=first,
        until=until,
        year_from=year_from,
        zone=zone.key,
        made_at=now.at,
        waiting=waiting,
        total=Group(name="", title="", title_en="", period=of_period.total, year=of_year.total),
        groups=_groups(of_period.groups, of_year.groups, titles),
        responses=responses,
        told=told[:most_told],
        is_told_cut=len(told) > most_told,
    )


class _Counts(NamedTuple):
    total: Figures
    groups: dict[str, Figures]


async def _counted(
    transaction: Transaction, by: By, period: Span, year: Span, values: Mapping[str, object]
) -> tuple[_Counts, _Counts]:
    """Count a period and its year; a period that is the year is counted once."""
    found = {}
    for span in {period, year}:
        total = (await figures_of(transaction, "total", span, values)).get("", Figures())
        found[span] = _Counts(total, await figures_of(transaction, by, span, values))
    return found[period], found[year]


def _groups(
    period: Mapping[str, Figures], year: Mapping[str, Figures], titles: Mapping[str, tuple[str, str]]
) -> list[Group]:
    found = {}
    for name in {**period, **year}:
        title, title_en = titles.get(name, (name, name))
        figures = period.get(name, Figures()), year.get(name, Figures())
        found[name] = Group(name=name, title=title, title_en=title_en, period=figures[0], year=figures[1])
    return sorted_groups(found)
