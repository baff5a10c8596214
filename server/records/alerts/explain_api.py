"""An alert explained: the rule, the event, the values that the rule saw, who was told and why, who was not and why."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db
from server.records.alerts.rows import ALERTS
from server.records.words import words_of
from storage import explain
from storage.explain import Chosen, Explained, NotChosen
from wire.words import LEFT_OUT, NOT_SENT, Term

router = APIRouter()


class Words(BaseModel):
    """Words in both languages."""

    en: str
    zh: str

    @classmethod
    def of(cls, term: Term) -> "Words":
        """Return the words of a term."""
        return cls(en=term.en, zh=term.zh)


class WhyRule(BaseModel):
    """Rule that raised the alert, as it was then."""

    name: str
    title: Words
    source: Literal["system", "shipped", "own"]
    version: Annotated[int, Field(description="of an own rule, when it raised the alert")]
    written: Annotated[dict[str, Any] | None, Field(description="the rule as it was; null for one of the system")]
    since: Annotated[AwareDatetime | None, Field(description="from when on it was so")]


class WhyEvent(BaseModel):
    """Event behind the alert, and where in the ledger its bytes lie."""

    id: UUID
    type: str
    station: str
    device: str
    recorded_at: AwareDatetime
    received_at: AwareDatetime
    stream: UUID
    sequence: int


class AttemptShown(BaseModel):
    """Attempt with the receipt of the channel."""

    attempt: int
    at: AwareDatetime
    outcome: str
    status: int | None
    detail: str
    duration_ms: int
    remote_id: str
    code: str
    together: int


class DecidedShown(BaseModel):
    """Reason why a notice was not sent, or not yet. `until`: when it is looked at again; null: for good."""

    reason: str
    words: Words
    at: AwareDatetime
    last_at: AwareDatetime
    until: AwareDatetime | None
    facts: dict[str, Any]


class ChosenShown(BaseModel):
    """Subscription that was told, or is to be. `passed`: the filters that the alert passed; none: it wants all."""

    subscription: UUID
    name: str
    channel: str
    delivery: UUID
    occasion: Annotated[str, Field(description="new, acknowledged, resolved, escalated, daily, weekly, result_voided")]
    state: str
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    next_attempt_at: AwareDatetime
    late_s: Annotated[float, Field(description="between what happened and the news of it")]
    passed: list[str]
    attempts: list[AttemptShown]
    decisions: list[DecidedShown]


class LeftOut(BaseModel):
    """Filter of a subscription that left the alert out."""

    filter: str
    words: Words


class NotChosenShown(BaseModel):
    """Subscription that was not told of it, and why."""

    subscription: UUID
    name: str
    channel: str
    left_out_by: list[LeftOut]


class Explanation(BaseModel):
    """An alert explained. `seen`: the values that the rule looked at; `said`: the sentence that it was opened with."""

    alert: UUID
    severity: str
    state: str
    station: str
    device: str
    opened_at: AwareDatetime
    rule: WhyRule
    event: WhyEvent | None
    seen: dict[str, Any]
    said: str
    quiet_until: AwareDatetime | None
    chosen: list[ChosenShown]
    not_chosen: list[NotChosenShown]


@router.get("/alerts/{alert}/explanation")
async def explain_alert(db: Db, caller: Annotated[Caller, need("alerts.read")], alert: UUID) -> Explanation:
    """Explain one alert: which rule, which event, which values, who was told and why, who was not and why."""
    async with db.transaction() as transaction:
        if await ALERTS.one(transaction, caller.reach, alert) is None:
            raise words_of("alerts").not_found()
        found = await transaction.take(explain.explain(alert))
    if found is None:
        raise words_of("alerts").not_found()
    return shown(found, caller.reach)


def shown(found: Explained, reach: Reach) -> Explanation:
    """Return the explanation as the API says it. Whoever sees a part of the district sees the subscriptions of that
    part."""
    rule = found.rule
    return Explanation(
        alert=found.id,
        severity=found.severity,
        state=found.state,
        station=found.station,
        device=found.device,
        opened_at=found.opened_at,
        rule=WhyRule.model_validate({**rule._asdict(), "title": Words.of(rule.title)}),
        event=WhyEvent.model_validate(found.event._asdict()) if found.event else None,
        seen=dict(found.seen),
        said=found.said,
        quiet_until=found.quiet_until,
        chosen=[_chosen(one) for one in found.chosen],
        not_chosen=[_left_out(one) for one in found.not_chosen if _is_seen(reach, one)],
    )


def _chosen(one: Chosen) -> ChosenShown:
    decisions = [
        {**decided._asdict(), "words": Words.of(NOT_SENT.get(decided.reason, Term(decided.reason, decided.reason)))}
        for decided in one.decisions
    ]
    return ChosenShown.model_validate({**one._asdict(), "decisions": decisions})


def _left_out(one: NotChosen) -> NotChosenShown:
    filters = [LeftOut(filter=name, words=Words.of(LEFT_OUT.get(name, Term(name, name)))) for name in one.filters]
    return NotChosenShown(subscription=one.subscription, name=one.name, channel=one.channel, left_out_by=filters)


def _is_seen(reach: Reach, one: NotChosen) -> bool:
    if reach.is_everything:
        return True
    is_bounded = bool(one.areas or one.stations)
    return is_bounded and all(map(reach.has_area, one.areas)) and all(map(reach.has_station, one.stations))
