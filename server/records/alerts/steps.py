"""The steps of an alert that people take: wire/life.py says which may follow which. Each is a row, a deed, and news.

Nothing is overwritten: what was taken back stays as a step, and so does the taking back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, Field
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.access.others import who_may
from server.database import Transaction
from server.problems import Kind, ProblemError
from server.records.alerts.held import Comment, Handed, Held, Measured, Person, Said, SignedFor, after, facts_of
from server.records.words import words_of
from storage import alerts, routing
from storage.alerts import Round
from storage.deeds import Deed
from wire import said as sentences
from wire.feed import ITEMS, AlertItem
from wire.life import CHANGES, MOVES, UNDO_S
from wire.terms import AlertAction, AlertState, Severity

__all__ = [
    "Comment",
    "Handed",
    "Measured",
    "Said",
    "SignedFor",
    "Step",
    "Taken",
    "add",
    "comment",
    "lock",
    "note",
    "take",
    "undo",
]

STEP = "alerts.step"
# Steps that subscribers may want to be told of.
_TOLD = frozenset({AlertAction.ACKNOWLEDGED, AlertAction.RESOLVED})
_NEWER = Kind(409, "newer-alert", "A newer alert tells of the same.", "已有新的预警包含同一事项。")
_WRONG_STATE = Kind(
    409, "wrong-state", "The alert is no longer in a state that allows this.", "该预警当前状态不允许此操作。"
)
_NOT_YOURS = Kind(
    409,
    "not-undoable",
    f"A step can be taken back by whoever took it, while it is the last one, for {UNDO_S:g} s.",
    f"只有本人可在 {UNDO_S:g} 秒内撤销自己的最后一步操作。",
)
_UNFIT = Kind(
    422,
    "unfit-assignee",
    "This account may not deal with alerts of this place.",
    "该账号无权处置此处的预警。",
)


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


class Locked(Held):
    """The alert as it is, held until the transaction ends."""

    id: UUID
    rule: str
    severity: Severity
    station: str
    device: str
    item: str
    sample: str
    commodity: str
    facts: Annotated[dict[str, Any], Field(default_factory=dict)]
    opened_at: AwareDatetime

    def held(self) -> Held:
        """Return the part of it that steps change."""
        return Held.model_validate(self.model_dump(include=set(Held.model_fields)))


@dataclass(frozen=True, slots=True)
class Taken:
    """A step in the making. `before`: the alert as it was, where the step changes its state and can be taken back."""

    action: AlertAction
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    before: Held | None = None


class _Clock(BaseModel):
    at: AwareDatetime


class _Change(BaseModel):
    """The last step that changed the state."""

    id: UUID
    at: AwareDatetime
    action: AlertAction
    actor: str
    account: UUID | None
    note: str
    facts: dict[str, Any]
    before: dict[str, Any] | None

    def is_of(self, caller: Caller) -> bool:
        """Return True when the caller took it; by the account, where there are accounts."""
        return (self.actor, self.account) == (caller.name, caller.account)


async def take(transaction: Transaction, caller: Caller, alert: UUID, state: AlertState, said: Said) -> None:
    """Move the alert to `state`. Raises ProblemError: 404, 422, or 409 unless this very step was the last one."""
    row, now = await lock(transaction, caller, alert), await _now(transaction)
    move = MOVES[state]
    person = await _person(transaction, caller, row, said)
    last = await _last(transaction, alert) if row.state is state else None
    if last and last.action is move.action and last.is_of(caller) and _same(said, last, row, person):
        return
    if row.state not in move.begins or (row.state is state and not _changes(said, row, person)):
        raise ProblemError(_WRONG_STATE)
    before = row.held()
    held = after(before, state, said, caller=caller, person=person, now=now)
    await _move(transaction, row, held)
    await _tell(transaction, row, state)
    await _write(transaction, caller, row, Taken(move.action, said.note, facts_of(held, said), before))


async def undo(transaction: Transaction, caller: Caller, alert: UUID, said: Said) -> None:
    """Take the last step back, if the caller took it a moment ago: the alert is as it was before. Raises ProblemError:
    404, 409."""
    row, now = await lock(transaction, caller, alert), await _now(transaction)
    last = await _last(transaction, alert)
    if last is None or last.before is None or not last.is_of(caller):
        raise ProblemError(_NOT_YOURS)
    if now - last.at > timedelta(seconds=UNDO_S):
        raise ProblemError(_NOT_YOURS)
    held = Held.model_validate(last.before)
    await _move(transaction, row, held)
    facts = {"undone": str(last.action), "step": str(last.id), "state": str(held.state)}
    await _tell(transaction, row, held.state)
    await _write(transaction, caller, row, Taken(AlertAction.UNDONE, said.note, facts))


async def comment(transaction: Transaction, caller: Caller, alert: UUID, said: Said) -> None:
    """Add words to an alert, whose state stays as it is. Raises ProblemError (404)."""
    await add(transaction, caller, alert, Taken(AlertAction.COMMENTED, said.note))


async def add(transaction: Transaction, caller: Caller, alert: UUID, taken: Taken) -> None:
    """Add a step that leaves the state as it is. Raises ProblemError (404)."""
    row = await lock(transaction, caller, alert)
    await _tell(transaction, row, row.state)
    await _write(transaction, caller, row, taken)


async def note(transaction: Transaction, alert: UUID, action: str, said: sentences.Said) -> None:
    """Note a step of the system's own, which changes no state but is seen."""
    row = await transaction.row(Locked, "alerts.lock", {"id": alert})
    if row is None:
        return
    values = {"step": uuid7(), "id": alert, "action": action, "actor": "", "account": None, "before": None}
    said_so = {"note": str(said), "code": said.code, "facts": Jsonb(said.facts)}
    await transaction.run("alerts.add_step", values | said_so)
    await _tell(transaction, row, row.state)


