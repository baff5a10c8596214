"""The throttle: no more messages to one address than its receiver takes, and nothing left out by that.

Three quarters of a rate are for alerts one by one. Above it, what waits is held for some seconds and told in one
message, which the last quarter is kept for. The turns that were taken stand in the database, so that all servers share
them; an address is kept as its hash, for a robot's address is a key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.database import Database
from server.delivery.channel import Rate
from server.delivery.claims import gather
from server.delivery.job import Decision, Due, Job, Stage
from server.settings import DeliverySettings

_MOST_TOGETHER = 500
_RANK = {"critical": 0, "warning": 1}


def throttle(
    db: Database, rates: Mapping[str, Rate | None], settings: DeliverySettings, decisions: Sequence[Stage]
) -> Stage:
    """Take a turn for the delivery: alone, or with all that is held, but for what `decisions` say is not sent now.
    Without a turn it is held."""

    async def stage(job: Job) -> Job:
        rate = rates.get(job.due.channel)
        if job.decision or rate is None:
            return job
        if job.due.occasion.is_digest:  # one message as it is
            is_ours = await _take(db, job.due, rate, rate.most, digest_s=0.0)
            return job if is_ours else replace(job, decision=Decision.HELD)
        alone = max(1, rate.most - rate.most // 4)
        if not job.due.was_held and await _take(db, job.due, rate, alone, digest_s=0.0):
            return job
        if job.due.was_held and await _take(db, job.due, rate, rate.most, digest_s=settings.digest_s):
            values: dict[str, object] = {"id": job.due.id, "subscription": job.due.subscription}
            values |= {"most": _MOST_TOGETHER, "lease_s": settings.lease_s}
            return _together(job, await gather(db, "delivery.gather", values, decisions))
        return replace(job, decision=Decision.HELD)

    return stage


async def _take(db: Database, due: Due, rate: Rate, most: int, *, digest_s: float) -> bool:
    values = {**place(due), "window_s": rate.window_s, "most": most, "digest_s": digest_s}
    async with db.transaction() as transaction:
        return bool(await transaction.run("delivery.take_turn", values))


def _together(job: Job, others: list[Due]) -> Job:
    """Return the job with all of them, the most severe and the oldest first."""
    first, *rest = sorted(
        (job.due, *others), key=lambda due: (_RANK.get(due.alert.severity, 2), due.alert.opened_at, due.id)
    )
    return replace(job, due=first, others=tuple(rest))


def place(due: Due) -> dict[str, str]:
    """Return the key of the turns of a delivery's address."""
    return {"channel": due.channel, "address": hashlib.sha256(due.address.encode()).hexdigest()}
