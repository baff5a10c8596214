"""Alerts: what is wrong, who looks after it, and whom it was sent to."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from server.database import Database, Db, Transaction
from server.lists.pages import Key, Page, PageAsked
from server.problems import not_found
from server.records.alerts import steps
from server.records.alerts.steps import Said, Step
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import AlertState, Severity

router = APIRouter(prefix="/alerts", tags=["alerts"])


class Alert(BaseModel):
    """One alert. `facts` are the rule's own; the last three count its deliveries."""

    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    device: str
    item: str
    sample: str
    commodity: str
    event: Annotated[UUID | None, Field(description="the first event behind it")]
    facts: dict[str, Any]
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    waiting: Annotated[int, Field(description="deliveries still on their way")]
    failed: Annotated[int, Field(description="deliveries that were given up")]
    delivered: int


class Receipt(BaseModel):
    """What came of one attempt. A number that is missing: the server died in the middle of that attempt."""

    attempt: int
    at: AwareDatetime
    outcome: str
    status: int | None
    detail: str
    duration_ms: int


class Delivery(BaseModel):
    """An alert on its way to one subscription."""

    id: Annotated[UUID, Field(description="the webhook-id, the same at every attempt")]
    subscription: UUID
    name: str
    channel: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    next_attempt_at: AwareDatetime | None
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    receipts: list[Receipt]


class AlertInFull(Alert):
    """One alert with everything that happened to it."""

    steps: list[Step]
    deliveries: list[Delivery]


class Filter(BaseModel):
    """Which alerts. `from` <= opened_at < `to`; `state` may be repeated."""

    states: Annotated[list[AlertState] | None, Field(alias="state", max_length=4)] = None
    rule: Annotated[str | None, Field(max_length=64)] = None
    severity: Severity | None = None
    station: Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$")] = None
    item: Annotated[str | None, Field(max_length=200)] = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


@router.get("")
async def list_alerts(db: Db, asked: PageAsked, filters: Annotated[Filter, Query()]) -> Page[Alert]:
    """Alerts, the last opened first."""
    values = {"id": None, **filters.model_dump(), **asked.parameters()}
    rows = await db.rows(Alert, "alerts.list", values)
    return asked.page(rows, lambda it: Key(it.opened_at, it.id))


@router.get("/{alert}")
async def one_alert(db: Db, alert: UUID) -> AlertInFull:
    """One alert with its steps, its deliveries and the receipt of every attempt."""
    async with db.transaction() as transaction:
        return await _in_full(transaction, alert)


@router.post("/{alert}/acknowledge")
async def acknowledge(db: Db, alert: UUID, said: Said) -> AlertInFull:
    """Somebody looks after it. Said again by the same person with the same note: nothing changes. Else 409."""
    return await _step(db, alert, AlertState.ACKNOWLEDGED, said)


@router.post("/{alert}/resolve")
async def resolve(db: Db, alert: UUID, said: Said) -> AlertInFull:
    """It is dealt with. Said again by the same person with the same note: nothing changes. Else 409."""
    return await _step(db, alert, AlertState.RESOLVED, said)


async def _step(db: Database, alert: UUID, state: AlertState, said: Said) -> AlertInFull:
    async with db.transaction() as transaction:
        await steps.take(transaction, alert, state, said)
        return await _in_full(transaction, alert)


async def _in_full(transaction: Transaction, alert: UUID) -> AlertInFull:
    empty = dict.fromkeys(Filter.model_fields)
    values = {**empty, "id": alert, "after_at": None, "after_id": None, "limit": 1}
    row = await transaction.row(Alert, "alerts.list", values)
    if row is None:
        raise not_found("alert", "告警")
    steps = await transaction.rows(Step, "alerts.steps", {"id": alert})
    deliveries = await transaction.rows(Delivery, "alerts.deliveries", {"id": alert})
    return AlertInFull(**row.model_dump(), steps=steps, deliveries=deliveries)
