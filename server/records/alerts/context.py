"""The context of an alert: its tests with both verdicts, the limit that decided, the alerts that came before.

`LIKE` is the place where more joins: a way in which another alert is like this one is a line of it.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Reach
from server.database import Transaction, query
from wire.life import LATE_S
from wire.terms import AlertState, Comparison, Verdict

# The columns in which an alert of the same rule is like this one; one with an empty value is like no other.
LIKE: Mapping[str, tuple[str, ...]] = {
    "stall": ("station", "stall"),
    "food": ("commodity",),
    "supplier": ("supplier",),
    "device": ("station", "device"),
}
DAYS, _NAMED = 90, 5


class Limit(BaseModel):
    """Limit that decided, as it was when the alert was opened. It is violated when `value <comparison> limit` holds."""

    code: str
    comparison: Comparison
    value: float
    unit: str
    standard: str
    source: str


class Test(BaseModel):
    """Test behind the alert: the first, and those that joined it. `late_s`: how long after it was recorded it came,
    where that is more than five minutes."""

    event: UUID
    recorded_at: AwareDatetime
    received_at: AwareDatetime
    measured_at: AwareDatetime | None
    late_s: float | None
    value: float | None
    value_text: str
    unit: str
    verdict: Annotated[Verdict, Field(description="the effective one")]
    decided_verdict: Annotated[Verdict, Field(description="by the limit table")]
    device_verdict: Annotated[Verdict | None, Field(description="by the device itself")]
    decided_by: Annotated[str | None, Field(description="the limit's code")]
    operator: str
    is_retest: bool


class Before(BaseModel):
    """An earlier alert."""

    id: UUID
    opened_at: AwareDatetime
    state: AlertState
    station: str
    item: str
    commodity: str
    sample: str


class Earlier(BaseModel):
    """Earlier alerts of the same rule within 90 days that are like this one: how many, and the newest of them."""

    count: int
    items: list[Before]


class _Like(BaseModel):
    like: str
    count: int
    items: list[Before]


async def tests_of(transaction: Transaction, alert: UUID) -> list[Test]:
    """Return the tests of the alert, the first at the beginning."""
    return await transaction.rows(Test, "alerts.tests", {"id": alert, "late_s": LATE_S})


async def limit_of(transaction: Transaction, code: object, at: object) -> Limit | None:
    """Return the limit of this code as it was then; None: there was none."""
    return await transaction.row(Limit, "alerts.limit", {"code": code, "at": at}) if code else None


async def earlier_than(transaction: Transaction, reach: Reach, alert: BaseModel) -> dict[str, Earlier]:
    """Return the earlier alerts by the way in which they are like this one; ways that it has no value for are left
    out."""
    columns = {name: value for name, value in alert.model_dump().items() if isinstance(value, str)}
    ways = {way: names for way, names in LIKE.items() if all(columns[name] for name in names)}
    if not ways:
        return {}
    one = query("alerts.earlier").decode()
    sql = "\nUNION ALL\n".join(
        one.replace("{way}", way).replace("{like}", " AND ".join(f"b.{name} = %({name})s" for name in names))
        for way, names in ways.items()
    )
    values: dict[str, Any] = {**alert.model_dump(), "days": DAYS, "named": _NAMED, "reach": reach.listed()}
    rows = await transaction.select(_Like, sql.encode(), values)
    return {row.like: Earlier(count=row.count, items=row.items) for row in rows}
