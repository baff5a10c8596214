"""Alerts: what is wrong, who looks after it, and whom it was sent to."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Database, Db, Transaction
from server.lists.export import A_FILE, Csv
from server.lists.filters import EQUAL, Area, Exported, Paged, Period, Station, Text, Where, Word
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.alerts import steps
from server.records.alerts.steps import Comment, Measured, Said, Step
from server.records.looks import Look
from server.records.words import words_of
from wire.terms import AlertState, Severity
from wire.words import RULES, SEVERITIES, STATES

router = APIRouter(tags=["alerts"])


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
    """Receipt of one attempt. A number that is missing: the server died in the middle of that attempt."""

    attempt: int
    at: AwareDatetime
    outcome: str
    status: int | None
    detail: str
    duration_ms: int
    remote_id: Annotated[str, Field(description="the message's name at the receiver, where it gives one")]
    code: Annotated[str, Field(description="the receiver's own error")]
    together: Annotated[int, Field(description="how many deliveries were told in this message")]


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


class AlertFilters(Period):
    """Filters of alerts. `from` <= opened_at < `to`; `state` may be repeated."""

    states: Annotated[
        list[AlertState] | None, Field(alias="state", max_length=4), Where("state = ANY(%({name})s::text[])")
    ] = None
    rule: Word = None
    severity: Annotated[Severity | None, EQUAL] = None
    station: Station = None
    area: Area = None
    item: Text = None
    commodity: Text = None
    sample: Text = None
    device: Text = None
    text: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="somewhere in the food, sample, item, device or station"),
        Where("strpos(lower(concat_ws(' ', commodity, sample, item, device, station)), lower(%({name})s)) > 0"),
    ] = None


class Alerts(AlertFilters, Paged):
    """A page of alerts."""


class AlertsFile(AlertFilters, Exported):
    """A file of alerts."""


ALERTS = Listing(
    sql="alerts.list",
    row=Alert,
    order=Newest("opened_at", "id"),
    station="a.station",
    csv=Csv("alerts", words_of("alerts").columns, {"rule": RULES, "severity": SEVERITIES, "state": STATES}),
)


@router.get("/alerts")
async def list_alerts(
    db: Db, caller: Annotated[Caller, need("alerts.read")], asked: Annotated[Alerts, Query()]
) -> Page[Alert]:
    """List alerts, the last opened first."""
    return await ALERTS.page(db, caller.reach, asked)


@router.get("/alerts.csv", response_class=StreamingResponse, responses=A_FILE)
async def export_alerts(
    db: Db, caller: Annotated[Caller, need("alerts.export")], look: Look, asked: Annotated[AlertsFile, Query()]
) -> StreamingResponse:
    """Export the same alerts as one CSV file; headings in `language`, else in that of Accept-Language."""
    return await ALERTS.file(db, caller, look, asked)


@router.get("/alerts/{alert}")
async def one_alert(db: Db, caller: Annotated[Caller, need("alerts.read")], alert: UUID) -> AlertInFull:
    """Return one alert with its steps, its deliveries and the receipt of every attempt."""
    async with db.transaction() as transaction:
        return await _in_full(transaction, caller.reach, alert)


@router.post("/alerts/{alert}/acknowledge")
async def acknowledge(db: Db, caller: Annotated[Caller, need("alerts.step")], alert: UUID, said: Said) -> AlertInFull:
    """Acknowledge an alert: somebody looks after it. Said again by the same person with the same note: nothing changes.
    Else 409."""
    return await _step(db, caller, alert, AlertState.ACKNOWLEDGED, said)


@router.post("/alerts/{alert}/resolve")
async def resolve(db: Db, caller: Annotated[Caller, need("alerts.step")], alert: UUID, said: Measured) -> AlertInFull:
    """Resolve an alert: it is dealt with, by the measure that was taken. Said again by the same person with the same
    words: nothing changes. Else 409."""
    return await _step(db, caller, alert, AlertState.RESOLVED, said)


@router.post("/alerts/{alert}/reopen")
async def reopen(db: Db, caller: Annotated[Caller, need("alerts.step")], alert: UUID, said: Said) -> AlertInFull:
    """Open a resolved alert again: it was not dealt with after all. Else 409, also where a newer alert tells of the
    same."""
    return await _step(db, caller, alert, AlertState.OPEN, said)


@router.post("/alerts/{alert}/comment")
async def comment(db: Db, caller: Annotated[Caller, need("alerts.step")], alert: UUID, said: Comment) -> AlertInFull:
    """Add words to an alert, whatever its state, which stays as it is."""
    async with db.transaction() as transaction:
        await steps.comment(transaction, caller, alert, said)
        return await _in_full(transaction, caller.reach, alert)


async def _step(db: Database, caller: Caller, alert: UUID, state: AlertState, said: Said) -> AlertInFull:
    async with db.transaction() as transaction:
        await steps.take(transaction, caller, alert, state, said)
        return await _in_full(transaction, caller.reach, alert)


async def _in_full(transaction: Transaction, reach: Reach, alert: UUID) -> AlertInFull:
    row = await ALERTS.one(transaction, reach, alert)
    if row is None:
        raise words_of("alerts").not_found()
    steps = await transaction.rows(Step, "alerts.steps", {"id": alert})
    deliveries = await transaction.rows(Delivery, "alerts.deliveries", {"id": alert})
    return AlertInFull(**row.model_dump(), steps=steps, deliveries=deliveries)
