"""Subscriptions: who is told of which alerts, by which channel. Every change is a deed.

Whoever has no more than `subscriptions.own` sees and changes his own, within the areas where he may see alerts.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel
from uuid_utils.compat import uuid7

from server.access.caller import EVERYTHING, NOTHING, Caller, Reach
from server.access.need import Beside, need
from server.database import Db, Transaction
from server.delivery.channel import Outcome
from server.delivery.channels import channels
from server.delivery.hours import next_opening
from server.delivery.messenger import Messenger, messenger
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError
from server.records import days
from server.records.alerts.steps import Said
from server.records.days import Zone
from server.records.subscriptions import web_push
from server.records.subscriptions.checks import check_condition, check_filters, check_reach
from server.records.subscriptions.model import (
    Code,
    CreatedSubscription,
    Filters,
    NewSubscription,
    Pause,
    Preview,
    Previewed,
    Subscription,
    Tested,
    Wishes,
    columns,
)
from server.records.words import words_of
from server.working_days import WorkingDays
from storage import routing
from storage.deeds import SYSTEM, Deed
from storage.rules.condition import meets

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"])
router.include_router(web_push.router)
# Whoever has these sees and changes those of others, too.
_READ, _CHANGE = Beside("subscriptions.read"), Beside("subscriptions.change")
_DAYS, _LISTED = 7, 200
_PREVIEW = routing.statement("preview")
_NO_ACCOUNT = Kind(422, "unknown-account", "There is no such account that may sign in.", "没有这样的可用账号。")
_NOT_OTHERS = Kind(403, "not-permitted", "You may make subscriptions for yourself only.", "您只能为本人订阅。")
_TOO_SOON = Kind(
    429, "too-soon", "A test message went there a moment ago.", "刚刚已发送测试消息，请稍候。", {"Retry-After": "20"}
)
_WRONG_CODE = Kind(
    422,
    "wrong-code",
    "That is not the code of the last test message, or it is older than an hour.",
    "验证码不正确或已超过一小时。",
)

# Whose areas are not the whole district sees and changes what lies in them. No filter means the whole district.
_WITHIN = (
    "s.account = %(me)s OR ((s.areas <> '{}' OR s.stations <> '{}')"
    " AND s.areas <@ %(reach_areas)s::text[] AND s.stations <@ %(reach_stations)s::text[])"
)
SUBSCRIPTIONS = Listing(
    sql="subscriptions.list",
    row=Subscription,
    order=Newest("created_at", "id"),
    station=None,
    within=_WITHIN,
)
Own = Annotated[Caller, need("subscriptions.own")]


@dataclass(frozen=True, slots=True)
class _Sight:
    """Sight of a caller: how far he sees others' subscriptions, and whose own he sees beside them."""

    reach: Reach
    values: dict[str, object]

    @classmethod
    def of(cls, caller: Caller, permission: Beside) -> "_Sight":
        if permission.has(caller):
            return cls(permission.reach(caller), {"owner": None, "me": caller.account})
        return cls(EVERYTHING, {"owner": caller.account or UUID(int=0), "me": caller.account})


@router.get("")
async def list_subscriptions(db: Db, caller: Own, asked: Annotated[Paged, Query()]) -> Page[Subscription]:
    """List subscriptions, newest first; never their secrets. Who may not see others' sees his own."""
    sight = _Sight.of(caller, _READ)
    return await SUBSCRIPTIONS.page(db, sight.reach, asked, sight.values)


