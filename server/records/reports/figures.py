"""The figures of a report: what was tested in a period and in its year, in groups, and how the rates are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from server.access.caller import Reach
from server.database import Transaction
from wire.words import ITEMS

By = Literal["station", "commodity", "item", "area"]
# Of fewer tests a rate says little: it is written with its denominator.
FEW = 30


class Figures(BaseModel):
    """Batches and item-tests of a group. A pass rate is passed / (passed + failed): others were not judged."""

    batches: int = 0
    passed: int = 0
    failed: Annotated[int, Field(description="batches with any failed item-test")] = 0
    tests: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    retests: Annotated[int, Field(description="those of `tests` that were marked as retests")] = 0
    stalls: Annotated[int | None, Field(description="different stalls that were named; by item: not counted")] = 0
    varieties: Annotated[int | None, Field(description="different foods; by food and item: not counted")] = 0
    destroyed: Annotated[int, Field(description="alerts of failed tests that were resolved by destroying")] = 0
    destroyed_kg: Annotated[float, Field(description="their weight, of those whose weight was said")] = 0


class Group(BaseModel):
    """One line of a report. `name`: the station, food, item or area; empty: tests that name none."""

    name: str
    title: str
    title_en: str
    period: Figures
    year: Figures


class _Counted(Figures):
    name: str


class _Number(BaseModel):
    name: str
    count: int


class _Destroyed(BaseModel):
    name: str
    destroyed: int
    destroyed_kg: float


class Titled(BaseModel):
    """Title of a station or an area."""

    name: str
    title: str
    title_en: str
    area: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a report: `first` is included, `until` is not. `since` and `before`: the instants at which they begin."""

    first: date
    until: date
    zone: ZoneInfo

    @property
    def values(self) -> dict[str, object]:
        """Return the span as the queries name it."""
        since, until = (datetime.combine(day, time(), self.zone) for day in (self.first, self.until))
        return {"first": self.first, "until_day": self.until, "since": since, "until": until}


async def figures_of(
    transaction: Transaction, by: By | Literal["total"], span: Span, values: Mapping[str, object]
) -> dict[str, Figures]:
    """Count what lies within a span, in groups; by `total` in one, whose name is empty."""
    asked = {**values, **span.values, "by": by, "kind": by if by in ("commodity", "item") else "station"}
    groups = {
        row.name: Figures.model_validate(row.model_dump(exclude={"name"}))
        for row in await transaction.rows(_Counted, "reports.parts", asked)
    }
    for what, without in (("stalls", {"item"}), ("varieties", {"item", "commodity"})):
        if by in without:
            for figures in groups.values():
                setattr(figures, what, None)
            continue
        for number in await transaction.rows(_Number, f"reports.{what}", asked):
            if number.name in groups:
                setattr(groups[number.name], what, number.count)
    for gone in await transaction.rows(_Destroyed, "reports.destroyed", asked):
        figures = groups.setdefault(gone.name, Figures())
        figures.destroyed, figures.destroyed_kg = gone.destroyed, round(gone.destroyed_kg, 3)
    return groups


async def titles_of(transaction: Transaction, by: By, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return what the groups are called, in Chinese and English."""
    if by == "item":
        return {name: (ITEMS[name].zh, ITEMS[name].en) if name in ITEMS else (name, name) for name in names}
    if by == "commodity":
        return {name: (name, name) for name in names}
    rows = await transaction.rows(Titled, "reports.titles" if by == "station" else "reports.areas")
    return {row.name: (row.title or row.name, row.title_en or row.title or row.name) for row in rows}


def rate(passed: int, failed: int) -> str:
    """Return a pass rate as people read it: none without a judged test, with its denominator where that is small."""
    judged = passed + failed
    if not judged:
        return "—"
    # Rounded down: 9,999 of 10,000 are not 100 %.
    text = f"{passed * 1000 // judged / 10:.1f} %"
    return f"{text} ({passed}/{judged})" if judged < FEW else text


def sorted_groups(groups: Mapping[str, Group]) -> list[Group]:
    """Return the groups, those with the most batches first."""
    return sorted(groups.values(), key=lambda one: (-one.period.batches, -one.year.batches, one.name))


def reach_values(reach: Reach, station: str | None, area: str | None) -> dict[str, object]:
    """Return the values by which every query of a report stays within reach."""
    return {"reach": reach.listed(), "station": station, "area": area}
