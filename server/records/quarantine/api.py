"""Quarantine: messages that ingest refused, with the reason. Read only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import Paged, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest

router = APIRouter(tags=["quarantine"])


class Refused(BaseModel):
    """A message that was not taken in, or an event whose data is `not_understood` yet. Station, stream and sequence are
    what it claimed, where that could be read."""

    id: UUID
    received_at: AwareDatetime
    topic: str
    station: str
    stream: UUID | None
    sequence: int | None
    reason: str
    detail: str
    hash: Annotated[str, Field(description="sha256 of the message, hex")]
    size: Annotated[int, Field(description="of the message, in bytes")]
    is_cut: Annotated[bool, Field(description="only its beginning is kept: above the station's budget, or old")]
    released_at: Annotated[AwareDatetime | None, Field(description="when it was taken in after all")]


class Quarantine(Paged):
    """Filters of refused messages."""

    station: Word = None
    reason: Word = None
    is_released: Annotated[bool | None, Where("(released_at IS NOT NULL) = %({name})s")] = None


QUARANTINE = Listing(sql="quarantine.list", row=Refused, order=Newest("received_at", "id"), station="station")


@router.get("/quarantine")
async def list_quarantine(
    db: Db, caller: Annotated[Caller, need("quarantine.read")], asked: Annotated[Quarantine, Query()]
) -> Page[Refused]:
    """List refused messages, newest first."""
    return await QUARANTINE.page(db, caller.reach, asked)
