"""Signing in: by name and password (and a code), by a link, by a token; the lock-out and the rate of guesses.

Each sign-in begins a session with a new secret: one that a browser brought with it is never taken over, and ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter
from pydantic import BaseModel
from pyotp.totp import TOTP
from pyotp.utils import strings_equal
from uuid_utils.compat import uuid7

from server.access.passwords import Passwords
from server.access.people import People
from server.database import Database, Transaction
from server.limits.rates import Rate, key_of
from server.problems import Kind, ProblemError
from storage import accounts
from storage.accounts import LINK, SETUP, Grant, NewAccount, digest, new_secret
from storage.deeds import Actor
from wire.terms import ActorKind

log = structlog.get_logger()
SIGN_INS = Counter("shian_server_sign_ins_total", "Sign-ins, by how and whether they succeeded", ["way", "outcome"])
_MOST_FAILED = 10
_LOCKED_S = 900.0
_AGENT = 200
_STEP_S = 30
WRONG = Kind(
    401,
    "wrong-credentials",
    "Name, password or code is not right, or there were too many attempts; then wait 15 minutes.",
    "用户名、密码或验证码不正确，或尝试次数过多（请等待 15 分钟）。",
)
CODE_NEEDED = Kind(401, "code-needed", "Give the code of your second factor as well.", "还需要输入动态验证码。")
USED = Kind(
    401,
    "link-used",
    "This link has been used or is too old; ask for another.",
    "此链接已被使用或已过期，请重新获取。",
)
SET_UP = Kind(409, "set-up-already", "There is an account already: sign in.", "已有账号，请登录。")


class _Account(BaseModel):
    id: UUID
    name: str
    password: str | None
    totp: str | None
    totp_step: int
    failed: int
    is_enabled: bool
    is_locked: bool


class _TokenOwner(BaseModel):
    id: UUID
    name: str
    token: UUID


@dataclass(frozen=True, slots=True)
class Visitor:
    """Visitor at the door. `before`: the session that the browser brought with it."""

    address: str
    agent: str
    before: str = ""


def code_step(totp: str, code: str, last: int, now: float) -> int | None:
    """Return the time step of a code; None for a wrong one, and for one that was used already."""
    wanted = TOTP(totp, interval=_STEP_S)
    digits = code.replace(" ", "")
    for step in (int(now) // _STEP_S + by for by in (0, -1, 1)):
        if step > last and strings_equal(digits, wanted.generate_otp(step)):
            return step
    return None


class SignIn:
    """The ways to sign in. Each returns the secret of the new session, or raises ProblemError."""

    def __init__(self, db: Database, people: People, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._people = people
        self.clock = clock
        self._passwords = Passwords()
        self._by_address = Rate("sign_in", burst=30, per_s=0.5)
        self._by_name = Rate("sign_in_name", burst=10, per_s=1 / 30)

    @property
    def passwords(self) -> Passwords:
        return self._passwords

    def knock(self, visitor: Visitor) -> None:
        """Count a try of an address. Raises ProblemError (429)."""
        self._by_address.check(key_of(visitor.address))

    def guess(self, key: str) -> None:
        """Count a guess at a password of somebody who has signed in already. Raises ProblemError (429)."""
        self._by_name.check(key)

    async def by_password(self, visitor: Visitor, name: str, password: str, code: str) -> str:
        """Sign in by name and password, and by a code where the account has a second factor."""
        self._by_address.check(key_of(visitor.address))
        self._by_name.check(name.lower())
        async with self._db.transaction() as transaction:
            account = await transaction.row(_Account, "access.for_sign_in", {"name": name})
        # Outside the transaction: a password takes a while, and connections are few.
        is_right = await self._passwords.is_right(password, account.password if account else None)
        async with self._db.transaction() as transaction:
            problem, session = await self._judge(transaction, visitor, name, is_right, code)
        if problem:
            SIGN_INS.labels("password", problem.name).inc()
            log.warning("sign_in_refused", name=name[:100], reason=problem.name, client=visitor.address)
            raise ProblemError(problem)
        self._by_name.forget(name.lower())
        SIGN_INS.labels("password", "ok").inc()
        return session

    async def _judge(
        self, transaction: Transaction, visitor: Visitor, name: str, is_right: bool, code: str
    ) -> tuple[Kind | None, str]:
        """Judge in a transaction that is committed also when it refuses: it counts the failure."""
        account = await transaction.row(_Account, "access.for_sign_in", {"name": name})
        if account is None or account.is_locked or not account.is_enabled:
            return WRONG, ""
        step: int | None = 0
        if is_right and account.totp is not None:
            if not code:
                return CODE_NEEDED, ""
            step = code_step(account.totp, code, account.totp_step, self.clock())
        if not is_right or step is None:
            await transaction.run("access.failed", {"account": account.id, "most": _MOST_FAILED, "for_s": _LOCKED_S})
            if account.failed + 1 == _MOST_FAILED:
                detail = {"failed": account.failed + 1}
                await transaction.take(
                    accounts.audit(Actor(address=visitor.address), "account_locked", account.name, detail)
                )
            return WRONG, ""
        return None, await self._begin(transaction, visitor, account, "password", step=step)

    async def by_link(self, visitor: Visitor, secret: str) -> str:
        """Sign in by a link that counts once."""
        self._by_address.check(key_of(visitor.address))
        async with self._db.transaction() as transaction:
            used = await transaction.take(accounts.use_secret(LINK, secret))
            account = await self._account(transaction, used[0]) if used else None
            if account is None or not account.is_enabled:
                raise self._refused("link", USED, visitor)
            return await self._begin(transaction, visitor, account, "link")

    async def by_token(self, visitor: Visitor, token: str) -> str:
        """Let a screen sign in by its token; the session ends with the token."""
        self._by_address.check(key_of(visitor.address))
        async with self._db.transaction() as transaction:
            owner = await transaction.row(_TokenOwner, "access.token", {"hash": digest(token)})
            account = await self._account(transaction, owner.id) if owner else None
            if owner is None or account is None:
                raise self._refused("token", WRONG, visitor)
            return await self._begin(transaction, visitor, account, "token", token=owner.token)

    async def set_up(self, visitor: Visitor, secret: str, name: str, password: str) -> str:
        """Make the first account, an administrator of the whole district, by the secret of the first start."""
        self._by_address.check(key_of(visitor.address))
        kept = await self._passwords.hash(password)
        async with self._db.transaction() as transaction:
            if await transaction.take(accounts.has_any()):
                raise ProblemError(SET_UP)
            if await transaction.take(accounts.use_secret(SETUP, secret)) is None:
                raise self._refused("setup", USED, visitor)
            new = NewAccount(name, password=kept, grants=(Grant(accounts.ADMINISTRATOR),))
            identity = await transaction.take(
                accounts.add(new, actor=Actor(name, ActorKind.PERSON, address=visitor.address))
            )
            await transaction.take(accounts.forget_setup())
            account = await self._account(transaction, identity)
            assert account is not None, "made a moment ago"
            return await self._begin(transaction, visitor, account, "setup")

    async def by_identity(self, visitor: Visitor, identity: str) -> str | None:
        """Let somebody in whom another server has vouched for; None: no account has this identity."""
        async with self._db.transaction() as transaction:
            account = await transaction.row(_Account, "access.by_identity", {"identity": identity})
            if account is None:
                return None
            if not account.is_enabled:
                raise self._refused("oidc", WRONG, visitor)
            return await self._begin(transaction, visitor, account, "oidc")

    async def by_new_identity(self, visitor: Visitor, identity: str, name: str) -> str | None:
        """Make an account for somebody whom another server has vouched for, without any role; None: another has this
        name."""
        actor = Actor(name, ActorKind.PERSON, address=visitor.address)
        try:
            async with self._db.transaction() as transaction:
                await transaction.take(accounts.add(NewAccount(name[:100], identity=identity), actor=actor))
        except accounts.NameTakenError:
            return None
        return await self.by_identity(visitor, identity)

    async def sign_out(self, secret: str) -> None:
        """End the session."""
        self._people.forget(secret)
        async with self._db.transaction() as transaction:
            await transaction.run("access.end_session_of", {"hash": digest(secret)})

    @staticmethod
    async def _account(transaction: Transaction, identity: UUID | None) -> _Account | None:
        return await transaction.row(_Account, "access.by_id", {"account": identity})

    @staticmethod
    def _refused(way: str, kind: Kind, visitor: Visitor) -> ProblemError:
        SIGN_INS.labels(way, kind.name).inc()
        log.warning("sign_in_refused", way=way, reason=kind.name, client=visitor.address)
        return ProblemError(kind)

    async def _begin(
        self,
        transaction: Transaction,
        visitor: Visitor,
        account: _Account,
        way: str,
        *,
        step: int = 0,
        token: UUID | None = None,
    ) -> str:
        rules = self._people.rules
        secret = new_secret()
        if visitor.before:
            self._people.forget(visitor.before)
            await transaction.run("access.end_session_of", {"hash": digest(visitor.before)})
        await transaction.run("access.forget_old_sessions", {"idle_s": rules.idle_s})
        session = {"id": uuid7(), "hash": digest(secret), "account": account.id, "token": token}
        session |= {"address": visitor.address, "agent": visitor.agent[:_AGENT], "for_s": rules.session_s}
        await transaction.run("access.begin_session", session)
        await transaction.run("access.succeeded", {"account": account.id, "step": step})
        actor = Actor(account.name, ActorKind.PERSON, account.id, visitor.address)
        await transaction.take(accounts.audit(actor, "signed_in", account.name, {"way": way}))
        return secret
