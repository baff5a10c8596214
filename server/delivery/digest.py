"""The group: a digest of a day or a week is one message, however many alerts it tells of."""

from collections.abc import Sequence
from dataclasses import replace

from server.database import Database
from server.delivery.claims import gather
from server.delivery.job import Job, Stage
from server.settings import DeliverySettings

_MOST_TOGETHER = 500


def group(db: Database, settings: DeliverySettings, decisions: Sequence[Stage]) -> Stage:
    """Take along all that belongs to the same digest, but for what `decisions` say is not sent now."""

    async def stage(job: Job) -> Job:
        due = job.due
        if job.decision or not due.occasion.is_digest:
            return job
        values = {"id": due.id, "subscription": due.subscription, "occasion": str(due.occasion)}
        values |= {"edition": due.edition, "most": _MOST_TOGETHER, "lease_s": settings.lease_s}
        return replace(job, others=tuple(await gather(db, "delivery.gather_digest", values, decisions)))

    return stage
