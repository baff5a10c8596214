"""The way of one delivery, as one readable list of stages:

    (claimed by the worker) -> drop_disabled -> drop_exhausted -> send -> record

The route (which subscriptions want an alert) is decided in the alert's own transaction, so that an alert never exists
without its deliveries. A stage takes a job and gives it back with what it found; `decision` is a named reason why it
is not sent. Inhibit, silence, group and throttle will be stages here.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from prometheus_client import Counter
from psycopg import OperationalError
from pydantic import BaseModel

from server.database import Database
from server.delivery import schedule
from server.delivery.channel import Attempt, Channel, Notice, Recipient
from server.delivery.message import AlertFacts
from server.delivery.schedule import Next
from server.records.alerts import steps
from server.settings import DeliverySettings
from wire.said import Said

log = structlog.get_logger()
ATTEMPTS = Counter("shian_server_delivery_attempts_total", "Attempts to deliver an alert", ["outcome"])
FAILED = Counter("shian_server_deliveries_failed_total", "Deliveries that were given up", ["reason"])
_RECORD_AGAIN_S = 0.5


class Due(BaseModel):
    """A claimed delivery. `attempt` counts from 1; `now` is the database's clock when it was claimed."""

    id: UUID
    attempt: int
    now: datetime
    age_s: float
    late_s: float
    subscription: UUID
    subscription_name: str
    channel: str
    address: str
    secret: str | None
    is_enabled: bool
    alert: AlertFacts


class Decision(StrEnum):
    """Decision that a delivery is not sent, by its reason."""

    DISABLED = "disabled"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery on its way through the stages."""

    due: Due
    decision: Decision | None = None
    attempt: Attempt | None = None


Stage = Callable[[Job], Awaitable[Job]]


async def drop_disabled(job: Job) -> Job:
    """Drop a delivery whose subscription was disabled after the alert was routed."""
    return job if job.due.is_enabled else replace(job, decision=Decision.DISABLED)


def drop_exhausted(settings: DeliverySettings) -> Stage:
    """Drop a delivery whose attempts ended without a receipt, each time: whatever kills them must not go on for
    ever."""

    async def stage(job: Job) -> Job:
        is_exhausted = job.due.attempt > settings.max_attempts
        return replace(job, decision=job.decision or Decision.EXHAUSTED) if is_exhausted else job

    return stage


def send(channels: Mapping[str, Channel]) -> Stage:
    """Make one attempt by the subscription's channel, which renders the alert as it stands now. A receiver refuses a
    signature whose time is far off: the time is the database's, like every other time of a delivery."""

    async def stage(job: Job) -> Job:
        if job.decision:
            return job
        due = job.due
        to, notice = Recipient(due.address, due.secret), Notice(str(due.id), due.alert, due.subscription_name)
        return replace(job, attempt=await channels[due.channel].send(to, notice, due.now))

    return stage


def record(db: Database, settings: DeliverySettings) -> Stage:
    """Record the receipt and the next step, in one transaction. Try again while the lease holds, for a receipt that is
    not written means that the alert is sent twice."""

    async def stage(job: Job) -> Job:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.lease_s - settings.attempt_s
        while True:
            try:
                await _record(db, settings, job)
            except OperationalError as exc:
                if loop.time() > deadline:
                    raise
                log.warning("delivery_not_recorded", delivery=str(job.due.id), error=str(exc)[:200])
                await asyncio.sleep(_RECORD_AGAIN_S)
            else:
                return job

    return stage


async def _record(db: Database, settings: DeliverySettings, job: Job) -> None:
    due, attempt = job.due, job.attempt
    if attempt is None:
        what = Next("failed")
    else:
        jitter = random.random()  # noqa: S311 - jitter
        what = schedule.after(attempt, number=due.attempt, age_s=due.age_s, jitter=jitter, settings=settings)
    claim = {"id": due.id, "attempt": due.attempt}
    async with db.transaction() as transaction:
        if attempt is not None:
            await transaction.run(
                "delivery.receipt",
                {
                    **claim,
                    "outcome": str(attempt.outcome),
                    "status": attempt.status,
                    "detail": attempt.detail.replace("\0", ""),
                    "duration_ms": attempt.duration_ms,
                },
            )
        is_ours = await transaction.run("delivery.finish", {**claim, "state": what.state, "delay_s": what.delay_s})
        if not is_ours and what.state == "delivered":
            await transaction.run("delivery.delivered_late", claim)
        reason = str(job.decision or (attempt.outcome if attempt else ""))
        if is_ours and what.state == "failed":
            note = Said("not_delivered", subscription=due.subscription_name, reason=reason)
            await steps.note(transaction, due.alert.id, "delivery_failed", note)
    _count(job, what, reason)


def _count(job: Job, what: Next, reason: str) -> None:
    due, attempt = job.due, job.attempt
    known = {"delivery": str(due.id), "alert": str(due.alert.id), "subscription": due.subscription_name}
    if attempt is not None:
        ATTEMPTS.labels(str(attempt.outcome)).inc()
    if what.state == "delivered":
        log.info("alert_delivered", **known, attempt=due.attempt)
    elif what.state == "failed":
        FAILED.labels(reason).inc()
        log.error("delivery_failed", **known, attempt=due.attempt, reason=reason)
    else:
        status = attempt.status if attempt else None
        log.warning("delivery_retried", **known, attempt=due.attempt, reason=reason, status=status, in_s=what.delay_s)
