"""The way of one delivery, as one readable list of stages:

    (claimed by the worker) -> drop_disabled -> drop_exhausted -> throttle -> send -> record

The route (which subscriptions want an alert) is decided in the alert's own transaction, so that an alert never exists
without its deliveries. A stage takes a job and gives it back with what it found; `decision` is a named reason why it
is not sent. The throttle (server/delivery/throttle.py) may put several deliveries into one message.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import structlog
from prometheus_client import Counter
from psycopg import OperationalError

from server.database import Database, Transaction
from server.delivery import schedule
from server.delivery.channel import Attempt, Channel, Notice, Outcome, Recipient
from server.delivery.job import Decision, Due, Job, Stage
from server.delivery.schedule import Next
from server.delivery.throttle import place
from server.records.alerts import steps
from server.settings import DeliverySettings
from storage.deeds import SYSTEM, Deed
from wire.said import Said

log = structlog.get_logger()
ATTEMPTS = Counter("shian_server_delivery_attempts_total", "Attempts to deliver an alert", ["outcome"])
FAILED = Counter("shian_server_deliveries_failed_total", "Deliveries that were given up", ["reason"])
_RECORD_AGAIN_S = 0.5


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


def send(channels: Mapping[str, Channel], public_url: str = "") -> Stage:
    """Make one attempt by the subscription's channel, which renders the alert as it stands now. A receiver refuses a
    signature whose time is far off: the time is the database's, like every other time of a delivery. `public_url`:
    where people reach the page; empty: messages have no links."""

    async def stage(job: Job) -> Job:
        if job.decision:
            return job
        due = job.due
        to = Recipient(due.address, due.secret, due.language)
        others = tuple(other.alert for other in job.others)
        notice = Notice(
            str(due.id), due.alert, due.subscription_name, others, link_of(due.alert.id) if public_url else ""
        )
        return replace(job, attempt=await channels[due.channel].send(to, notice, due.now))

    def link_of(alert: UUID) -> str:
        return f"{public_url.rstrip('/')}/#alert={alert}"

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
    async with db.transaction() as transaction:
        if job.decision is Decision.HELD:
            await transaction.run("delivery.hold", _held(job.due, settings))
            return
        for due in (job.due, *job.others):
            await _record_one(transaction, settings, job, due)
        if job.attempt is not None:
            await _record_for_address(transaction, job.due, job.attempt)


def _held(due: Due, settings: DeliverySettings) -> dict[str, object]:
    pause = {"pause_s": settings.digest_s, "longest_s": max(600.0, 4 * settings.digest_s)}
    return {"id": due.id, "attempt": due.attempt, "subscription": due.subscription, **pause}


async def _record_for_address(transaction: Transaction, due: Due, attempt: Attempt) -> None:
    """Leave the address alone for as long as it asks, and end its subscription when nobody is there any more."""
    if attempt.outcome is Outcome.THROTTLED and attempt.retry_after_s:
        await transaction.run("delivery.rest", {**place(due), "rest_s": attempt.retry_after_s})
    if attempt.outcome is Outcome.GONE and await transaction.run(
        "delivery.end_subscription", {"id": due.subscription, "reason": str(attempt.outcome)}
    ):
        log.warning("subscription_ended", subscription=due.subscription_name, reason=str(attempt.outcome))
        deed = Deed(SYSTEM, "subscription_ended", str(due.subscription), facts={"reason": str(attempt.outcome)})
        await transaction.record(deed)


async def _record_one(transaction: Transaction, settings: DeliverySettings, job: Job, due: Due) -> None:
    attempt = job.attempt
    if attempt is None:
        what = Next("failed")
    else:
        jitter = random.random()  # noqa: S311 - jitter
        what = schedule.after(attempt, number=due.attempt, age_s=due.age_s, jitter=jitter, settings=settings)
    claim = {"id": due.id, "attempt": due.attempt}
    if attempt is not None:
        await transaction.run("delivery.receipt", {**claim, **_receipt(attempt, len(job.others))})
    held = {"is_held": bool(job.others)}
    is_ours = await transaction.run("delivery.finish", {**claim, **held, "state": what.state, "delay_s": what.delay_s})
    if not is_ours and what.state == "delivered":
        await transaction.run("delivery.delivered_late", claim)
    reason = str(job.decision or (attempt.outcome if attempt else ""))
    if is_ours and what.state == "failed":
        note = Said("not_delivered", subscription=due.subscription_name, reason=reason)
        await steps.note(transaction, due.alert.id, "delivery_failed", note)
    _count(due, attempt, what, reason)


def _receipt(attempt: Attempt, others: int) -> dict[str, object]:
    return {
        "outcome": str(attempt.outcome),
        "status": attempt.status,
        "detail": attempt.detail.replace("\0", ""),
        "duration_ms": attempt.duration_ms,
        "remote_id": attempt.remote_id.replace("\0", ""),
        "code": attempt.code.replace("\0", ""),
        "together": others + 1,
    }


def _count(due: Due, attempt: Attempt | None, what: Next, reason: str) -> None:
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
