"""Accounts, for those who keep them: who there is, with which roles where. An administrator of some areas keeps the
accounts whose roles all lie in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from server.access.api import AccountName
from server.access.caller import Caller, Reach
from server.access.need import need
from server.access.table import table
from server.database import Db, Transaction
from server.lists.filters import PagedByName
from server.lists.listing import Listing, Page
from server.lists.orders import ByName
from server.problems import Kind, ProblemError
from server.records.words import words_of
from storage import accounts
from storage.accounts import Grant, NewAccount
from storage.errors import UnknownAreaError

router = APIRouter(prefix="/accounts", tags=["accounts"])
_DAY_S = 86_400.0
_LONGEST_DAYS = 730


def _known_role(role: str) -> str:
    if role not in table().roles:
        raise ValueError(f"roles are {', '.join(table().roles)}")
    return role


def _known_permission(name: str) -> str:
    if name not in table().permissions:
        raise ValueError("a permission is one of docs/permissions.md")
    return name


Scope = Annotated[str, AfterValidator(_known_permission)]


class GivenRole(BaseModel):
    """A role in an area and all areas below it; no area: in the whole district."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[str, AfterValidator(_known_role), WithJsonSchema({"enum": list(table().roles)})]
    area: Annotated[str | None, Field(max_length=64)] = None


class Roles(BaseModel):
    """All roles that an account shall have."""

    model_config = ConfigDict(extra="forbid")

    roles: Annotated[list[GivenRole], Field(max_length=50)]

    def grants(self) -> tuple[Grant, ...]:
        return tuple(Grant(given.role, given.area) for given in self.roles)


class New(Roles):
    """New account. It has no password: the answer's link lets the person in once, to set one."""

    name: AccountName
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    identity: Annotated[
        str | None, Field(max_length=500, description="at the server of OpenID Connect: issuer, space, subject")
    ] = None


class Account(BaseModel):
    """Account of a person, a screen or a program."""

    id: UUID
    name: str
    title: str
    is_enabled: bool
    is_locked: bool
    has_password: bool
    has_code: bool
    identity: str | None
    roles: list[GivenRole]
    created_at: AwareDatetime
    seen_at: AwareDatetime | None


class WithLink(Account):
    """Account with the secret of a link that signs in once: shown once, good for a day."""

    link: str


class NewToken(BaseModel):
    """Token to be made. `scopes`: permissions; none: all that the account has."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    days: Annotated[int, Field(ge=1, le=_LONGEST_DAYS)] = 90
    scopes: Annotated[list[Scope], Field(max_length=200)] = []

    @property
    def for_s(self) -> float:
        return self.days * _DAY_S


class MadeToken(BaseModel):
    """Token that was made: shown once."""

    id: UUID
    token: str


_IN_AREAS = (
    "EXISTS (SELECT FROM account_role WHERE account = a.id) AND NOT EXISTS (SELECT FROM account_role r"
    " WHERE r.account = a.id AND (r.area IS NULL OR r.area <> ALL(%(reach_areas)s::text[])))"
)
ACCOUNTS = Listing(
    sql="accounts.list", row=Account, order=ByName(("name",)), station=None, within=_IN_AREAS, key="a.id"
)


@router.get("")
async def list_accounts(
    db: Db, caller: Annotated[Caller, need("accounts.read")], asked: Annotated[PagedByName, Query()]
) -> Page[Account]:
    """List accounts, by name."""
    return await ACCOUNTS.page(db, caller.reach, asked)


@router.post("", status_code=201)
async def add_account(db: Db, caller: Annotated[Caller, need("accounts.change")], new: New) -> WithLink:
    """Make an account. Its link signs the person in once, within a day."""
    _check_areas(caller.reach, new.grants())
    async with _plainly(), db.transaction() as transaction:
        made = NewAccount(new.name, new.title, None, new.identity, new.grants())
        identity = await transaction.take(accounts.add(made, actor=caller.actor))
        link = await transaction.take(accounts.keep_secret(accounts.LINK, identity, for_s=_DAY_S))
        account = await _one(transaction, caller.reach, identity)
    return WithLink(**account.model_dump(), link=link)


@router.post("/{account}/roles")
async def set_roles(
    db: Db, caller: Annotated[Caller, need("accounts.change")], account: UUID, wanted: Roles
) -> Account:
    """Give the account these roles and no others."""
    _check_areas(caller.reach, wanted.grants())
    async with _plainly(), db.transaction() as transaction:
        name = (await _one(transaction, caller.reach, account)).name
        await transaction.take(accounts.set_roles(account, name, wanted.grants(), actor=caller.actor))
        return await _one(transaction, caller.reach, account)


@router.post("/{account}/disable")
async def disable_account(db: Db, caller: Annotated[Caller, need("accounts.change")], account: UUID) -> Account:
    """End all sessions and tokens of the account, and let nobody sign in to it."""
    return await _enable(db, caller, account, is_enabled=False)


@router.post("/{account}/enable")
async def enable_account(db: Db, caller: Annotated[Caller, need("accounts.change")], account: UUID) -> Account:
    """Let the account sign in again, also after a lock-out."""
    return await _enable(db, caller, account, is_enabled=True)


@router.post("/{account}/reset")
async def reset_account(db: Db, caller: Annotated[Caller, need("accounts.change")], account: UUID) -> WithLink:
    """Take password, second factor, sessions and lock-out away; the answer's link signs in once, within a day."""
    async with db.transaction() as transaction:
        name = (await _one(transaction, caller.reach, account)).name
        link = await transaction.take(accounts.reset(account, name, actor=caller.actor))
        return WithLink(**(await _one(transaction, caller.reach, account)).model_dump(), link=link)