@router.post("", status_code=201)
async def create_subscription(db: Db, caller: Own, new: NewSubscription) -> CreatedSubscription:
    """Create a subscription; the answer holds the secret that was made here, once."""
    is_others = _CHANGE.has(caller)
    check_reach(_CHANGE.reach(caller) if is_others else _alerts(caller), new)
    check_condition(new.condition)
    identity, secret, wanted = uuid7(), _secret(new), columns(new)
    told = {**wanted, "channel": new.channel, "account": new.account or ""}
    if not channels()[new.channel].is_address_secret:
        told["address"] = new.address
    async with db.transaction() as transaction:
        await check_filters(transaction, new)
        account = await _account(transaction, caller, new.account)
        row = {**wanted, "hours": Jsonb(wanted["hours"]), "id": identity, "secret": secret, "account": account}
        await transaction.run("subscriptions.create", {**row, "channel": new.channel, "address": new.address})
        await transaction.record(Deed(caller.actor, "subscription_created", str(identity), facts=told))
        made = await _one(transaction, caller, identity, _CHANGE)
    return CreatedSubscription(**made.model_dump(), secret=None if new.secret else secret)


def _alerts(caller: Caller) -> Reach:
    return caller.reaches.get("alerts.read", NOTHING)


class _Account(BaseModel):
    id: UUID


async def _account(transaction: Transaction, caller: Caller, name: str | None) -> UUID | None:
    """Return the account that a new subscription is for. Raises ProblemError (403, 422)."""
    if not _CHANGE.has(caller):
        if name not in (None, caller.name):
            raise ProblemError(_NOT_OTHERS)
        return caller.account
    if name is None:
        return None
    row = await transaction.row(_Account, "subscriptions.account", {"name": name})
    if row is None:
        raise ProblemError(_NO_ACCOUNT)
    return row.id


def _secret(new: NewSubscription) -> str | None:
    try:
        return channels()[new.channel].secrets.of_new(new.secret)
    except ValueError as exc:
        raise ProblemError(Kind(422, "bad-secret", f"The secret: {exc}.", f"密钥不可用：{exc}。")) from exc


@router.put("/{subscription}")
async def change_subscription(db: Db, caller: Own, subscription: UUID, wishes: Wishes) -> Subscription:
    """Change what a subscription tells and when. Its channel and address stay: make a new one for another."""
    check_reach(_CHANGE.reach(caller) if _CHANGE.has(caller) else _alerts(caller), wishes)
    check_condition(wishes.condition)
    wanted = columns(wishes)
    async with db.transaction() as transaction:
        await _one(transaction, caller, subscription, _CHANGE)
        await check_filters(transaction, wishes)
        await transaction.run("subscriptions.change", {**wanted, "hours": Jsonb(wanted["hours"]), "id": subscription})
        await transaction.record(Deed(caller.actor, "subscription_changed", str(subscription), facts=wanted))
        return await _one(transaction, caller, subscription, _CHANGE)


@router.post("/{subscription}/disable")
async def disable_subscription(db: Db, caller: Own, subscription: UUID, said: Said) -> Subscription:
    """Disable a subscription: no more alerts go there, those on their way included. There is no way back: make a new
    one."""
    async with db.transaction() as transaction:
        await _one(transaction, caller, subscription, _CHANGE)
        if await transaction.run("subscriptions.disable", {"id": subscription}):
            deed = Deed(caller.actor, "subscription_disabled", str(subscription), why=said.note)
            await transaction.record(deed)
        return await _one(transaction, caller, subscription, _CHANGE)


@router.post("/{subscription}/pause")
async def pause_subscription(db: Db, caller: Own, subscription: UUID, pause: Pause) -> Subscription:
    """Pause a subscription until a time, or go on (`null`). Alerts that still go on then are told at its end; whoever
    is on duty is told of escalations nevertheless."""
    async with db.transaction() as transaction:
        await _one(transaction, caller, subscription, _CHANGE)
        await transaction.run("subscriptions.pause", {"id": subscription, "until": pause.until})
        await transaction.run("delivery.wake", {"reason": "paused", "cause": str(subscription)})
        facts = {"until": pause.until.isoformat() if pause.until else None}
        await transaction.record(Deed(caller.actor, "subscription_paused", str(subscription), facts=facts))
        return await _one(transaction, caller, subscription, _CHANGE)


@router.post("/preview")
async def preview_filters(db: Db, caller: Own, zone: Zone, calendar: days.Calendar, asked: Filters) -> Preview:
    """Return the alerts of the last 7 days that such filters would have told you, and when."""
    check_condition(asked.condition)
    async with db.transaction() as transaction:
        await check_filters(transaction, asked)
        return await _preview(transaction, asked, _alerts(caller), zone, calendar)


