"""Deeds that wait for a second account, and what was decided about them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.lists.filters import EQUAL, Paged, Period, Station, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.limits.changing import ADD, END
from server.records.proposals import deciding
from server.records.proposals.asking import Deedable, Why
from server.records.results.voiding import VOID
from server.records.stations.revoking import RETIRE, REVOKE
from server.records.words import words_of

router = APIRouter(prefix="/proposals", tags=["proposals"])
KNOWN: dict[str, Deedable] = {deed.action: deed for deed in (VOID, ADD, END, REVOKE, RETIRE)}
State = Literal["waiting", "confirmed", "rejected", "withdrawn", "ended"]


class Proposal(BaseModel):
    """Deed that somebody asked for, and the decision of another account."""

    id: UUID
    action: Annotated[str, Field(description="of the deed: a word of wire/words/deeds.toml")]
    subject: str
    station: Annotated[str, Field(description="the one that it is about; empty: the whole district")]
    why: str
    facts: dict[str, Any]
    state: State
    asked_by: str
    asked_at: AwareDatetime
    ends_at: Annotated[AwareDatetime, Field(description="undecided until then, it must be asked for again")]
    decided_by: str
    decided_at: AwareDatetime | None
    decided_why: str
    is_mine: Annotated[bool | None, Field(description="I asked for it, so another account decides")]


class Proposals(Period, Paged):
    """Filters of proposals. `from` <= asked_at < `to`; `state` may be repeated."""

    states: Annotated[
        list[State] | None,
        Field(alias="state", max_length=5),
        Where("CASE WHEN state = 'waiting' AND ends_at <= now() THEN 'ended' ELSE state END = ANY(%({name})s::text[])"),
    ] = None
    action: Word = None
    subject: Annotated[str | None, Field(max_length=400), EQUAL] = None
    station: Station = None


PROPOSALS = Listing(sql="proposals.list", row=Proposal, order=Newest("asked_at", "id"), station="station")


@router.get("")
async def list_proposals(
    db: Db, caller: Annotated[Caller, need("proposals.read")], asked: Annotated[Proposals, Query()]
) -> Page[Proposal]:
    """List what was asked for, the newest first."""
    return await PROPOSALS.page(db, caller.reach, asked, {"me": caller.account})


@router.get("/{proposal}")
async def one_proposal(db: Db, caller: Annotated[Caller, need("proposals.read")], proposal: UUID) -> Proposal:
    """Return what was asked for, and the decision."""
    async with db.transaction() as transaction:
        return await _one(transaction, caller, proposal)


@router.post("/{proposal}/confirm")
async def confirm(db: Db, caller: Annotated[Caller, need("proposals.decide")], proposal: UUID, said: Why) -> Proposal:
    """Confirm what another account asked for: it is done now. Needs the permission to ask for it as well."""
    async with db.transaction() as transaction:
        await deciding.confirm(transaction, caller, KNOWN, proposal, said.why)
        return await _one(transaction, caller, proposal)


@router.post("/{proposal}/reject")
async def reject(db: Db, caller: Annotated[Caller, need("proposals.decide")], proposal: UUID, said: Why) -> Proposal:
    """Reject what another account asked for. Needs the permission to ask for it as well."""
    async with db.transaction() as transaction:
        await deciding.reject(transaction, caller, KNOWN, proposal, said.why)
        return await _one(transaction, caller, proposal)


@router.post("/{proposal}/withdraw")
async def withdraw(db: Db, caller: Annotated[Caller, need("proposals.decide")], proposal: UUID, said: Why) -> Proposal:
    """Withdraw what one asked for oneself."""
    async with db.transaction() as transaction:
        await deciding.withdraw(transaction, caller, proposal, said.why)
        return await _one(transaction, caller, proposal)


async def _one(transaction: Transaction, caller: Caller, proposal: UUID) -> Proposal:
    row = await PROPOSALS.one(transaction, caller.reach, proposal, {"me": caller.account})
    if row is None:
        raise words_of("proposals").not_found()
    return row