@router.post("/{account}/tokens", status_code=201)
async def add_token_of(
    db: Db, caller: Annotated[Caller, need("accounts.change")], account: UUID, new: NewToken
) -> MadeToken:
    """Make a token of the account: for a screen on a wall, or a program. The token is shown once."""
    async with db.transaction() as transaction:
        owner = await _one(transaction, caller.reach, account)
        steps = accounts.add_token(owner.id, owner.name, new.name, new.scopes, for_s=new.for_s, actor=caller.actor)
        identity, token = await transaction.take(steps)
    return MadeToken(id=identity, token=token)


async def _enable(db: Db, caller: Caller, account: UUID, *, is_enabled: bool) -> Account:
    async with _plainly(), db.transaction() as transaction:
        name = (await _one(transaction, caller.reach, account)).name
        await transaction.take(accounts.enable(account, name, is_enabled=is_enabled, actor=caller.actor))
        return await _one(transaction, caller.reach, account)


async def _one(transaction: Transaction, reach: Reach, account: UUID) -> Account:
    row = await ACCOUNTS.one(transaction, reach, account)
    if row is None:
        raise words_of("accounts").not_found()
    return row


def _check_areas(reach: Reach, grants: tuple[Grant, ...]) -> None:
    """Refuse roles outside one's own areas. Raises ProblemError (403)."""
    if reach.is_everything:
        return
    if not grants or not all(reach.has_area(grant.area) for grant in grants):
        raise ProblemError(
            Kind(
                403,
                "outside-your-areas",
                "You may give roles within your own areas only.",
                "只能授予本人所管区域内的角色。",
            )
        )


@asynccontextmanager
async def _plainly() -> AsyncIterator[None]:
    """Say what was refused as a problem."""
    try:
        yield
    except accounts.NameTakenError as exc:
        raise ProblemError(
            Kind(409, "name-taken", "There is an account of this name already.", "已有同名账号。")
        ) from exc
    except UnknownAreaError as exc:
        raise ProblemError(Kind(422, "unknown-area", f"{exc}.".capitalize(), "没有这样的区域。")) from exc
    except accounts.LastAdministratorError as exc:
        raise ProblemError(
            Kind(
                409,
                "last-administrator",
                "This is the last administrator of the whole district.",
                "这是全区最后一名系统管理员。",
            )
        ) from exc
