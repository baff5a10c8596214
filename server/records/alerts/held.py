"""The part of an alert that its steps change, and what each step makes of it. Pure."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from server.access.caller import Caller
from server.problems import Kind, ProblemError
from wire.life import LONGEST_S, USUAL_S
from wire.terms import AlertState, Measure

_BAD_UNTIL = Kind(
    422,
    "invalid-until",
    f"`until` must lie ahead, by {LONGEST_S / 86_400:g} days at most.",
    f"签收期限须在当前时间之后，且不超过 {LONGEST_S / 86_400:g} 天。",
)


class Said(BaseModel):
    """Words of the person who takes the step. The name is the account's."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str | None, Field(max_length=100, deprecated=True, description="of older programs; not looked at")
    ] = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")] = ""


class SignedFor(Said):
    """Words of the person who acknowledges an alert, and the time until which he looks after it."""

    until: Annotated[
        AwareDatetime | None, Field(description="then it is open again, if nothing is done; none: in four hours")
    ] = None


class Handed(Said):
    """Words of the person who begins to deal with an alert, or hands it to somebody."""

    assignee: Annotated[
        UUID | None, Field(description="an account that may take steps where the alert is; none: the caller")
    ] = None


class Measured(Said):
    """Words of the person who resolves an alert, and the measure that was taken."""

    measure: Measure | None = None
    destroyed_kg: Annotated[
        float | None, Field(gt=0, le=1_000_000, allow_inf_nan=False, description="with the measure `destroyed` alone")
    ] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.destroyed_kg is not None and self.measure is not Measure.DESTROYED:
            raise ValueError("a weight that was destroyed belongs to the measure `destroyed`")
        return self


class Comment(Said):
    """Words about an alert. They cannot be left out: an empty note is refused, the default as well."""

    note: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$"),
        Field(validate_default=True),
    ] = ""


class Held(BaseModel):
    """The part of an alert that steps change. `acknowledged_at`: when a person first took it in hand."""

    state: AlertState
    acknowledged_until: AwareDatetime | None = None
    assignee: UUID | None = None
    assignee_name: str = ""
    acknowledged_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    resolved_by: str | None = None


class Person(BaseModel):
    """Account that an alert is handed to; without an id the one of a server without accounts."""

    id: UUID | None
    name: str


def after(before: Held, state: AlertState, said: Said, *, caller: Caller, person: Person, now: datetime) -> Held:
    """Return the alert as a person's step to `state` leaves it. Raises ProblemError (422)."""
    taken_at = before.acknowledged_at or now
    match state:
        case AlertState.ACKNOWLEDGED:
            until = until_of(said, now)
            return Held(state=state, acknowledged_until=until, acknowledged_at=taken_at)
        case AlertState.IN_PROGRESS:
            return Held(state=state, assignee=person.id, assignee_name=person.name, acknowledged_at=taken_at)
        case AlertState.RESOLVED:
            ended = {"resolved_at": now, "resolved_by": caller.name, "acknowledged_at": taken_at}
            return before.model_copy(update={"state": state, "acknowledged_until": None, **ended})
        case AlertState.CLOSED:
            return before.model_copy(update={"state": state})
        case AlertState.OPEN:
            return Held(state=state, acknowledged_at=before.acknowledged_at)


def until_of(said: Said, now: datetime) -> datetime:
    """Return the time until which an alert is acknowledged. Raises ProblemError (422)."""
    asked = said.until if isinstance(said, SignedFor) else None
    if asked is None:
        return now + timedelta(seconds=USUAL_S)
    if not now < asked <= now + timedelta(seconds=LONGEST_S):
        raise ProblemError(_BAD_UNTIL)
    return asked


def facts_of(held: Held, said: Said) -> dict[str, Any]:
    """Return the facts that the step shows."""
    facts: dict[str, Any] = {}
    if isinstance(said, Measured) and said.measure:
        facts["measure"] = str(said.measure)
    if isinstance(said, Measured) and said.destroyed_kg is not None:
        facts["destroyed_kg"] = said.destroyed_kg
    if held.state is AlertState.ACKNOWLEDGED and held.acknowledged_until:
        facts["until"] = held.acknowledged_until.isoformat()
    if held.state is AlertState.IN_PROGRESS:
        facts["assignee"] = held.assignee_name
    return facts
