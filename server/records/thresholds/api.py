"""Thresholds of the rules of the system: what holds, other ones, a dry run of them, and back to the default.

They hold in the whole district: whoever has a part of it reads them, and tries others on its data.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db, Transaction
from server.problems import Kind, ProblemError
from server.records.days import Zone
from server.records.proposals.asking import Why
from server.records.rules.listing import TitleShown
from server.records.thresholds.forms import ThresholdsShown, Value, shown
from server.records.words import words_of
from storage.rules import past, system
from storage.rules.dry_run import Period
from storage.rules.mistakes import Mistake
from storage.rules.system import BadThresholdError, Held
from storage.thresholds import Watched

router = APIRouter(prefix="/thresholds", tags=["thresholds"])
Name = Annotated[str, Path(max_length=40, description="of a rule of the system")]
Values = Annotated[dict[str, Value], Field(max_length=50, description="by key; all others are the default")]
_LONGEST = timedelta(days=400)
_WHOLE = Kind(403, "outside-your-areas", "Thresholds hold in the whole district.", "阈值适用于全区，须有全区权限。")
_BAD_PERIOD = Kind(
    422, "invalid-range", "`to` lies before `from` or more than 400 days after it.", "时间范围无效或过长。"
)


class NewThresholds(Why):
    """Thresholds that shall hold from now on, and the reason."""

    values: Values


class Reset(Why):
    """Reason for going back to the default."""


class TryThresholds(BaseModel):
    """Thresholds to be tried. `from` <= time < `to`; none: the last 30 days."""

    model_config = ConfigDict(extra="forbid")

    values: Values
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None


class WouldBe(BaseModel):
    """Alert that there would have been. `seen`: how long its condition lasted, if it is over, and the largest value."""

    at: AwareDatetime
    severity: str
    station: str
    device: str
    seen: dict[str, Any]


class Unsure(BaseModel):
    """Threshold whose change cannot be tried: what it would add was never noted."""

    key: str
    words: TitleShown


class ThresholdsTried(BaseModel):
    """Outcome of a dry run. `alerts`: how many there would have been; `alerts_now`: with what holds today; `items`: the
    newest of them."""

    alerts: int
    alerts_now: int
    items: list[WouldBe]
    episodes: Annotated[int, Field(description="that were looked at")]
    since: Annotated[AwareDatetime, Field(serialization_alias="from")]
    until: Annotated[AwareDatetime, Field(serialization_alias="to")]
    whole_from: Annotated[AwareDatetime, Field(description="before it only what raised an alert is known")]
    unsure: list[Unsure]


class _Now(BaseModel):
    at: AwareDatetime


@router.get("")
async def list_thresholds(
    db: Db,
    caller: Annotated[Caller, need("rules.read")],  # noqa: ARG001 - the same for all
) -> list[ThresholdsShown]:
    """List the rules of the system that have thresholds, by name."""
    async with db.transaction() as transaction:
        held = await transaction.take(system.read())
    return [shown(held[rule]) for rule in sorted(held)]


@router.get("/{rule}")
async def one_rules_thresholds(
    db: Db,
    caller: Annotated[Caller, need("rules.read")],  # noqa: ARG001 - the same for all
    rule: Name,
) -> ThresholdsShown:
    """Return the thresholds of one rule."""
    async with db.transaction() as transaction:
        return shown(await _held(transaction, rule))


@router.put("/{rule}")
async def put_thresholds(
    db: Db, caller: Annotated[Caller, need("rules.change")], rule: Name, new: NewThresholds
) -> ThresholdsShown:
    """Keep the thresholds of a rule. They hold from the next look on, within seconds."""
    _check_whole(caller.reach)
    async with db.transaction() as transaction:
        _check(await _held(transaction, rule), new.values)
        put = system.put(rule, new.values, actor=caller.actor, why=new.why)
        return shown(await transaction.take(put))


@router.post("/{rule}/reset")
async def reset_thresholds(
    db: Db, caller: Annotated[Caller, need("rules.change")], rule: Name, said: Reset
) -> ThresholdsShown:
    """Set the thresholds of a rule back to the default."""
    _check_whole(caller.reach)
    async with db.transaction() as transaction:
        await _held(transaction, rule)
        return shown(await transaction.take(system.put(rule, {}, actor=caller.actor, why=said.why)))


@router.post("/{rule}/dry-run")
async def try_thresholds(
    db: Db, caller: Annotated[Caller, need("rules.read")], zone: Zone, rule: Name, asked: TryThresholds
) -> ThresholdsTried:
    """Try thresholds on the past: which alerts there would have been. Nothing is written."""
    async with db.transaction() as transaction:
        held = await _held(transaction, rule)
        tried = _check(held, asked.values)
        (now,) = await transaction.rows(_Now, "thresholds.now")
        until = asked.until or now.at
        since = asked.since or until - timedelta(days=30)
        if not since < until <= since + _LONGEST:
            raise ProblemError(_BAD_PERIOD)
        period = Period(since, until, zone, caller.reach.listed(), lambda: False)
        done = await transaction.take(past.try_thresholds(held, tried, period))
    return ThresholdsTried(
        alerts=done.alerts,
        alerts_now=done.alerts_now,
        items=[WouldBe.model_validate(would._asdict()) for would in done.listed],
        episodes=done.episodes,
        since=since,
        until=until,
        whole_from=done.whole_from,
        unsure=[Unsure(key=key, words=TitleShown.of(system.meaning(rule, key).words)) for key in done.unsure],
    )


async def _held(transaction: Transaction, rule: str) -> Held:
    """Return the thresholds of a rule. Raises ProblemError (404)."""
    held = (await transaction.take(system.read())).get(rule)
    if held is None:
        raise words_of("thresholds").not_found()
    return held


def _check(held: Held, values: dict[str, Value]) -> Watched:
    """Refuse thresholds that are wrong, each with its key. Raises ProblemError (422)."""
    try:
        return system.check(held, values)
    except BadThresholdError as exc:
        first = exc.mistakes[0]
        kind = Kind(422, "bad-threshold", first.text(chinese=False), first.text(chinese=True))
        raise ProblemError(kind, [_error(mistake) for mistake in exc.mistakes]) from exc


def _error(mistake: Mistake) -> dict[str, str]:
    return {"where": mistake.key, "message": mistake.words.en, "message_zh": mistake.words.zh}


def _check_whole(reach: Reach) -> None:
    """Refuse who has a part of the district alone. Raises ProblemError (403)."""
    if not reach.is_everything:
        raise ProblemError(_WHOLE)
