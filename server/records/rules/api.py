"""Rules of alerts: those of the system, those that are shipped, and the district's own. Every change is a deed."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db, Transaction
from server.problems import Kind, ProblemError, unknown_filter
from server.records.days import Zone
from server.records.rules import checking, titles
from server.records.rules.forms import RuleForm
from server.records.rules.listing import RuleShown, TitleShown, shown_rules
from server.records.rules.refusal import refusal
from server.records.words import words_of
from storage.rules import table, trial
from storage.rules.dry_run import Period, Tried
from storage.rules.engine import Named
from storage.rules.facts import SUBJECTS
from storage.rules.file import AnyRule, check_named
from storage.rules.rule import NAME, RESERVED, RuleBase

router = APIRouter(prefix="/rules", tags=["rules"])
router.include_router(titles.router)
router.include_router(checking.router)
Name = Annotated[str, Path(pattern=NAME, description="the rule's name")]
_LONGEST = timedelta(days=400)
_MOST_S = 10.0
_BAD_PERIOD = Kind(
    422,
    "invalid-range",
    "`to` lies before `from` or more than 400 days after it.",
    "时间范围无效或过长。",
    places=("body.to",),
)
_BUSY = Kind(
    503, "busy", "Another dry run is under way; try again.", "已有试算在进行，请稍后重试。", {"Retry-After": "10"}
)
_one_at_a_time = asyncio.Semaphore(1)


class FactShown(BaseModel):
    """Fact that a rule may ask for. `among`: the only texts that it can be."""

    name: str
    type: Literal["bool", "int", "double", "text", "null", "list"]
    may_be_null: bool
    among: list[str]
    words: TitleShown


class SubjectShown(BaseModel):
    """Kind of event that a rule may be on, with its facts."""

    on: str
    words: TitleShown
    facts: list[FactShown]


class Change(BaseModel):
    """Rule as it shall be from now on."""

    model_config = ConfigDict(extra="forbid")

    rule: RuleForm
    why: Annotated[str, Field(max_length=2000, description="for the audit")] = ""


class DryRun(BaseModel):
    """Rule to be tried. `from` <= time < `to`; none: the last 30 days."""

    model_config = ConfigDict(extra="forbid")

    rule: RuleForm
    name: Annotated[str, Field(pattern=NAME)] = "dry_run"
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None
    within_s: Annotated[float, Field(gt=0, le=_MOST_S, description="then it is cut")] = _MOST_S


class Would(BaseModel):
    """Alert that the rule would have raised. `seen`: the facts that it looked at; `events`: how many are behind it."""

    at: AwareDatetime
    severity: str
    station: str
    device: str
    event: UUID | None
    seen: dict[str, Any]
    events: int


class DryRunDone(BaseModel):
    """Outcome of a dry run. `alerts`: how many there would have been; `items`: the newest of them."""

    alerts: int
    items: list[Would]
    events: Annotated[int, Field(description="that were looked at; of a rule over time: days")]
    since: Annotated[AwareDatetime, Field(serialization_alias="from")]
    until: Annotated[AwareDatetime, Field(serialization_alias="to")]
    looked_from: Annotated[AwareDatetime, Field(description="later than `from` where it was cut")]
    is_cut: Annotated[bool, Field(description="the time was over before the period was")]
    faults: Annotated[int, Field(description="events for which the rule could not be judged")]
    last_fault: str


class _Now(BaseModel):
    at: AwareDatetime


@router.get("")
async def list_rules(db: Db, caller: Annotated[Caller, need("rules.read")]) -> list[RuleShown]:
    """List all rules by name: of the system, shipped, and the district's own within the caller's areas."""
    async with db.transaction() as transaction:
        return [rule for rule in await shown_rules(transaction) if _is_seen(caller.reach, rule)]


@router.get("/facts")
async def list_facts(caller: Annotated[Caller, need("rules.read")]) -> list[SubjectShown]:  # noqa: ARG001 - the same for all
    """List what a rule may be on, and the facts that it may ask for."""
    return [
        SubjectShown(
            on=on,
            words=TitleShown.of(subject.words),
            facts=[
                FactShown(
                    name=name,
                    type=fact.type.name,
                    may_be_null=fact.type.may_lack,
                    among=sorted(filter(None, fact.type.among)),
                    words=TitleShown.of(fact.words),
                )
                for name, fact in subject.facts.items()
            ],
        )
        for on, subject in SUBJECTS.items()
    ]


@router.get("/{name}")
async def one_rule(db: Db, caller: Annotated[Caller, need("rules.read")], name: Name) -> RuleShown:
    """Return one rule."""
    async with db.transaction() as transaction:
        return await _one(transaction, caller.reach, name)


@router.put("/{name}")
async def put_rule(db: Db, caller: Annotated[Caller, need("rules.change")], name: Name, change: Change) -> RuleShown:
    """Keep a rule, new or changed. Whatever is stored from now on is judged by it."""
    _check(name, change.rule)
    _check_reach(caller.reach, change.rule)
    async with db.transaction() as transaction:
        await _check_there(transaction, change.rule)
        await _check_before(transaction, caller.reach, name)
        now = await _now(transaction)
        await transaction.take(table.put(name, change.rule, actor=caller.actor, why=change.why, now=now))
        return await _one(transaction, caller.reach, name)


@router.delete("/{name}", status_code=204)
async def remove_rule(db: Db, caller: Annotated[Caller, need("rules.change")], name: Name) -> None:
    """Remove a rule of the district's own; of a shipped one, what is shipped holds again. Its alerts stay."""
    async with db.transaction() as transaction:
        await _check_before(transaction, caller.reach, name)
        if not await transaction.take(table.remove(name, actor=caller.actor, now=await _now(transaction))):
            raise words_of("rules").not_found()


