"""The list of alerts: its rows, its filters, and one alert with everything that happened to it."""

from operator import attrgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Reach
from server.addresses import page_of
from server.database import Transaction
from server.lists.export import Csv
from server.lists.filters import EQUAL, Area, Exported, Paged, Period, Station, Text, Where, Word
from server.lists.listing import Listing
from server.lists.orders import Column, Newest, Sorted
from server.records.alerts.context import Earlier, Limit, Test, earlier_than, limit_of, tests_of
from server.records.alerts.objection import Objection, objection_of
from server.records.alerts.steps import Step
from server.records.alerts.todo import todo_of
from server.records.rules.titles import words_of_file
from server.records.words import words_of
from wire.life import LATE_S
from wire.terms import AlertState, Severity
from wire.words import SEVERITIES, STATES


class Alert(BaseModel):
    """One alert. `facts` are the rule's own; `waiting`, `failed`, `delivered` count its deliveries."""

    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    device: str
    item: str
    sample: str
    commodity: str
    stall: str
    vendor: str
    supplier: str
    event: Annotated[UUID | None, Field(description="the first event behind it")]
    facts: dict[str, Any]
    caused_at: Annotated[
        AwareDatetime | None, Field(description="when its cause came, by the station; none: the news said none")
    ]
    late_s: Annotated[
        float | None, Field(description="how long after its cause it was opened, where that is more than five minutes")
    ]
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    acknowledged_at: Annotated[AwareDatetime | None, Field(description="when a person first took it in hand")]
    acknowledged_until: Annotated[AwareDatetime | None, Field(description="then it is open again, if nothing is done")]
    assignee: Annotated[UUID | None, Field(description="the account that deals with it")]
    assignee_name: str
    resolved_at: AwareDatetime | None
    resolved_by: Annotated[str | None, Field(description="empty: the system; none: it is not resolved")]
    waiting: Annotated[int, Field(description="deliveries still on their way")]
    failed: Annotated[int, Field(description="deliveries that were given up")]
    delivered: int
    voided: Annotated[int, Field(description="results behind it that were declared void")]


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


class Attachment(BaseModel):
    """A file that somebody added: GET /api/v1/alerts/{alert}/attachments/{hash}."""

    hash: str
    name: str
    type: str
    size: int
    at: AwareDatetime
    actor: str


class AlertInFull(Alert):
    """One alert with everything that a person needs, and everything that happened to it."""

    link: Annotated[str, Field(description="where people see it, below the address of the server")]
    todo: Annotated[str, Field(description="what to do now: a code of wire/words/todo.toml; empty: nothing")]
    objection: Annotated[
        Objection | None, Field(description="the vendor's time for an objection; null: not of a failed test")
    ]
    limit: Annotated[Limit | None, Field(description="the limit that decided about the first test")]
    tests: Annotated[list[Test], Field(description="the first test, and those that joined it: the retests so far")]
    earlier: Annotated[
        dict[str, Earlier], Field(description="earlier alerts of the same `stall`, `food`, `supplier`, `device`")
    ]
    steps: list[Step]
    attachments: list[Attachment]
    deliveries: list[Delivery]


class AlertFilters(Period):
    """Filters of alerts. `from` <= opened_at < `to`; `state` may be repeated."""

    states: Annotated[
        list[AlertState] | None,
        Field(alias="state", max_length=len(AlertState)),
        Where("state = ANY(%({name})s::text[])"),
    ] = None
    rule: Word = None
    severity: Annotated[Severity | None, EQUAL] = None
    station: Station = None
    area: Area = None
    item: Text = None
    commodity: Text = None
    sample: Text = None
    device: Text = None
    assignee: Annotated[UUID | None, EQUAL] = None
    text: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="somewhere in the food, sample, stall, vendor, supplier, lot, item, device or station",
        ),
        Where("strpos(said, lower(%({name})s)) > 0"),
    ] = None


class Alerts(AlertFilters, Paged):
    """A page of alerts. `sort`: `newest` opened first, `oldest`, the last `updated` first, or the most `urgent`: the
    oldest of the worst."""

    sort: Literal["newest", "oldest", "updated", "urgent"] = "newest"


class AlertsFile(AlertFilters, Exported):
    """A file of alerts."""


_OPENED, _ID = Column("opened_at", attrgetter("opened_at")), Column("id", attrgetter("id"))
_UPDATED = Column("updated_at", attrgetter("updated_at"))
# As the column is generated in the database.
_RANK = Column("severity_rank", lambda row: list(Severity).index(row.severity))

ALERTS = Listing(
    sql="alerts.list",
    row=Alert,
    order=Newest("opened_at", "id"),
    station="a.station",
    constants={"late_s": LATE_S},
    orders=(
        Sorted("oldest", (_OPENED, _ID), "opened_at"),
        Sorted("updated", (_UPDATED, _ID), "opened_at", is_down=True),
        Sorted("urgent", (_RANK, _OPENED, _ID), "opened_at"),
    ),
    csv=Csv("alerts", words_of("alerts").columns, {"severity": SEVERITIES, "state": STATES}),
    own_words=words_of_file,
)


async def in_full(transaction: Transaction, reach: Reach, alert: UUID) -> AlertInFull:
    """Return one alert with everything that happened to it. Raises ProblemError (404)."""
    row = await ALERTS.one(transaction, reach, alert)
    if row is None:
        raise words_of("alerts").not_found()
    tests = await tests_of(transaction, alert) if row.event else []
    retests = [test.verdict for test in tests[1:]]
    steps = await transaction.rows(Step, "alerts.steps", {"id": alert})
    return AlertInFull(
        **row.model_dump(),
        link=page_of(alert),
        todo=todo_of(row.rule, row.state, retests),
        objection=objection_of(row.rule, [(step.code, step.facts) for step in steps]),
        limit=await limit_of(transaction, row.facts.get("decided_by"), row.opened_at),
        tests=tests,
        earlier=await earlier_than(transaction, reach, row),
        steps=steps,
        attachments=await transaction.rows(Attachment, "alerts.attachments", {"id": alert}),
        deliveries=await transaction.rows(Delivery, "alerts.deliveries", {"id": alert}),
    )
