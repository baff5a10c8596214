"""Claimed deliveries, with all that the stages ask about them."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from server.database import Database, Transaction, Values
from server.delivery.inhibit import inhibitions
from server.delivery.job import Due, Job, Stage


class _Claimed(BaseModel):
    id: UUID
    was_held: bool


async def claim(transaction: Transaction, name: str, values: Values) -> list[Due]:
    """Claim by the named query, and return what was claimed in full."""
    claimed: Sequence[_Claimed] = await transaction.rows(_Claimed, name, values)
    if not claimed:
        return []
    ids = {"ids": [one.id for one in claimed], "were_held": [one.was_held for one in claimed]}
    return await transaction.rows(Due, "delivery.in_full", {**ids, **inhibitions().values()})


async def gather(db: Database, name: str, values: Values, decisions: Sequence[Stage]) -> list[Due]:
    """Claim what goes along in one message by the named query, and return it in full. A job that must not be sent now,
    for its subscriber may see it no more or it is silenced, is let go: due at once, and decided on by itself."""
    async with db.transaction() as transaction:
        jobs = [Job(due) for due in await claim(transaction, name, values)]
        for stage in decisions:
            jobs = [await stage(job) for job in jobs]
        if apart := [job.due.id for job in jobs if job.decision]:
            await transaction.run("delivery.let_go", {"ids": apart})
    return [job.due for job in jobs if not job.decision]
