"""Quarantine: messages that ingest refused, with the reason; a person may let them be tried again, or set them aside.
The rows and their bytes stay."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import Paged, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.proposals.asking import Why
from storage.deeds import Deed
from wire.codec import Reason

router = APIRouter(tags=["quarantine"])
# What may be right at another time: the station is enrolled (again), the centre newer, the database whole.
RETRYABLE = [
    *(Reason.UNKNOWN_STATION, Reason.REVOKED_STATION, Reason.UNKNOWN_TYPE, Reason.NOT_AN_EVENT, Reason.NOT_STORABLE),
]


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
    decision: Annotated[
        Literal["", "release", "drop"], Field(description="of a person; empty again where a release was refused")
    ]
    decided_at: AwareDatetime | None
    decided_by: str
    decided_why: str
    may_release: Annotated[bool, Field(description="it may be tried again: all of it is here, and it can be right now")]
    may_drop: bool


class Quarantine(Paged):
    """Filters of refused messages."""

    station: Word = None
    reason: Word = None
    is_decided: Annotated[bool | None, Where("(decision <> '' OR released_at IS NOT NULL) = %({name})s")] = None
    is_released: Annotated[bool | None, Where("(released_at IS NOT NULL) = %({name})s")] = None


QUARANTINE = Listing(
    sql="quarantine.list",
    row=Refused,
    order=Newest("received_at", "id"),
    station="station",
    constants={"retryable": RETRYABLE},
)


class Decision(Why):
    """Decision about refused messages, with its reason."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    decision: Literal["release", "drop"]


class Decided(BaseModel):
    """Outcome: how many were decided on, and how many cannot be (any more), or are not there."""

    done: int
    failed: int


class _Touched(BaseModel):
    id: UUID
    station: str


@router.get("/quarantine")
async def list_quarantine(
    db: Db, caller: Annotated[Caller, need("quarantine.read")], asked: Annotated[Quarantine, Query()]
) -> Page[Refused]:
    """List refused messages, newest first."""
    return await QUARANTINE.page(db, caller.reach, asked)


@router.post("/quarantine/decide")
async def decide(db: Db, caller: Annotated[Caller, need("quarantine.decide")], asked: Decision) -> Decided:
    """Let refused messages be tried again (ingest does so within seconds), or set them aside for good."""
    ids = list(set(asked.ids))
    values: dict[str, object] = {"ids": ids, "decision": asked.decision, "by": caller.name, "why": asked.why}
    values |= {"reach": caller.reach.listed(), "retryable": RETRYABLE}
    action = "quarantine_released" if asked.decision == "release" else "quarantine_dropped"
    async with db.transaction() as transaction:
        touched = await transaction.rows(_Touched, "quarantine.decide", values)
        stations = sorted({one.station for one in touched})
        said = []
        for station in stations:
            own = [str(one.id) for one in touched if one.station == station]
            facts = {"messages": len(own), "ids": own}
            said.append(Deed(caller.actor, action, station or "-", station, asked.why, facts))
        await transaction.record(*said)
    return Decided(done=len(touched), failed=len(ids) - len(touched))
