"""How soon alerts were answered, and who was told when."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from server.database import Transaction
from server.records.reports.figures import Span
from wire.terms import Rule, Severity

# Of which alerts a report names every notice: those about food.
TOLD_RULES = (str(Rule.FAILED_TEST),)


class Response(BaseModel):
    """Alerts of one rule and severity, opened in the period. The times are of those that were answered: `signed` and
    `resolved` are their denominators."""

    rule: str
    severity: Severity
    alerts: int
    signed: int
    resolved: int
    sign_median_s: float | None
    sign_p90_s: float | None
    sign_longest_s: float | None
    resolve_median_s: float | None
    resolve_p90_s: float | None


class Told(BaseModel):
    """One notice of an alert; without `receiver`: nobody was told of it."""

    alert: UUID
    rule: str
    severity: Severity
    state: str
    station: str
    item: str
    commodity: str
    sample: str
    opened_at: AwareDatetime
    receiver: str
    channel: str
    delivery: Literal["", "waiting", "delivered", "failed"]
    told_at: AwareDatetime | None
    attempts: int
    signed_at: AwareDatetime | None
    signed_by: str


async def responses_of(transaction: Transaction, span: Span, values: Mapping[str, object]) -> list[Response]:
    """Return the response times of the alerts that were opened within the span."""
    return await transaction.rows(Response, "reports.responses", {**values, **span.values})


async def told_of(transaction: Transaction, span: Span, values: Mapping[str, object], limit: int) -> list[Told]:
    """Return the notices of the failed tests within the span, the newest first, one more than `limit` at most."""
    asked = {**values, **span.values, "rules": list(TOLD_RULES), "limit": limit + 1}
    return await transaction.rows(Told, "reports.told", asked)
