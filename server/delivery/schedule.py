"""The time of a delivery's next try, or its end. Pure."""

from dataclasses import dataclass
from typing import Literal

from server.delivery.channel import Attempt, Outcome
from server.settings import DeliverySettings


@dataclass(frozen=True, slots=True)
class Next:
    """Next step of a delivery. `delay_s` counts from now, for one that waits."""

    state: Literal["waiting", "delivered", "failed", "not_sent"]
    delay_s: float = 0.0


def after(attempt: Attempt, *, number: int, age_s: float, jitter: float, settings: DeliverySettings) -> Next:
    """Return the next step after an attempt. `number`: of this attempt, from 1; `age_s`: of the delivery; `jitter`: 0
    to 1.

    The pause doubles from `retry_first_s` to `retry_longest_s`, less up to a half by jitter; Retry-After can only
    lengthen it, to `retry_longest_s` at most.
    """
    if attempt.outcome is Outcome.DELIVERED:
        return Next("delivered")
    if attempt.is_final:
        return Next("failed")
    pause = min(settings.retry_first_s * 2.0 ** min(number - 1, 30), settings.retry_longest_s) * (1 - jitter / 2)
    if attempt.retry_after_s is not None:
        pause = max(pause, min(attempt.retry_after_s, settings.retry_longest_s))
    if number >= settings.max_attempts or age_s + pause > settings.give_up_after_s:
        return Next("failed")
    return Next("waiting", pause)
