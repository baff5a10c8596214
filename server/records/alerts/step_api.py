"""The steps of alerts, one by one and many at once."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from server.access.caller import Caller
from server.access.need import need
from server.access.others import Colleague, who_may
from server.database import Database, Db
from server.problems import Problem, ProblemError, body_of, is_chinese
from server.records.alerts import steps
from server.records.alerts.rows import ALERTS, AlertInFull, in_full
from server.records.alerts.steps import STEP, Comment, Handed, Measured, Said, SignedFor
from server.records.words import words_of
from wire.life import MOVES, VERBS
from wire.terms import AlertState, Measure

router = APIRouter()
_MOST_AT_ONCE = 200
Stepping = Annotated[Caller, need(STEP)]


@router.post("/alerts/{alert}/acknowledge")
async def acknowledge(db: Db, caller: Stepping, alert: UUID, said: SignedFor) -> AlertInFull:
    """Acknowledge an alert until a time: somebody looks after it. If nothing is done until then, it is open again by
    itself. Said again by the same person with the same note: nothing changes. Else 409."""
    return await _step(db, caller, alert, AlertState.ACKNOWLEDGED, said)


@router.post("/alerts/{alert}/start")
async def start(db: Db, caller: Stepping, alert: UUID, said: Handed) -> AlertInFull:
    """Begin to deal with an alert, or hand it to somebody: an account that may take steps where the alert is, else
    422."""
    return await _step(db, caller, alert, AlertState.IN_PROGRESS, said)


@router.post("/alerts/{alert}/resolve")
async def resolve(db: Db, caller: Stepping, alert: UUID, said: Measured) -> AlertInFull:
    """Resolve an alert: it is dealt with, by the measure that was taken. Said again by the same person with the same
    words: nothing changes. Else 409."""
    return await _step(db, caller, alert, AlertState.RESOLVED, said)


@router.post("/alerts/{alert}/close")
async def close(db: Db, caller: Stepping, alert: UUID, said: Said) -> AlertInFull:
    """Close a resolved alert: nothing more is expected. Else 409."""
    return await _step(db, caller, alert, AlertState.CLOSED, said)


@router.post("/alerts/{alert}/reopen")
async def reopen(db: Db, caller: Stepping, alert: UUID, said: Said) -> AlertInFull:
    """Open a resolved or closed alert again: it was not dealt with after all. Else 409, also where a newer alert tells
    of the same."""
    return await _step(db, caller, alert, AlertState.OPEN, said)


@router.post("/alerts/{alert}/undo")
async def undo(db: Db, caller: Stepping, alert: UUID, said: Said) -> AlertInFull:
    """Take back the last step that changed the state, if the caller took it a moment ago. Both steps stay. Else 409."""
    async with db.transaction() as transaction:
        await steps.undo(transaction, caller, alert, said)
        return await in_full(transaction, caller.reach, alert)


@router.post("/alerts/{alert}/comment")
async def comment(db: Db, caller: Stepping, alert: UUID, said: Comment) -> AlertInFull:
    """Add words to an alert, whatever its state, which stays as it is."""
    async with db.transaction() as transaction:
        await steps.comment(transaction, caller, alert, said)
        return await in_full(transaction, caller.reach, alert)


class Colleagues(BaseModel):
    """Accounts that an alert can be handed to."""

    items: list[Colleague]


@router.get("/alerts/{alert}/assignees")
async def assignees(db: Db, caller: Stepping, alert: UUID) -> Colleagues:
    """List the accounts that may take steps where the alert is, by name."""
    async with db.transaction() as transaction:
        row = await ALERTS.one(transaction, caller.reach, alert)
        if row is None:
            raise words_of("alerts").not_found()
        return Colleagues(items=await who_may(transaction, STEP, row.station))


_MODELS: Mapping[str, type[Said]] = {
    **{move.verb: Said for move in MOVES.values()},
    "acknowledge": SignedFor,
    "start": Handed,
    "resolve": Measured,
    "comment": Comment,
    "undo": Said,
}


class ManySteps(BaseModel):
    """One step for many alerts. `note`, `until`, `assignee` and `measure` as in the step of one; a weight is of one
    alert alone."""

    model_config = ConfigDict(extra="forbid")

    alerts: Annotated[list[UUID], Field(min_length=1, max_length=_MOST_AT_ONCE)]
    step: Literal["acknowledge", "start", "resolve", "close", "reopen", "comment", "undo"]
    note: str = ""
    until: AwareDatetime | None = None
    assignee: UUID | None = None
    measure: Measure | None = None
    destroyed_kg: Annotated[float | None, Field(gt=0, le=1_000_000, allow_inf_nan=False)] = None

    @property
    def said(self) -> Said:
        """Return the words of the step for one alert. Raises pydantic.ValidationError."""
        given = self.model_dump(exclude={"alerts", "step"}, exclude_none=True)
        return _MODELS[self.step].model_validate(given)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse words that the step does not have."""
        _ = self.said
        if self.destroyed_kg is not None and len(self.alerts) > 1:
            raise ValueError("a weight that was destroyed belongs to one alert")
        return self


class StepAnswer(BaseModel):
    """Answer for one alert: its state now, or the problem why the step was not taken."""

    alert: UUID
    state: AlertState | None = None
    problem: Problem | None = None


class StepAnswers(BaseModel):
    """Answers in the order of the alerts that were named. `failed` of them were not taken; the others stay taken."""

    items: list[StepAnswer]
    done: int
    failed: int


@router.post("/alerts/steps")
async def many(db: Db, caller: Stepping, request: Request, asked: ManySteps) -> StepAnswers:
    """Take one step for many alerts, each in a transaction of its own. Every alert has an answer; those that could not
    be taken change nothing for the others."""
    items = [await _answer(db, caller, alert, asked, request) for alert in dict.fromkeys(asked.alerts)]
    failed = sum(item.problem is not None for item in items)
    return StepAnswers(items=items, done=len(items) - failed, failed=failed)


async def _answer(db: Database, caller: Caller, alert: UUID, asked: ManySteps, request: Request) -> StepAnswer:
    try:
        async with db.transaction() as transaction:
            match asked.step:
                case "comment":
                    await steps.comment(transaction, caller, alert, asked.said)
                case "undo":
                    await steps.undo(transaction, caller, alert, asked.said)
                case verb:
                    await steps.take(transaction, caller, alert, VERBS[verb], asked.said)
            row = await ALERTS.one(transaction, caller.reach, alert)
            assert row is not None, "the step has locked it"
            return StepAnswer(alert=alert, state=row.state)
    except ProblemError as exc:
        chinese = is_chinese(request.headers.get("accept-language", ""))
        return StepAnswer(alert=alert, problem=body_of(exc.kind, chinese=chinese))


async def _step(db: Database, caller: Caller, alert: UUID, state: AlertState, said: Said) -> AlertInFull:
    async with db.transaction() as transaction:
        await steps.take(transaction, caller, alert, state, said)
        return await in_full(transaction, caller.reach, alert)
