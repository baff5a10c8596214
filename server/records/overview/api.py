"""The overview's own questions: the last hours, where tests fail most, and the map."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.areas import check_area
from server.records.days import Today, Zone
from server.records.overview.geo import areas_of
from server.records.overview.settings import MapSettings
from server.records.overview.worst import Failing, worst
from server.records.reports.figures import Span, figures_of, reach_values, titles_of

router = APIRouter(tags=["overview"])
_HOURS = 24
Reading = Annotated[Caller, need("counts.read")]


def map_settings() -> MapSettings:
    """Return the settings of the map; given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")


Mapping = Annotated[MapSettings, Depends(map_settings)]


class Hour(BaseModel):
    """One hour. `samples`: batches with a test in it; `tests`: item-tests."""

    hour: AwareDatetime
    samples: int
    tests: int
    tests_failed: int


class Hours(BaseModel):
    """Hours that have tests, of the last day: `since` is included, `until` is not."""

    since: AwareDatetime
    until: AwareDatetime
    items: list[Hour]


class Within(BaseModel):
    """Question about an area; without one, about all that the caller may see."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str | None, Field(max_length=200, description="a code of an area, with all areas below it")] = None


class Asked(Within):
    """Question for the worst of the last days, today included."""

    by: Literal["commodity", "item", "station"] = "commodity"
    days: Annotated[int, Field(ge=1, le=366)] = 30
    limit: Annotated[int, Field(ge=1, le=100)] = 6


class Worst(BaseModel):
    """Groups with failed batches (by item: batches with that item), those that surely fail most first."""

    items: list[Failing]


class DistrictMap(BaseModel):
    """Map of the district: its areas as GeoJSON features with the code `area`, and the address of tiles, if any."""

    areas: list[dict[str, Any]]
    tiles: str
    attribution: str


class _Now(BaseModel):
    at: AwareDatetime


@router.get("/overview/hours")
async def hours(db: Db, caller: Reading, asked: Annotated[Within, Query()]) -> Hours:
    """Count the tests of the last 24 hours by the hour."""
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        now = await transaction.row(_Now, "stations.now")
        assert now is not None, "a SELECT without FROM has one row"
        until = now.at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        since = until - timedelta(hours=_HOURS)
        values = {"since": since, "until": until, "reach": caller.reach.listed(), "area": asked.area}
        rows = await transaction.rows(Hour, "overview.hours", values)
    return Hours(since=since, until=until, items=rows)


@router.get("/overview/worst")
async def failing(db: Db, caller: Reading, zone: Zone, today: Today, asked: Annotated[Asked, Query()]) -> Worst:
    """Return where batches failed most in the last days, each with its denominator; from the sums of reports, which are
    some seconds behind."""
    span = Span(today - timedelta(days=asked.days - 1), today + timedelta(days=1), zone)
    async with db.transaction() as transaction:
        await check_area(transaction, asked)
        groups = await figures_of(transaction, asked.by, span, reach_values(caller.reach, None, asked.area))
        failed = [(name, figures) for name, figures in groups.items() if figures.failed]
        titles = await titles_of(transaction, asked.by, [name for name, _ in failed])
    return Worst(items=worst(failed, titles, asked.limit))


@router.get("/overview/map")
async def district_map(_: Annotated[Caller, need("stations.read")], settings: Mapping) -> DistrictMap:
    """Return the map of the district, as the settings have it."""
    areas = areas_of(settings.areas) if settings.areas else []
    return DistrictMap(areas=areas, tiles=settings.tiles, attribution=settings.attribution)
