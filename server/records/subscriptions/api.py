"""Subscriptions: who is told of which alerts, by signed webhook. Every change is an audit row."""

import base64
import secrets
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from uuid_utils.compat import uuid7

from server.database import Db, Transaction
from server.delivery.address import check_url
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError
from server.records.alerts.steps import Said, audit
from server.records.words import words_of
from wire.terms import Rule, Severity

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"])
_SECRET_BYTES = 32
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Words = Annotated[list[_Word], Field(max_length=500)]


def _known_rule(rule: str) -> str:
    if rule not in set(Rule):
        raise ValueError(f"rules are {', '.join(Rule)}")
    return rule


def _good_url(url: str) -> str:
    check_url(url)
    return url


class NewSubscription(BaseModel):
    """Empty filters mean all. An area includes the areas below it."""

    model_config = ConfigDict(extra="forbid")

    name: _Word
    actor: Annotated[_Word, Field(description="who makes it, as they give their name")]
    channel: Literal["webhook"] = "webhook"
    address: Annotated[str, Field(max_length=2000, description="http or https URL"), AfterValidator(_good_url)]
    areas: _Words = []
    stations: _Words = []
    rules: Annotated[list[Annotated[str, AfterValidator(_known_rule)]], Field(max_length=50)] = []
    severities: Annotated[list[Severity], Field(max_length=3)] = []


class Subscription(BaseModel):
    """Who is told of what. `waiting`, `failed`: deliveries of the last 7 days."""

    id: UUID
    name: str
    channel: str
    address: str
    areas: list[str]
    stations: list[str]
    rules: list[str]
    severities: list[str]
    is_enabled: bool
    created_at: AwareDatetime
    waiting: int
    failed: int


class CreatedSubscription(Subscription):
    """Shown once: keep the secret, the server does not show it again."""

    secret: Annotated[str, Field(description="Standard Webhooks: whsec_ and base64")]


SUBSCRIPTIONS = Listing(sql="subscriptions.list", row=Subscription, order=Newest("created_at", "id"))


@router.get("")
async def list_subscriptions(db: Db, asked: Annotated[Paged, Query()]) -> Page[Subscription]:
    """Subscriptions, newest first; never their secrets."""
    return await SUBSCRIPTIONS.page(db, asked)


@router.post("", status_code=201)
async def create_subscription(db: Db, new: NewSubscription) -> CreatedSubscription:
    """A new subscription; the answer holds the secret, once."""
    identity = uuid7()
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    wanted = new.model_dump(mode="json", exclude={"actor"})
    async with db.transaction() as transaction:
        await _check_filters(transaction, new)
        await transaction.run("subscriptions.create", {"id": identity, "secret": secret, **wanted})
        await audit(transaction, new.actor, "subscription_created", str(identity), wanted)
        made = await _one(transaction, identity)
    return CreatedSubscription(**made.model_dump(), secret=secret)


@router.post("/{subscription}/disable")
async def disable_subscription(db: Db, subscription: UUID, said: Said) -> Subscription:
    """No more alerts go there, those on their way included. There is no way back: make a new one."""
    async with db.transaction() as transaction:
        if await transaction.run("subscriptions.disable", {"id": subscription}):
            await audit(transaction, said.name, "subscription_disabled", str(subscription), {"note": said.note})
        return await _one(transaction, subscription)


class _Unknown(BaseModel):
    name: str


async def _check_filters(transaction: Transaction, new: NewSubscription) -> None:
    values = {"stations": new.stations, "areas": new.areas}
    unknown = [row.name for row in await transaction.rows(_Unknown, "subscriptions.unknown", values)]
    if unknown:
        names = ", ".join(unknown[:10])
        raise ProblemError(
            Kind(422, "unknown-filter", f"There is no such station or area: {names}", f"没有这样的站点或区域：{names}")
        )


async def _one(transaction: Transaction, subscription: UUID) -> Subscription:
    row = await SUBSCRIPTIONS.one(transaction, subscription)
    if row is None:
        raise words_of("subscriptions").not_found()
    return row
