"""Areas: the tree that stations lie in, that roles are given for, and by which lists are filtered. Read only: they are
made by `shian area`."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import PagedByName
from server.lists.listing import Listing, Page
from server.lists.orders import ByName

router = APIRouter(tags=["areas"])


class Area(BaseModel):
    """Area, within the one of the code `parent`; null: at the top. `stations`: those that lie in it itself."""

    code: str
    parent: str | None
    name: str
    name_en: str
    stations: int


AREAS = Listing(
    sql="areas.list",
    row=Area,
    order=ByName(("code",)),
    station=None,
    within="code = ANY(%(reach_areas)s::text[])",
)


@router.get("/areas")
async def list_areas(
    db: Db, caller: Annotated[Caller, need("stations.read")], asked: Annotated[PagedByName, Query()]
) -> Page[Area]:
    """List the areas that one may see, by code."""
    return await AREAS.page(db, caller.reach, asked)
