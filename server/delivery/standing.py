"""The stages that decide from what is known of a delivery whether it is sent now, later, or not at all. No I/O.

A delivery that is put off is looked at again, and sent when the alert still goes on: nothing is lost by a pause, by
hours, by a silence or by a cause that was told first.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from server.access.table import ACCOUNT, table
from server.delivery.hours import next_opening
from server.delivery.job import Decision, Due, Job, Occasion, Owner, Stage
from server.settings import DeliverySettings
from server.working_days import WorkingDays
from wire.terms import AlertState

_LOOK_AGAIN = timedelta(seconds=30)
_SEE, _STEP = "alerts.read", "alerts.step"
_ENDED = frozenset({"resolved", "closed"})
_STEPS = frozenset({Occasion.ACKNOWLEDGED, Occasion.RESOLVED})


def _stage(decide: Callable[[Job], Job]) -> Stage:
    async def stage(job: Job) -> Job:
        return job if job.decision else decide(job)

    return stage


@_stage
def drop_disabled(job: Job) -> Job:
    """Drop a delivery whose subscription was disabled after the alert was routed."""
    return job if job.due.is_enabled else replace(job, decision=Decision.DISABLED)


@_stage
def drop_ended(job: Job) -> Job:
    """Drop a delivery to somebody whose account has ended."""
    owner = job.due.account
    return job if owner is None or owner.is_enabled else replace(job, decision=Decision.ACCOUNT_ENDED)


@_stage
def drop_outside(job: Job) -> Job:
    """Drop a delivery of what the subscriber may no longer see: his account was given other areas or roles."""
    owner = job.due.account
    if owner is None or reaches(owner, _SEE, job.due.areas):
        return job
    return replace(job, decision=Decision.OUTSIDE_AREA)


def reaches(owner: Owner, permission: str, areas: frozenset[str]) -> bool:
    """Return True when the account has the permission at a station with these areas above it."""
    roles = table().permissions[permission].roles
    if ACCOUNT in roles:
        return True
    return any(grant.role in roles and (grant.area is None or grant.area in areas) for grant in owner.grants)


def drop_exhausted(settings: DeliverySettings) -> Stage:
    """Drop a delivery whose attempts ended without a receipt, each time: whatever kills them must not go on for
    ever."""

    @_stage
    def stage(job: Job) -> Job:
        is_exhausted = job.due.attempt > settings.max_attempts
        return replace(job, decision=Decision.EXHAUSTED) if is_exhausted else job

    return stage


@_stage
def drop_over(job: Job) -> Job:
    """Drop what was put off until the alert was over, and an escalation that somebody has answered."""
    due = job.due
    is_over = due.was_postponed and due.occasion is Occasion.NEW and due.alert.state in _ENDED
    is_answered = due.occasion is Occasion.ESCALATED and due.alert.state != AlertState.OPEN
    return replace(job, decision=Decision.OVER) if is_over or is_answered else job


@_stage
def pause(job: Job) -> Job:
    """Put off what comes while the subscriber has paused. Whoever is on duty is told nevertheless."""
    due = job.due
    if due.occasion is Occasion.ESCALATED or due.paused_until is None or due.paused_until <= due.now:
        return job
    return replace(job, decision=Decision.PAUSED, again_at=due.paused_until, facts={"id": str(due.subscription)})


def keep_hours(zone: ZoneInfo, calendar: WorkingDays) -> Stage:
    """Put off until the hours of the subscription begin. Digests and escalations have hours of their own."""

    @_stage
    def stage(job: Job) -> Job:
        due = job.due
        if due.occasion is Occasion.ESCALATED or due.occasion.is_digest:
            return job
        opening = next_opening(due.hours, due.now, zone, calendar)
        if opening == due.now:
            return job
        return replace(job, decision=Decision.OUTSIDE_HOURS, again_at=opening)

    return stage


@_stage
def inhibit(job: Job) -> Job:
    """Put off what has a cause that is told already (inhibit.toml)."""
    due = job.due
    if due.cause is None or due.occasion is not Occasion.NEW:
        return job
    facts = {"id": str(due.cause.id), "rule": due.cause.rule}
    return replace(job, decision=Decision.INHIBITED, again_at=due.now + _LOOK_AGAIN, facts=facts)


@_stage
def silence(job: Job) -> Job:
    """Put off until the silence ends. The steps of a silenced alert are not told at all."""
    due = job.due
    if due.silence is None or due.occasion is Occasion.ESCALATED or due.occasion.is_digest:
        return job
    facts = {"id": str(due.silence.id), "reason": due.silence.reason, "by": due.silence.by}
    until = None if due.occasion in _STEPS else due.silence.until
    return replace(job, decision=Decision.SILENCED, again_at=until, facts=facts)


def may_answer(due: Due) -> bool:
    """Return True when the reader of this delivery may acknowledge its alert now."""
    if not due.is_enabled or not due.may_acknowledge:
        return False
    owner = due.account
    return owner is None or (owner.is_enabled and reaches(owner, _STEP, due.areas))


def may_link(due: Due) -> bool:
    """Return True when a message of this delivery has a link by which its alert is acknowledged."""
    return due.alert.state == AlertState.OPEN and not due.occasion.is_digest and may_answer(due)
