"""The day of today in the district. The database's clock says it, for ingest counts by that clock too: a server whose
own clock is a day off would show the empty counts of tomorrow."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends
from pydantic import AwareDatetime, BaseModel

from server.database import Db
from server.working_days import WorkingDays


class _Now(BaseModel):
    at: AwareDatetime


def zone() -> ZoneInfo:
    """Return the district's time zone; given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")


Zone = Annotated[ZoneInfo, Depends(zone)]


def calendar() -> WorkingDays:
    """Return the district's working days; given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")


Calendar = Annotated[WorkingDays, Depends(calendar)]


async def today(db: Db, zone: Zone) -> date:
    """Return today's date in the district's time zone."""
    row = await db.row(_Now, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    return row.at.astimezone(zone).date()


Today = Annotated[date, Depends(today)]
