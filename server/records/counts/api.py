"""Counts by day, from the tables that ingest keeps: never a scan of results. Samples (batches) and item-tests apart."""

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.areas import check_area
from server.lists.orders import BAD_CURSOR
from server.problems import Kind, ProblemError
from server.records.days import Today, Zone
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Origin, Verdict

router = APIRouter(tags=["counts"])
_MOST_DAYS = 400
_BAD_RANGE = Kind(
    422,
    "invalid-range",
    f"`to` does not lie after `from`, or more than {_MOST_DAYS} days after it.",
    "日期范围无效或过长。",
    places=("query.to",),
)
Dimension = Literal["day", "month", "station", "area", "commodity", "item", "verdict"]


class TestCount(BaseModel):
    """Item-tests; a dimension that was not asked for is null."""

    day: date | None
    month: Annotated[str | None, Field(description="2026-03")]
    station: str | None
    area: str | None
    item: str | None
    verdict: str | None
    tests: int
    voided: Annotated[int, Field(description="of these, declared void since")]


class SampleCount(BaseModel):
    """Samples (batches); one with any failed item-test counts as failed."""

    day: date | None
    month: Annotated[str | None, Field(description="2026-03")]
    station: str | None
    area: str | None
    samples: int
    failed: int
    voided: Annotated[int, Field(description="of those that failed, by tests alone that were declared void since")]


class FoodCount(BaseModel):
    """Samples (batches) and item-tests of one food. A pass rate is passed / (passed + failed): others were not
    judged."""

    day: date | None
    month: Annotated[str | None, Field(description="2026-03")]
    station: str | None
    area: str | None
    commodity: Annotated[str, Field(description="the food, as its sample names it; empty: it names none")]
    samples: int
    passed: int
    failed: int
    tests: int
    tests_failed: int
    voided: Annotated[int, Field(description="of these item-tests, declared void since")]


class EnteredCount(BaseModel):
    """Item-tests that no analyzer brought: typed, or imported from a file. They are among the tests as well."""

    day: date
    station: str
    origin: Origin
    tests: int
    failed: int


class Counts(BaseModel):
    """Days are days of recording, in the district's time zone: from `first` to `last`, which are both counted.
    `entered`: on the first page. `foods`: where `commodity` is asked for; from the sums of reports, which are some
    seconds behind."""

    first: date
    last: date
    tests: list[TestCount]
    samples: list[SampleCount]
    entered: list[EnteredCount] = []
    foods: list[FoodCount] = []
    next: Annotated[str | None, Field(description="give it back as `cursor` to go on; null: these were all")] = None


class _Place(BaseModel):
    """Place at which a page ended in all lists: the last group of each, as texts. None: at the beginning; (): all is
    told."""

    tests: tuple[str, str, str, str, str, str] | tuple[()] | None = None
    samples: tuple[str, str, str, str] | tuple[()] | None = None
    foods: tuple[str, str, str, str, str] | tuple[()] | None = None

    def encode(self) -> str | None:
        """Encode the place; None: all lists are all told."""
        if self.tests == () and self.samples == () and self.foods == ():
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


Group = TypeVar("Group", TestCount, SampleCount, FoodCount)


class Asked(BaseModel):
    """Question for counts. `from` <= day < `to`; none: today alone, or all days until today."""

    model_config = ConfigDict(extra="forbid")

    first: Annotated[date | None, Field(alias="from", description="none: today")] = None
    until: Annotated[date | None, Field(alias="to", description="not counted; none: today is the last")] = None
    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    area: Annotated[str | None, Field(max_length=200, description="a code of an area, with all below it")] = None
    item: Annotated[str | None, Field(max_length=200, description="item-tests of this item alone")] = None
    verdict: Annotated[Verdict | None, Field(description="item-tests with this verdict alone")] = None
    commodity: Annotated[str | None, Field(max_length=200, description="of the foods, this one alone")] = None
    by: Annotated[
        list[Dimension] | None,
        Field(description="samples are grouped by day, month, station and area only; by commodity there are `foods`"),
    ] = None
    limit: Annotated[int, Field(ge=1, le=20_000, description="groups a page, of each list")] = 20_000
    cursor: Annotated[str | None, Field(max_length=4000, description="`next` of the page before")] = None

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day that are counted."""
        last = self.until - timedelta(days=1) if self.until and self.until > date.min else today
        return self.first or (last if self.until else today), last


@router.get("/counts")
async def count(
    db: Db, caller: Annotated[Caller, need("counts.read")], today: Today, zone: Zone, asked: Annotated[Asked, Query()]
) -> Counts:
    """Count by day, month, station, area, food, item and verdict as asked with `by` (may be repeated), in the order of
    the groups."""
    since, until = asked.days(today)
    if not 0 <= (until - since).days <= _MOST_DAYS:
        raise ProblemError(_BAD_RANGE)
    place = _Place.decode(asked.cursor)
    by = asked.by or ["day", "verdict"]
    values = {
        "by": list(by),
        "first": since,
        "last": until,
        "station": asked.station,
        "area": asked.area,
        "reach": caller.reach.listed(),
        "item": asked.item,
        "commodity": asked.commodity,
        "verdict": asked.verdict,
        "limit": asked.limit + 1,
    }
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        tests: list[TestCount] = []
        samples: list[SampleCount] = []
        entered: list[EnteredCount] = []
        foods: list[FoodCount] = []
        if asked.cursor is None:
            entered = await transaction.rows(EnteredCount, "counts.entered", {**values, "zone": zone.key})
        if place.tests != ():
            tests = await transaction.rows(TestCount, "counts.tests", {**values, "after": _texts(place.tests)})
        if place.samples != ():
            samples = await transaction.rows(SampleCount, "counts.samples", {**values, "after": _texts(place.samples)})
        if place.foods != () and "commodity" in by:
            foods = await transaction.rows(FoodCount, "counts.foods", {**values, "after": _texts(place.foods)})
    tests, more_tests = _cut(tests, asked.limit)
    samples, more_samples = _cut(samples, asked.limit)
    foods, more_foods = _cut(foods, asked.limit)
    after = _Place(tests=(), samples=(), foods=())
    if more_tests:
        group = tests[-1]
        after.tests = (*_of(group), _text(group.item), _text(group.verdict))
    if more_samples:
        after.samples = _of(samples[-1])
    if more_foods:
        after.foods = (*_of(foods[-1]), foods[-1].commodity)
    return Counts(
        first=since, last=until, tests=tests, samples=samples, entered=entered, foods=foods, next=after.encode()
    )


def _cut(groups: list[Group], limit: int) -> tuple[list[Group], bool]:
    """Cut the page, and return whether more follow."""
    return groups[:limit], len(groups) > limit


def _texts(after: Sequence[str] | None) -> list[str] | None:
    return list(after) if after else None


def _of(group: TestCount | SampleCount | FoodCount) -> tuple[str, str, str, str]:
    return _text(group.day), _text(group.month), _text(group.station), _text(group.area)


def _text(part: date | str | None) -> str:
    return "" if part is None else str(part)
