"""The last stages of a delivery: it is sent, and what came of it is recorded (server/delivery/stages.py has all)."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace

import structlog
from prometheus_client import Counter
from psycopg import OperationalError
from psycopg.types.json import Jsonb

from server.addresses import link_of
from server.database import Database, Transaction
from server.delivery import schedule
from server.delivery.channel import Attempt, Channel, Notice, Outcome, Recipient
from server.delivery.job import Decision, Due, Job, Occasion, Stage
from server.delivery.links import Links, Purpose
from server.delivery.receipts import Receipts
from server.delivery.schedule import Next
from server.delivery.standing import may_link
from server.delivery.texts.templates import Templates
from server.delivery.throttle import place
from server.records.alerts import steps
from server.settings import DeliverySettings
from storage.deeds import SYSTEM, Deed
from wire.said import Said

log = structlog.get_logger()
ATTEMPTS = Counter("shian_server_delivery_attempts_total", "Attempts to deliver an alert", ["outcome"])
FAILED = Counter("shian_server_deliveries_failed_total", "Deliveries that were given up", ["reason"])
_RECORD_AGAIN_S = 0.5


def send(
    channels: Mapping[str, Channel],
    public_url: str = "",
    links: Links | None = None,
    templates: Templates | None = None,
) -> Stage:
    """Make one attempt by the subscription's channel, which renders the alert as it stands now. A receiver refuses a
    signature whose time is far off: the time is the database's, like every other time of a delivery. `public_url`:
    where people reach the page; empty: messages have no links."""

    async def stage(job: Job) -> Job:
        if job.decision:
            return job
        due = job.due
        to = Recipient(due.address, due.secret, due.language)
        others = tuple(other.alert for other in job.others)
        link = link_of(public_url, due.alert.id)
        by = due.step.actor if due.step else ""
        answer = (
            await links.make(Purpose.ACKNOWLEDGE, due.id, due.now) if links and not others and may_link(due) else ""
        )
        why = due.step.note if due.step and due.occasion is Occasion.VOIDED else ""
        told = (link, answer, str(due.occasion), by, why)
        notice = Notice(str(due.id), due.alert, due.subscription_name, others, *told, templates)
        return replace(job, attempt=await channels[due.channel].send(to, notice, due.now))

    return stage


def record(db: Database, settings: DeliverySettings) -> Stage:
    """Record the receipt and the next step, in one transaction; receipts of several that arrived share one. Try again
    while the lease holds, for a receipt that is not written means that the alert is sent twice."""
    receipts = Receipts(db)

    async def stage(job: Job) -> Job:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.lease_s - settings.attempt_s
        while True:
            try:
                if job.has_arrived_alone:
                    await _arrived(receipts, job)
                else:
                    await _record(db, settings, job)
            except OperationalError as exc:
                if loop.time() > deadline:
                    raise
                log.warning("delivery_not_recorded", delivery=str(job.due.id), error=str(exc)[:200])
                await asyncio.sleep(_RECORD_AGAIN_S)
            else:
                return job

    return stage


async def _arrived(receipts: Receipts, job: Job) -> None:
    due, attempt = job.due, job.attempt
    assert attempt is not None, "it arrived"
    await receipts.keep({"id": due.id, "attempt": due.attempt, **_receipt(attempt, 0)})
    _count(due, attempt, Next("delivered"), str(attempt.outcome))


async def _record(db: Database, settings: DeliverySettings, job: Job) -> None:
    async with db.transaction() as transaction:
        if job.decision is Decision.HELD:
            await transaction.run("delivery.hold", _held(job.due, settings))
            if job.others:
                values = {"ids": [due.id for due in job.others], "longest_s": _longest_s(settings)}
                await transaction.run("delivery.put_back", values)
            return
        if job.decision:
            await _decide(transaction, job, job.decision)
        if job.decision and job.again_at:
            claim = {"id": job.due.id, "attempt": job.due.attempt}
            await transaction.run("delivery.postpone", {**claim, "until": job.again_at})
            log.info("delivery_put_off", delivery=str(job.due.id), reason=str(job.decision), until=str(job.again_at))
            return
        for due in (job.due, *job.others):
            await _record_one(transaction, settings, job, due)
        await _end_subscription(transaction, job)


async def _decide(transaction: Transaction, job: Job, decision: Decision) -> None:
    values = {"reason": str(decision), "until": job.again_at, "facts": Jsonb(dict(job.facts))}
    await transaction.run("delivery.decide", {"id": job.due.id, **values})


def _longest_s(settings: DeliverySettings) -> float:
    # Two servers may each believe that the other one's comes back first: so long at most it then lies.
    return 4 * settings.digest_s


def _held(due: Due, settings: DeliverySettings) -> dict[str, object]:
    pause = {"pause_s": settings.digest_s, "longest_s": _longest_s(settings)}
    return {"id": due.id, "attempt": due.attempt, "subscription": due.subscription, **pause}


async def _end_subscription(transaction: Transaction, job: Job) -> None:
    """Leave the address alone for as long as it asks, and end its subscription when nobody is there any more."""
    due, attempt = job.due, job.attempt
    if attempt and attempt.outcome is Outcome.THROTTLED and attempt.retry_after_s:
        await transaction.run("delivery.rest", {**place(due), "rest_s": attempt.retry_after_s})
    if attempt and attempt.outcome is Outcome.GONE:
        reason = str(attempt.outcome)
    elif job.decision is Decision.ACCOUNT_ENDED:
        reason = str(job.decision)
    else:
        return
    if await transaction.run("delivery.end_subscription", {"id": due.subscription, "reason": reason}):
        log.warning("subscription_ended", subscription=due.subscription_name, reason=reason)
        await transaction.record(Deed(SYSTEM, "subscription_ended", str(due.subscription), facts={"reason": reason}))


async def _record_one(transaction: Transaction, settings: DeliverySettings, job: Job, due: Due) -> None:
    attempt = job.attempt
    if attempt is None:
        what = Next("failed" if job.decision is None or job.decision.is_failure else "not_sent")
    else:
        jitter = random.random()  # noqa: S311 - jitter
        what = schedule.after(attempt, number=due.attempt, age_s=due.age_s, jitter=jitter, settings=settings)
    claim = {"id": due.id, "attempt": due.attempt}
    if attempt is not None:
        await transaction.run("delivery.receipt", {**claim, **_receipt(attempt, len(job.others))})
    held = {"is_held": bool(job.others)}
    is_ours = await transaction.run("delivery.finish", {**claim, **held, "state": what.state, "delay_s": what.delay_s})
    if not is_ours and what.state == "delivered":
        await transaction.run("delivery.delivered_late", {"ids": [due.id]})
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
    elif what.state == "not_sent":
        log.info("delivery_not_sent", **known, reason=reason)
    elif what.state == "failed":
        FAILED.labels(reason).inc()
        log.error("delivery_failed", **known, attempt=due.attempt, reason=reason)
    else:
        status = attempt.status if attempt else None
        log.warning("delivery_retried", **known, attempt=due.attempt, reason=reason, status=status, in_s=what.delay_s)