async def lock(transaction: Transaction, caller: Caller, alert: UUID) -> Locked:
    """Hold the alert until the transaction ends; before anything that names it is written. Raises ProblemError
    (404)."""
    row = await transaction.row(Locked, "alerts.lock", {"id": alert})
    if row is None or not caller.reach.has_station(row.station):
        raise words_of("alerts").not_found()
    return row


async def _now(transaction: Transaction) -> datetime:
    """Return the database's clock, after the lock: no step is earlier than the one before it."""
    row = await transaction.row(_Clock, "alerts.clock")
    assert row is not None, "a SELECT without FROM has one row"
    return row.at


async def _last(transaction: Transaction, alert: UUID) -> _Change | None:
    changes = [str(action) for action in CHANGES]
    return await transaction.row(_Change, "alerts.last_change", {"id": alert, "changes": changes})


async def _person(transaction: Transaction, caller: Caller, row: Locked, said: Said) -> Person:
    """Return whom the alert is handed to. Raises ProblemError (422) for an account that may not deal with it."""
    asked = said.assignee if isinstance(said, Handed) else None
    if asked is None or asked == caller.account:
        return Person(id=caller.account, name=caller.name)
    found = await who_may(transaction, STEP, row.station, asked)
    if not found:
        raise ProblemError(_UNFIT)
    return Person(id=found[0].id, name=found[0].name)


def _same(said: Said, last: _Change, row: Locked, person: Person) -> bool:
    """Return True when the step that is asked for says what the last one said. A time that is left out may be any."""
    measure = str(said.measure) if isinstance(said, Measured) and said.measure else None
    until = said.until if isinstance(said, SignedFor) else None
    is_until = until is None or until == row.acknowledged_until
    is_person = row.state is not AlertState.IN_PROGRESS or person == Person(id=row.assignee, name=row.assignee_name)
    destroyed_kg = said.destroyed_kg if isinstance(said, Measured) else None
    is_measure = last.facts.get("measure") == measure and last.facts.get("destroyed_kg") == destroyed_kg
    return is_until and is_person and last.note == said.note and is_measure


def _changes(said: Said, row: Locked, person: Person) -> bool:
    """Return True when a step to the state that the alert has already changes something."""
    if row.state is AlertState.IN_PROGRESS:
        return person != Person(id=row.assignee, name=row.assignee_name)
    return isinstance(said, SignedFor) and said.until is not None and said.until != row.acknowledged_until


async def _move(transaction: Transaction, row: Locked, held: Held) -> None:
    try:
        await transaction.run("alerts.move", {"id": row.id, **held.model_dump(), "state": str(held.state)})
    except UniqueViolation as exc:
        raise ProblemError(_NEWER) from exc


async def _write(transaction: Transaction, caller: Caller, row: Locked, taken: Taken) -> None:
    """Write the step and its deed."""
    step = {"step": uuid7(), "id": row.id, "action": str(taken.action), "note": taken.note, "code": ""}
    was = Jsonb(taken.before.model_dump(mode="json")) if taken.before else None
    who = {"actor": caller.name, "account": caller.account}
    await transaction.run("alerts.add_step", {**step, **who, "facts": Jsonb(taken.facts), "before": was})
    if taken.action in _TOLD:
        work = Round(await _now(transaction))
        await transaction.take(routing.route_step(work, row.id, str(taken.action)))
        await transaction.take(alerts.publish(work))
    facts = {"rule": row.rule, **taken.facts}
    await transaction.record(Deed(caller.actor, f"alert_{taken.action}", str(row.id), row.station, taken.note, facts))


async def note_void(transaction: Transaction, found: Sequence[UUID], event: UUID, actor: str, why: str) -> None:
    """Note that a result behind these alerts was declared void, and tell those who were told of them. The alerts stay
    as they are: a person resolves them."""
    for alert in found:
        row = await transaction.row(Locked, "alerts.lock", {"id": alert})
        if row is None:
            continue
        step = {"step": uuid7(), "id": alert, "event": event, "actor": actor, "note": why}
        await transaction.run("alerts.add_void", step)
        await _tell(transaction, row, row.state)
    work = Round(await _now(transaction))
    await transaction.take(routing.route_void(work, found))
    await transaction.take(alerts.publish(work))


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
