"""Counts by day, from the tables that ingest keeps: never a scan of results. Samples (batches) and item-tests apart."""

import base64
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.areas import check_area
from server.lists.orders import BAD_CURSOR
from server.problems import Kind, ProblemError
from server.records.days import Today
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Verdict

router = APIRouter(tags=["counts"])
_MOST_DAYS = 400
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
    next: Annotated[str | None, Field(description="give it back as `cursor` to go on; null: these were all")] = None


class _Place(BaseModel):
    """Place at which a page ended in both lists: the last group of each, as texts. None: at the beginning; (): all is
    told."""

    tests: tuple[str, str, str, str] | tuple[()] | None = None
    samples: tuple[str, str] | tuple[()] | None = None

    def encode(self) -> str | None:
        """Encode the place; None: both lists are all told."""
        if self.tests == () and self.samples == ():
            return None
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode()

    @classmethod
    def decode(cls, text: str | None) -> "_Place":
        """Decode a place. Raises ProblemError (422)."""
        if text is None:
            return cls()
        try:
            return cls.model_validate_json(base64.b64decode(text, altchars=b"-_", validate=True))
        except (ValidationError, ValueError) as exc:
            raise ProblemError(BAD_CURSOR) from exc


Group = TypeVar("Group", TestCount, SampleCount)


class Asked(BaseModel):
    """Question for counts. Both days are included; none: today."""

    model_config = ConfigDict(extra="forbid")

    first: Annotated[date | None, Field(alias="from", description="none: today")] = None
    last: Annotated[date | None, Field(alias="to", description="none: today")] = None
    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    area: Annotated[str | None, Field(max_length=200, description="a code of an area, with all below it")] = None
    item: Annotated[str | None, Field(max_length=200, description="item-tests of this item alone")] = None
    verdict: Annotated[Verdict | None, Field(description="item-tests with this verdict alone")] = None
    by: Annotated[list[Dimension] | None, Field(description="samples are grouped by day and station only")] = None
    limit: Annotated[int, Field(ge=1, le=20_000, description="groups a page, of each list")] = 20_000
    cursor: Annotated[str | None, Field(max_length=2000, description="`next` of the page before")] = None


@router.get("/counts")
async def count(
    db: Db, caller: Annotated[Caller, need("counts.read")], today: Today, asked: Annotated[Asked, Query()]
) -> Counts:
    """Count by day, station, item and verdict as asked with `by` (may be repeated), in the order of the groups."""
    since, until = asked.first or asked.last or today, asked.last or today
    if not 0 <= (until - since).days <= _MOST_DAYS:
        raise ProblemError(_BAD_RANGE)
    place = _Place.decode(asked.cursor)
    values = {
        "by": list(asked.by or ["day", "verdict"]),
        "first": since,
        "last": until,
        "station": asked.station,
        "area": asked.area,
        "reach": caller.reach.listed(),
        "item": asked.item,
        "verdict": asked.verdict,
        "limit": asked.limit + 1,
    }
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        tests: list[TestCount] = []
        samples: list[SampleCount] = []
        if place.tests != ():
            tests = await transaction.rows(TestCount, "counts.tests", {**values, "after": _texts(place.tests)})
        if place.samples != ():
            samples = await transaction.rows(SampleCount, "counts.samples", {**values, "after": _texts(place.samples)})
    tests, more_tests = _cut(tests, asked.limit)
    samples, more_samples = _cut(samples, asked.limit)
    after = _Place(tests=(), samples=())
    if more_tests:
        group = tests[-1]
        after.tests = _text(group.day), _text(group.station), _text(group.item), _text(group.verdict)
    if more_samples:
        after.samples = _text(samples[-1].day), _text(samples[-1].station)
    return Counts(first=since, last=until, tests=tests, samples=samples, next=after.encode())


def _cut(groups: list[Group], limit: int) -> tuple[list[Group], bool]:
    """Cut the page, and return whether more follow."""
    return groups[:limit], len(groups) > limit


def _texts(after: Sequence[str] | None) -> list[str] | None:
    return list(after) if after else None


def _text(part: date | str | None) -> str:
    return "" if part is None else str(part)
