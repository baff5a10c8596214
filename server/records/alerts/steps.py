"""The steps of an alert that people take: open -> acknowledged -> resolved, open again, and comments. Each is a row, a
deed, and news."""

from typing import Annotated, Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.database import Transaction
from server.problems import Kind, ProblemError
from server.records.words import words_of
from storage.deeds import Deed
from wire import said as sentences
from wire.feed import ITEMS, AlertItem
from wire.terms import AlertState, Measure, Severity

_FROM: dict[AlertState, tuple[AlertState, ...]] = {
    AlertState.ACKNOWLEDGED: (AlertState.OPEN,),
    AlertState.RESOLVED: (AlertState.OPEN, AlertState.ACKNOWLEDGED),
    AlertState.OPEN: (AlertState.RESOLVED,),
}
_ACTIONS = {AlertState.OPEN: "reopened"}
_NEWER = Kind(409, "newer-alert", "A newer alert tells of the same.", "已有新的预警包含同一事项。")
_WRONG_STATE = Kind(
    409, "wrong-state", "The alert is no longer in a state that allows this.", "该预警当前状态不允许此操作。"
)


class Said(BaseModel):
    """Words of the person who takes the step. The name is the account's."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str | None, Field(max_length=100, deprecated=True, description="of older programs; not looked at")
    ] = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")] = ""


class Measured(Said):
    """Words of the person who resolves an alert, and the measure that was taken."""

    measure: Measure | None = None


class Comment(Said):
    """Words about an alert. They cannot be left out: an empty note is refused, the default as well."""

    note: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$"),
        Field(validate_default=True),
    ] = ""


class Step(BaseModel):
    """Step of an alert. No actor: the system, which says a `code` with `facts`; `note` is then its English."""

    id: UUID
    at: AwareDatetime
    action: str
    actor: str
    note: str
    code: Annotated[str, Field(description="a sentence of wire/words/steps.toml; empty: only `note` says something")]
    facts: dict[str, Any]
    event: UUID | None


class Locked(BaseModel):
    """The alert as it is, held until the transaction ends."""

    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    device: str
    item: str
    sample: str
    commodity: str
    facts: Annotated[dict[str, Any], Field(default_factory=dict)]
    opened_at: AwareDatetime


async def take(transaction: Transaction, caller: Caller, alert: UUID, state: AlertState, said: Said) -> None:
    """Move the alert to `state`. Raises ProblemError: 404, or 409 unless this very step was the last one."""
    row = await transaction.row(Locked, "alerts.lock", {"id": alert})
    if row is None or not caller.reach.has_station(row.station):
        raise words_of("alerts").not_found()
    action, facts = _ACTIONS.get(state, str(state)), _facts(said)
    if row.state is state:
        last = await transaction.row(Step, "alerts.last_step", {"id": alert, "action": action})
        if last and (last.actor, last.note, last.facts) == (caller.name, said.note, facts):
            return
    if row.state not in _FROM[state]:
        raise ProblemError(_WRONG_STATE)
    try:
        await transaction.run("alerts.move", {"id": alert, "state": str(state)})
    except UniqueViolation as exc:
        raise ProblemError(_NEWER) from exc
    await _add(transaction, caller, alert, action, said)
    await _tell(transaction, row, state)
    deed = Deed(caller.actor, f"alert_{action}", str(alert), row.station, said.note, {"rule": row.rule, **facts})
    await transaction.record(deed)


async def comment(transaction: Transaction, caller: Caller, alert: UUID, said: Said) -> None:
    """Add words to an alert, whose state stays as it is. Raises ProblemError (404)."""
    row = await transaction.row(Locked, "alerts.lock", {"id": alert})
    if row is None or not caller.reach.has_station(row.station):
        raise words_of("alerts").not_found()
    await _add(transaction, caller, alert, "commented", said)
    await _tell(transaction, row, row.state)
    await transaction.record(Deed(caller.actor, "alert_commented", str(alert), row.station, said.note))


async def _add(transaction: Transaction, caller: Caller, alert: UUID, action: str, said: Said) -> None:
    step = {"step": uuid7(), "id": alert, "action": action, "actor": caller.name, "note": said.note}
    await transaction.run("alerts.add_step", {**step, "code": "", "facts": Jsonb(_facts(said))})


def _facts(said: Said) -> dict[str, Any]:
    return {"measure": str(said.measure)} if isinstance(said, Measured) and said.measure else {}


async def note(transaction: Transaction, alert: UUID, action: str, said: sentences.Said) -> None:
    """Note a step of the system's own, which changes no state but is seen."""
    row = await transaction.row(Locked, "alerts.lock", {"id": alert})
    if row is None:
        return
    await transaction.run(
        "alerts.add_step",
        {
            "step": uuid7(),
            "id": alert,
            "action": action,
            "actor": "",
            "note": str(said),
            "code": said.code,
            "facts": Jsonb(said.facts),
        },
    )
    await _tell(transaction, row, row.state)


async def _tell(transaction: Transaction, row: Locked, state: AlertState) -> None:
    item = AlertItem(
        id=row.id,
        rule=row.rule,
        severity=row.severity,
        state=state,
        station=row.station,
        subject=" ".join(word for word in (row.commodity, row.sample, row.item) if word),
        opened_at=row.opened_at,
    )
    await transaction.run("feed.publish", {"items": ITEMS.dump_json((item,)).decode()})
    await transaction.run("feed.notify")