@router.post("/dry-run")
async def try_rule(db: Db, caller: Annotated[Caller, need("rules.read")], zone: Zone, asked: DryRun) -> DryRunDone:
    """Try a rule on the data of the past: which alerts it would have raised. Nothing is written."""
    _check(asked.name, asked.rule)
    if _one_at_a_time.locked():
        raise ProblemError(_BUSY)
    async with _one_at_a_time, db.transaction() as transaction:
        now = await _now(transaction)
        until = asked.until or now
        since = asked.since or until - timedelta(days=30)
        if not since < until <= since + _LONGEST:
            raise ProblemError(_BAD_PERIOD)
        over_at = time.monotonic() + asked.within_s
        stations = caller.reach.listed()
        period = Period(since, until, zone, stations, lambda: time.monotonic() > over_at)
        tried = await transaction.take(trial.try_rule(Named(asked.name, asked.rule), period))
    return _done(tried, since, until)


def _done(tried: Tried, since: datetime, until: datetime) -> DryRunDone:
    return DryRunDone(
        alerts=tried.alerts,
        items=[Would.model_validate(would._asdict() | {"rule": None}) for would in tried.listed],
        events=tried.events,
        since=since,
        until=until,
        looked_from=tried.looked_from,
        is_cut=tried.is_cut,
        faults=tried.faults,
        last_fault=tried.last_fault,
    )


def _check(name: str, rule: AnyRule) -> None:
    """Refuse a rule that is wrong, with the place of each mistake. Raises ProblemError (422)."""
    mistakes = check_named(name, rule)
    if mistakes:
        raise refusal("bad-rule", mistakes)


def _is_seen(reach: Reach, rule: RuleShown) -> bool:
    """Show rules that are for the whole district to everybody, others to whoever has their areas and stations."""
    if reach.is_everything or rule.rule is None or not (rule.rule.areas or rule.rule.stations):
        return True
    return any(map(reach.has_area, rule.rule.areas)) or any(map(reach.has_station, rule.rule.stations))


def _check_reach(reach: Reach, rule: RuleBase) -> None:
    """Refuse a rule that speaks of what one does not see. Raises ProblemError (403)."""
    if reach.is_everything:
        return
    is_bounded = bool(rule.areas or rule.stations)
    if not is_bounded or not all(map(reach.has_area, rule.areas)) or not all(map(reach.has_station, rule.stations)):
        raise ProblemError(
            Kind(
                403,
                "outside-your-areas",
                "Name areas or stations, and only those within your own areas.",
                "请指定区域或检测点，且仅限本人所管区域。",
            )
        )


async def _check_before(transaction: Transaction, reach: Reach, name: str) -> None:
    """Refuse to change what is not wholly one's own. Raises ProblemError (403)."""
    if name in RESERVED:
        raise words_of("rules").not_found()
    before = await transaction.take(table.one(name))
    if before is not None:
        _check_reach(reach, before.rule)


async def _check_there(transaction: Transaction, rule: AnyRule) -> None:
    unknown = await transaction.take(table.unknown([rule]))
    if unknown:
        names = ", ".join(unknown[:10])
        places = [
            f"body.rule.{field}.{number}"
            for field in ("stations", "areas")
            for number, name in enumerate(getattr(rule, field))
            if name in unknown
        ]
        raise unknown_filter(f"There is no such station or area: {names}", f"没有这样的检测点或区域：{names}", *places)


async def _one(transaction: Transaction, reach: Reach, name: str) -> RuleShown:
    for rule in await shown_rules(transaction):
        if rule.name == name and _is_seen(reach, rule):
            return rule
    raise words_of("rules").not_found()


async def _now(transaction: Transaction) -> datetime:
    (row,) = await transaction.rows(_Now, "rules.now")
    return row.at
