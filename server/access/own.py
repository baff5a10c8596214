"""/api/v1/account: the own account, its password and its second factor."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from pyotp import random_base32
from pyotp.totp import TOTP

from server.access import passwords
from server.access.api import password_problem
from server.access.caller import Caller
from server.access.need import need
from server.access.people import People
from server.access.sign_in import WRONG, SignIn, code_step
from server.database import Db, Transaction
from server.problems import Kind, ProblemError
from storage import accounts

_BY_SESSION = Kind(
    403,
    "session-needed",
    "Only somebody who has signed in with an account may do this, not a token.",
    "仅限账号登录后操作，不能使用口令（token）。",
)
_WRONG_CODE = Kind(422, "wrong-code", "The code is not right.", "验证码不正确。")
_Password = Annotated[str, Field(max_length=passwords.LONGEST)]


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old: Annotated[_Password, Field(description="empty where the account has none")] = ""
    new: _Password


class Proof(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: _Password


class NewFactor(BaseModel):
    """Secret of a second factor, for an authenticator's app. It counts once POST /account/code has had a code of it."""

    secret: str
    uri: str


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: Annotated[str, Field(pattern="^[A-Z2-7]{32}$")]
    code: Annotated[str, Field(max_length=20)]
    password: _Password


class Own(BaseModel):
    """The own account."""

    name: str
    title: str
    roles: list[str]
    has_password: bool
    has_code: bool


class _Kept(BaseModel):
    id: UUID
    name: str
    password: str | None
    totp: str | None


class _Factors(BaseModel):
    has_password: bool
    has_code: bool


def owner_of(caller: Caller) -> UUID:
    """Return the account. Raises ProblemError (403) for a token, and where there are no accounts."""
    if caller.account is None or caller.session is None:
        raise ProblemError(_BY_SESSION)
    return caller.account


def router(people: People, entrance: SignIn) -> APIRouter:
    """Return the routes of the own account."""
    routes = APIRouter(prefix="/account", tags=["session"])
    words = entrance.passwords

    async def proven(db: Db, account: UUID, password: str) -> None:
        """Check the password of the account. Raises ProblemError (401)."""
        entrance.guess(str(account))
        async with db.transaction() as transaction:
            kept = await _kept(transaction, account)
        if kept.password is not None and not await words.is_right(password, kept.password):
            raise ProblemError(WRONG)

    @routes.get("")
    async def own_account(db: Db, caller: Annotated[Caller, need("account.own")]) -> Own:
        """Return the own account."""
        factors = await db.row(_Factors, "access.factors", {"account": owner_of(caller)})
        assert factors is not None, "the caller has it"
        return Own(name=caller.name, title=caller.title, roles=sorted(caller.roles), **factors.model_dump())

    @routes.post("/password", status_code=204)
    async def set_password(db: Db, caller: Annotated[Caller, need("account.own")], given: NewPassword) -> None:
        """Set the password; all other sessions of the account end."""
        account = owner_of(caller)
        await proven(db, account, given.old)
        if passwords.is_poor(given.new, caller.name):
            raise password_problem()
        kept = await words.hash(given.new)
        async with db.transaction() as transaction:
            await transaction.take(
                accounts.set_password(account, caller.name, kept, session=caller.session, actor=caller.actor)
            )
        people.forget_all()

    @routes.post("/code/new")
    async def new_code(caller: Annotated[Caller, need("account.own")]) -> NewFactor:
        """Propose the secret of a second factor; nothing is changed yet."""
        owner_of(caller)
        secret = random_base32()
        return NewFactor(secret=secret, uri=TOTP(secret).provisioning_uri(name=caller.name, issuer_name="Shian"))

    @routes.post("/code", status_code=204)
    async def set_code(db: Db, caller: Annotated[Caller, need("account.own")], given: Code) -> None:
        """Ask for a code at each sign-in from now on. `code` proves that the app has the secret."""
        account = owner_of(caller)
        await proven(db, account, given.password)
        step = code_step(given.secret, given.code, 0, entrance.clock())
        if step is None:
            raise ProblemError(_WRONG_CODE)
        await _set_factor(db, caller, account, given.secret, step)

    @routes.post("/code/end", status_code=204)
    async def end_code(db: Db, caller: Annotated[Caller, need("account.own")], given: Proof) -> None:
        """Ask for no code any more."""
        account = owner_of(caller)
        await proven(db, account, given.password)
        await _set_factor(db, caller, account, None, 0)

    return routes


async def _kept(transaction: Transaction, account: UUID) -> _Kept:
    kept = await transaction.row(_Kept, "access.by_id", {"account": account})
    assert kept is not None, "accounts are never deleted"
    return kept


async def _set_factor(db: Db, caller: Caller, account: UUID, secret: str | None, step: int) -> None:
    async with db.transaction() as transaction:
        await transaction.run("access.set_totp", {"account": account, "totp": secret, "step": step})
        action = "second_factor_set" if secret else "second_factor_ended"
        await transaction.take(accounts.audit(caller.actor, action, caller.name, {}))
