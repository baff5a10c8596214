"""A delivery on its way through the stages of server/delivery/stages.py."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from server.delivery.channel import Attempt, Language, Outcome
from server.delivery.hours import Window
from server.delivery.message import AlertFacts
from storage import routing


class Occasion(StrEnum):
    """Occasion on which an alert is told."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    DAILY = "daily"
    WEEKLY = "weekly"
    VOIDED = routing.VOIDED  # nobody chooses it: told to those who were told of the alert

    @property
    def is_digest(self) -> bool:
        return self in (Occasion.DAILY, Occasion.WEEKLY)


class Grant(BaseModel):
    """Role of an account, in an area or (None) the whole district."""

    role: str
    area: str | None


class Owner(BaseModel):
    """Account that a subscription belongs to."""

    id: UUID
    name: str
    is_enabled: bool
    grants: list[Grant]


class Silence(BaseModel):
    """Silence that an alert falls into."""

    id: UUID
    reason: str
    by: str
    until: datetime


class Cause(BaseModel):
    """Alert that is the likely cause of another."""

    id: UUID
    rule: str


class LastStep(BaseModel):
    """Step that is told: who took it, with which words."""

    actor: str = ""
    note: str = ""
    facts: Annotated[dict[str, Any], Field(default_factory=dict)]


class Due(BaseModel):
    """A claimed delivery. `attempt` counts from 1; `now` is the database's clock when it was claimed; `was_held`: it
    waited to be told together with others; `was_postponed`: it was put off before; `areas`: of the alert's station and
    above."""

    id: UUID
    attempt: int
    now: datetime
    age_s: float
    late_s: float
    occasion: Occasion = Occasion.NEW
    edition: int = 0
    was_held: bool = False
    was_postponed: bool = False
    subscription: UUID
    subscription_name: str
    channel: str
    address: str
    secret: str | None
    language: Language = "zh"
    is_enabled: bool
    hours: tuple[Window, ...] = ()
    paused_until: datetime | None = None
    may_acknowledge: bool = False
    account: Owner | None = None
    areas: frozenset[str] = frozenset()
    silence: Silence | None = None
    cause: Cause | None = None
    step: LastStep | None = None
    alert: AlertFacts


class Decision(StrEnum):
    """Decision that a delivery is not sent, or not yet, by its reason (words: wire/words/routing.toml)."""

    DISABLED = "disabled"
    ACCOUNT_ENDED = "account_ended"
    EXHAUSTED = "exhausted"
    OUTSIDE_AREA = "outside_area"  # of the subscriber's account
    OVER = "over"  # the alert ended while it was put off
    PAUSED = "paused"
    OUTSIDE_HOURS = "outside_hours"
    INHIBITED = "inhibited"  # its cause is told already
    SILENCED = "silenced"
    HELD = "held"  # for some seconds: its receiver takes no more at the moment

    @property
    def is_failure(self) -> bool:
        """Return True when somebody should see that it was not sent."""
        return self in (Decision.DISABLED, Decision.ACCOUNT_ENDED, Decision.EXHAUSTED)


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery on its way through the stages. `others` go in the same message. `again_at`: when one that is not sent
    now is looked at again; None: it is not sent at all."""

    due: Due
    decision: Decision | None = None
    again_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    attempt: Attempt | None = None
    others: tuple[Due, ...] = ()

    @property
    def has_arrived_alone(self) -> bool:
        """Return True for one message that arrived, of which nothing more is to be said."""
        is_delivered = self.attempt is not None and self.attempt.outcome is Outcome.DELIVERED
        return is_delivered and self.decision is None and not self.others


Stage = Callable[[Job], Awaitable[Job]]
