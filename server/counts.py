"""Counts by day, from the tables that ingest keeps: never a scan of results. Samples (batches) and item-tests apart."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from server.database import Db
from server.days import Today
from server.problems import Kind, ProblemError
from wire.events import STATION_PATTERN
from wire.terms import Verdict

router = APIRouter(tags=["counts"])
_MOST_DAYS = 400
_MOST_ROWS = 20_000
_TOO_MANY = Kind(
    422, "too-many-rows", "That is too many rows; group by less or ask for fewer days.", "行数过多，请减少分组或天数。"
)
_BAD_RANGE = Kind(
    422, "invalid-range", f"`to` lies before `from` or more than {_MOST_DAYS} days after it.", "日期范围无效或过长。"
)
Dimension = Literal["day", "station", "item", "verdict"]


class TestCount(BaseModel):
    """Item-tests; a dimension that was not asked for is null."""

    day: date | None
    station: str | None
    item: str | None
    verdict: str | None
    tests: int


class SampleCount(BaseModel):
    """Samples (batches); one with any failed item-test counts as failed."""

    day: date | None
    station: str | None
    samples: int
    failed: int


class Counts(BaseModel):
    """Days are days of recording, in the district's time zone; both ends are included."""

    first: date
    last: date
    tests: list[TestCount]
    samples: list[SampleCount]


@router.get("/counts")
async def count(
    db: Db,
    today: Today,
    *,
    first: Annotated[date | None, Query(alias="from", description="none: today")] = None,
    last: Annotated[date | None, Query(alias="to", description="none: today")] = None,
    station: Annotated[str | None, Query(pattern=f"^{STATION_PATTERN}$")] = None,
    item: Annotated[str | None, Query(max_length=200, description="item-tests of this item alone")] = None,
    verdict: Annotated[Verdict | None, Query(description="item-tests with this verdict alone")] = None,
    by: Annotated[list[Dimension] | None, Query(description="samples are grouped by day and station only")] = None,
) -> Counts:
    """How many, by day, station, item and verdict as asked with `by` (may be repeated)."""
    since, until = first or last or today, last or today
    if not 0 <= (until - since).days <= _MOST_DAYS:
        raise ProblemError(_BAD_RANGE)
    values = {
        "by": list(by or ["day", "verdict"]),
        "first": since,
        "last": until,
        "station": station,
        "item": item,
        "verdict": verdict,
        "limit": _MOST_ROWS + 1,
    }
    async with db.transaction() as transaction:
        tests = await transaction.rows(TestCount, "counts.tests", values)
        samples = await transaction.rows(SampleCount, "counts.samples", values)
    if max(len(tests), len(samples)) > _MOST_ROWS:
        raise ProblemError(_TOO_MANY)
    return Counts(first=since, last=until, tests=tests, samples=samples)
