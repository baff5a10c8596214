"""Subscriptions: who is told of which alerts, by which channel. Every change is a deed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from uuid_utils.compat import uuid7

from server.access.caller import Caller, Reach
from server.access.need import need
from server.database import Db, Transaction
from server.delivery.channel import Language
from server.delivery.channels import channels
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError
from server.records.alerts.steps import Said
from server.records.words import words_of
from storage.deeds import Deed
from wire.terms import Rule, Severity

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"])
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Words = Annotated[list[_Word], Field(max_length=500)]


def _known_rule(rule: str) -> str:
    if rule not in set(Rule):
        raise ValueError(f"rules are {', '.join(Rule)}")
    return rule


def _known_channel(channel: str) -> str:
    if channel not in channels():
        raise ValueError(f"channels are {', '.join(channels())}")
    return channel


class NewSubscription(BaseModel):
    """New subscription. Empty filters mean all. An area includes the areas below it."""

    model_config = ConfigDict(extra="forbid")

    name: _Word
    actor: Annotated[
        str | None, Field(max_length=200, deprecated=True, description="of older programs; not looked at")
    ] = None
    channel: Annotated[str, AfterValidator(_known_channel), WithJsonSchema({"enum": list(channels())})] = "webhook"
    address: Annotated[str, Field(max_length=2000, description="as the channel has them; webhook: http or https URL")]
    secret: Annotated[
        str | None, Field(max_length=500, description="for channels that are given one; a webhook's is made here")
    ] = None
    language: Annotated[Language, Field(description="of messages to people")] = "zh"
    areas: _Words = []
    stations: _Words = []
    rules: Annotated[list[Annotated[str, AfterValidator(_known_rule)]], Field(max_length=50)] = []
    severities: Annotated[list[Severity], Field(max_length=3)] = []

    @field_validator("address")
    @classmethod
    def _is_of_channel(cls, address: str, info: ValidationInfo) -> str:
        if kind := channels().get(info.data.get("channel", "")):
            kind.check_address(address)
        return address


class Subscription(BaseModel):
    """Subscription of a recipient to alerts. `waiting`, `failed`: deliveries of the last 7 days."""

    id: UUID
    name: str
    channel: str
    address: str
    areas: list[str]
    stations: list[str]
    rules: list[str]
    severities: list[str]
    language: Language
    is_enabled: bool
    ended_for: Annotated[str, Field(description="why it ended by itself, as `gone`; empty: it did not")]
    created_at: AwareDatetime
    waiting: int
    failed: int


class CreatedSubscription(Subscription):
    """Shown once: keep the secret, the server does not show it again."""

    secret: Annotated[
        str | None, Field(description="Standard Webhooks: whsec_ and base64; null where the channel makes none")
    ]


# Whose areas are not the whole district sees and changes what lies in them. No filter means the whole district.
_IN_AREAS = (
    "(s.areas <> '{}' OR s.stations <> '{}')"
    " AND s.areas <@ %(reach_areas)s::text[] AND s.stations <@ %(reach_stations)s::text[]"
)
SUBSCRIPTIONS = Listing(
    sql="subscriptions.list",
    row=Subscription,
    order=Newest("created_at", "id"),
    station=None,
    within=_IN_AREAS,
)


@router.get("")
async def list_subscriptions(
    db: Db, caller: Annotated[Caller, need("subscriptions.read")], asked: Annotated[Paged, Query()]
) -> Page[Subscription]:
    """List subscriptions, newest first; never their secrets."""
    return await SUBSCRIPTIONS.page(db, caller.reach, asked)


@router.post("", status_code=201)
async def create_subscription(
    db: Db, caller: Annotated[Caller, need("subscriptions.change")], new: NewSubscription
) -> CreatedSubscription:
    """Create a subscription; the answer holds the secret that was made here, once."""
    _check_reach(caller.reach, new)
    identity = uuid7()
    secret = _secret(new)
    wanted = new.model_dump(mode="json", exclude={"actor", "secret"})
    told = {**wanted, "address": ""} if channels()[new.channel].is_address_secret else wanted
    async with db.transaction() as transaction:
        await _check_filters(transaction, new)
        await transaction.run("subscriptions.create", {"id": identity, "secret": secret, **wanted})
        await transaction.record(Deed(caller.actor, "subscription_created", str(identity), facts=told))
        made = await _one(transaction, caller.reach, identity)
    return CreatedSubscription(**made.model_dump(), secret=None if new.secret else secret)


def _secret(new: NewSubscription) -> str | None:
    try:
        return channels()[new.channel].secrets.of_new(new.secret)
    except ValueError as exc:
        raise ProblemError(Kind(422, "bad-secret", f"The secret: {exc}.", f"密钥不可用：{exc}。")) from exc


@router.post("/{subscription}/disable")
async def disable_subscription(
    db: Db, caller: Annotated[Caller, need("subscriptions.change")], subscription: UUID, said: Said
) -> Subscription:
    """Disable a subscription: no more alerts go there, those on their way included. There is no way back: make a new
    one."""
    async with db.transaction() as transaction:
        await _one(transaction, caller.reach, subscription)
        if await transaction.run("subscriptions.disable", {"id": subscription}):
            deed = Deed(caller.actor, "subscription_disabled", str(subscription), why=said.note)
            await transaction.record(deed)
        return await _one(transaction, caller.reach, subscription)


def _check_reach(reach: Reach, new: NewSubscription) -> None:
    """Refuse alerts of what one does not see. Raises ProblemError (403)."""
    if reach.is_everything:
        return
    is_bounded = bool(new.areas or new.stations)
    if not is_bounded or not all(map(reach.has_area, new.areas)) or not all(map(reach.has_station, new.stations)):
        raise ProblemError(
            Kind(
                403,
                "outside-your-areas",
                "Name areas or stations, and only those within your own areas.",
                "请指定区域或检测点，且仅限本人所管区域。",
            )
        )


class _Unknown(BaseModel):
    name: str


async def _check_filters(transaction: Transaction, new: NewSubscription) -> None:
    values = {"stations": new.stations, "areas": new.areas}
    unknown = [row.name for row in await transaction.rows(_Unknown, "subscriptions.unknown", values)]
    if unknown:
        names = ", ".join(unknown[:10])
        raise ProblemError(
            Kind(
                422, "unknown-filter", f"There is no such station or area: {names}", f"没有这样的检测点或区域：{names}"
            )
        )


async def _one(transaction: Transaction, reach: Reach, subscription: UUID) -> Subscription:
    row = await SUBSCRIPTIONS.one(transaction, reach, subscription)
    if row is None:
        raise words_of("subscriptions").not_found()
    return row
