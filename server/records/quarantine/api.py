"""Quarantine: what ingest refused, and why. Read only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.database import Db
from server.lists.pages import Key, Page, PageAsked

router = APIRouter(tags=["quarantine"])


class Refused(BaseModel):
    """A message that was not taken in. Station, stream and sequence are what it claimed, where that could be read."""

    id: UUID
    received_at: AwareDatetime
    topic: str
    station: str
    stream: UUID | None
    sequence: int | None
    reason: str
    detail: str
    hash: Annotated[str, Field(description="sha256 of the message, hex")]
    size: Annotated[int, Field(description="bytes")]
    released_at: Annotated[AwareDatetime | None, Field(description="when it was taken in after all")]


@router.get("/quarantine")
async def list_quarantine(
    db: Db,
    asked: PageAsked,
    station: Annotated[str | None, Query(max_length=64)] = None,
    reason: Annotated[str | None, Query(max_length=64)] = None,
    is_released: bool | None = None,
) -> Page[Refused]:
    """What was refused, newest first."""
    values = {"station": station, "reason": reason, "is_released": is_released, **asked.parameters()}
    rows = await db.rows(Refused, "quarantine.list", values)
    return asked.page(rows, lambda it: Key(it.received_at, it.id))
