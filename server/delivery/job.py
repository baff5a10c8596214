"""A delivery on its way through the stages of server/delivery/pipeline.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from server.delivery.channel import Attempt, Language
from server.delivery.message import AlertFacts


class Due(BaseModel):
    """A claimed delivery. `attempt` counts from 1; `now` is the database's clock when it was claimed; `was_held`: it
    waited to be told together with others."""

    id: UUID
    attempt: int
    now: datetime
    age_s: float
    late_s: float
    was_held: bool = False
    subscription: UUID
    subscription_name: str
    channel: str
    address: str
    secret: str | None
    language: Language = "zh"
    is_enabled: bool
    alert: AlertFacts


class Decision(StrEnum):
    """Decision that a delivery is not sent, by its reason."""

    DISABLED = "disabled"
    EXHAUSTED = "exhausted"
    HELD = "held"  # for some seconds: its receiver takes no more at the moment


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery on its way through the stages. `others` go in the same message."""

    due: Due
    decision: Decision | None = None
    attempt: Attempt | None = None
    others: tuple[Due, ...] = ()


Stage = Callable[[Job], Awaitable[Job]]