@router.get("/{subscription}/preview")
async def preview_subscription(db: Db, caller: Own, zone: Zone, calendar: days.Calendar, subscription: UUID) -> Preview:
    """Return the alerts of the last 7 days that the filters of a subscription let through now, and when they would have
    been told."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller, subscription, _READ)
        asked = Filters.model_validate(found.model_dump(include=set(Filters.model_fields)))
        return await _preview(transaction, asked, _alerts(caller), zone, calendar)


async def _preview(
    transaction: Transaction, asked: Filters, reach: Reach, zone: Zone, calendar: WorkingDays
) -> Preview:
    values = asked.model_dump(mode="json", exclude={"hours", "condition"})
    rows = await transaction.select(Previewed, _PREVIEW, {**values, "days": _DAYS, "reach": reach.listed()})
    if asked.condition:
        known = await transaction.take(routing.known_of(row.id for row in rows))
        rows = [row for row in rows if meets(asked.condition, known[row.id])]
    shown = [
        row.model_copy(update={"at": next_opening(asked.hours, row.opened_at, zone, calendar)})
        for row in rows[:_LISTED]
    ]
    return Preview(days=_DAYS, count=len(rows), items=shown)


class _Address(BaseModel):
    tested_at: AwareDatetime


@router.post("/{subscription}/test")
async def test_subscription(
    db: Db, caller: Own, subscription: UUID, sender: Annotated[Messenger, Depends(messenger)]
) -> Tested:
    """Send a test message with a code. The channel counts as working when somebody has confirmed it: by the code, or by
    the link in the message."""
    async with db.transaction() as transaction:
        await _one(transaction, caller, subscription, _CHANGE)
        code = sender.new_code()
        began = {"id": subscription, "hash": sender.digest(subscription, code)}
        if not await transaction.run("subscriptions.begin_test", began):
            raise ProblemError(_TOO_SOON)
        await transaction.record(Deed(caller.actor, "subscription_tested", str(subscription)))
    attempt = await sender.send_test(subscription, code)
    if attempt.outcome is Outcome.GONE:
        await _end(db, subscription, str(attempt.outcome))
    return Tested(outcome=str(attempt.outcome), detail=attempt.detail, remote_id=attempt.remote_id, code=attempt.code)


async def _end(db: Db, subscription: UUID, reason: str) -> None:
    """End a subscription where nobody is any more, as an alert to it would."""
    async with db.transaction() as transaction:
        if await transaction.run("delivery.end_subscription", {"id": subscription, "reason": reason}):
            deed = Deed(SYSTEM, "subscription_ended", str(subscription), facts={"reason": reason})
            await transaction.record(deed)


@router.post("/{subscription}/confirm")
async def confirm_subscription(
    db: Db, caller: Own, subscription: UUID, given: Code, sender: Annotated[Messenger, Depends(messenger)]
) -> Subscription:
    """Confirm that a test message arrived, by its code. Five wrong codes end it: send another test."""
    async with db.transaction() as transaction:
        await _one(transaction, caller, subscription, _CHANGE)
        values = {"id": subscription, "hash": sender.digest(subscription, given.code)}
        if is_right := bool(await transaction.run("subscriptions.confirm", values)):
            await transaction.record(Deed(caller.actor, "subscription_confirmed", str(subscription)))
        else:
            await transaction.run("subscriptions.wrong_code", values)
        found = await _one(transaction, caller, subscription, _CHANGE)
    if not is_right:
        raise ProblemError(_WRONG_CODE)
    return found


async def _one(transaction: Transaction, caller: Caller, subscription: UUID, permission: Beside) -> Subscription:
    sight = _Sight.of(caller, permission)
    row = await SUBSCRIPTIONS.one(transaction, sight.reach, subscription, sight.values)
    if row is None:
        raise words_of("subscriptions").not_found()
    return row
