"""How many alerts there are, and how soon they are answered: counted here, where all of them are.

Both take the filters of the list. A dimension is a line of `DIMENSIONS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Database, Db, query
from server.lists.areas import check_area
from server.lists.export import Statement
from server.problems import Kind, ProblemError
from server.records.alerts.rows import ALERTS, AlertFilters
from server.records.days import Zone
from wire.terms import AlertState, Severity

router = APIRouter()
_MOST = 10_000
_TOO_MANY = Kind(
    422, "too-many-groups", f"More than {_MOST:,} groups: count by less.", f"分组超过 {_MOST:,} 个，请减少统计维度。"
)
DIMENSIONS: Mapping[str, str] = {
    "state": "state",
    "severity": "severity",
    "rule": "rule",
    "area": "area_of_station",
    "station": "station",
    "commodity": "commodity",
    "item": "item",
    "assignee": "assignee",
    "month": "to_char(opened_at AT TIME ZONE %(zone)s, 'YYYY-MM')",
}
Dimension = Literal["state", "severity", "rule", "area", "station", "commodity", "item", "assignee", "month"]
Dimensions = Annotated[list[Dimension] | None, Field(max_length=4, description="may be repeated")]


class _Group(BaseModel):
    """Group of alerts; a dimension that was not asked for is null. `month`: of opening, in the district's zone."""

    state: AlertState | None = None
    severity: Severity | None = None
    rule: str | None = None
    area: str | None = None
    station: str | None = None
    commodity: str | None = None
    item: str | None = None
    assignee: UUID | None = None
    month: Annotated[str | None, Field(description="2026-03")] = None


Group = TypeVar("Group", bound=_Group)


class AlertCount(_Group):
    """Number of the alerts of one group; there is none of what is not named."""

    count: int


class AlertCounts(BaseModel):
    """Numbers of the alerts within the caller's areas."""

    items: list[AlertCount]


class CountsAsked(AlertFilters):
    """Filters of the counts. `from` <= opened_at < `to`. `by`: none: by state and severity."""

    by: Dimensions = None


class ResponseTime(_Group):
    """Response to the alerts of one group, in seconds. `opened` is what the others are parts of: a person has taken
    `acknowledged` of them in hand, by whatever step, and resolved `resolved`; `ended` ended by themselves. A median of
    none is null."""

    opened: int
    acknowledged: int
    acknowledged_p50_s: float | None
    acknowledged_p95_s: float | None
    resolved: int
    resolved_p50_s: float | None
    resolved_p95_s: float | None
    from_acknowledged_p50_s: Annotated[float | None, Field(description="from acknowledged to resolved")]
    from_acknowledged_p95_s: float | None
    ended: int


class ResponseTimes(BaseModel):
    """Response times within the caller's areas."""

    items: list[ResponseTime]


class TimesAsked(AlertFilters):
    """Filters of the response times. `from` <= opened_at < `to`. `by`: none: by area and rule."""

    by: Dimensions = None


@dataclass(frozen=True, slots=True)
class Groups:
    """Question for groups of alerts: `name` of the statement, the dimensions, the zone of the months."""

    name: str
    by: Sequence[str]
    zone: str

    def statement(self, reach: Reach, filters: AlertFilters) -> Statement:
        """Return the query for the groups that are asked for and within reach, and one more than are shown."""
        by = list(dict.fromkeys(self.by))
        parts = {
            "{groups}": ", ".join(f"{DIMENSIONS[name]} AS {name}" for name in by),
            "{numbers}": ", ".join(str(number) for number in range(1, 1 + len(by))),
            "{where}": (where := ALERTS.where(reach, filters)).sql.decode(),
        }
        sql = query(self.name).decode()
        for place, part in parts.items():
            sql = sql.replace(place, part)
        return Statement(sql.encode(), {**where.values, "zone": self.zone, "most": _MOST + 1})


async def _grouped(db: Database, reach: Reach, row: type[Group], asked: AlertFilters, groups: Groups) -> list[Group]:
    """Return the groups in their order. Raises ProblemError (422): too many of them, or an area that is not there."""
    statement = groups.statement(reach, asked)
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        found = await transaction.select(row, statement.sql, statement.values)
    if len(found) > _MOST:
        raise ProblemError(_TOO_MANY)
    return found


@router.get("/alerts/counts")
async def count_alerts(
    db: Db, caller: Annotated[Caller, need("alerts.read")], zone: Zone, asked: Annotated[CountsAsked, Query()]
) -> AlertCounts:
    """Count alerts by `by`, with the filters of the list."""
    groups = Groups("alerts.counts", asked.by or ["state", "severity"], str(zone))
    return AlertCounts(items=await _grouped(db, caller.reach, AlertCount, asked, groups))


@router.get("/alerts/response-times")
async def response_times(
    db: Db, caller: Annotated[Caller, need("alerts.read")], zone: Zone, asked: Annotated[TimesAsked, Query()]
) -> ResponseTimes:
    """Measure how soon alerts were acknowledged and resolved, by `by`, with the filters of the list."""
    groups = Groups("alerts.response_times", asked.by or ["area", "rule"], str(zone))
    return ResponseTimes(items=await _grouped(db, caller.reach, ResponseTime, asked, groups))
