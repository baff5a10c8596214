"""Who asks, by the session's cookie or a token: looked up in the database, and remembered for a moment.

A session that is ended here ends at once; one that another server, or the command line, has ended, after
`_FRESH_S` at the latest. While the database is away, whoever was known a minute ago is believed to be the same.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from uuid import UUID

import structlog
from psycopg import Error
from pydantic import BaseModel
from starlette.datastructures import Headers

from server.access.caller import Caller, almighty
from server.access.district import District
from server.database import Database
from storage.accounts import Grant, digest

log = structlog.get_logger()
_LOCAL, _PROGRAM = "local", "token"
_FRESH_S = 2.0
_GRACE_S = 60.0
_MOST = 20_000
TOKEN_PREFIX = "shian_"  # noqa: S105  the beginning of every token


class _Grant(BaseModel):
    role: str
    area: str | None


class _Found(BaseModel):
    """Account behind a session or a token."""

    session: UUID | None
    id: UUID
    name: str
    title: str
    scopes: list[str]
    is_due: bool
    grants: list[_Grant]


class _Area(BaseModel):
    code: str
    parent: str | None


class _Station(BaseModel):
    name: str
    area: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    at: float


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of sessions. `fixed_token`: that of token_file, for programs of this installation."""

    is_on: bool
    is_behind_tls: bool
    session_s: float
    idle_s: float
    fixed_token: str | None = None

    @property
    def cookie(self) -> str:
        return "__Host-shian" if self.is_behind_tls else "shian_session"


class People:
    """Registry of those who may ask. Call it from one event loop."""

    def __init__(self, db: Database, rules: Rules, now: Callable[[], float] = time.monotonic) -> None:
        self.rules = rules
        self._db = db
        self._now = now
        self._known: dict[bytes, _Known] = {}
        self._ended: dict[bytes, float] = {}
        self._district: tuple[District, float] | None = None

    async def recognise(self, headers: Headers, address: str) -> Caller | None:
        """Return who asks; None: nobody has signed in. Raises psycopg.Error when that cannot be known."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme:
            return await self._by_token(given.strip(), address) if scheme.lower() == "bearer" else None
        if not self.rules.is_on:
            return almighty(_LOCAL, address) if self.rules.fixed_token is None else None
        session = cookie_of(headers, self.rules.cookie)
        return await self._remembered("session", session, address) if session else None

    async def _by_token(self, given: str, address: str) -> Caller | None:
        fixed = self.rules.fixed_token
        if fixed is not None and hmac.compare_digest(given.encode(), fixed.encode()):
            return replace(almighty(_PROGRAM, address), is_program=True)
        if not given.startswith(TOKEN_PREFIX):
            return None  # a station's ticket is not ours to look up
        return await self._remembered("token", given, address)

    def forget(self, secret: str) -> None:
        """Forget a session that has ended, also for a request that is just looking it up."""
        now = self._now()
        self._ended = {key: at for key, at in self._ended.items() if now - at < _GRACE_S}
        self._ended[digest(secret)] = now
        self._known.pop(digest(secret), None)

    def forget_all(self) -> None:
        """Forget everybody: an account was changed."""
        self._known.clear()

    async def _remembered(self, kind: str, secret: str, address: str) -> Caller | None:
        key = digest(secret)
        known, now = self._known.get(key), self._now()
        if known and now - known.at < _FRESH_S:
            return _from(known.caller, address)
        try:
            caller = await self._look_up(kind, key, address)
        except Error as exc:
            if known is None or now - known.at > _GRACE_S:
                raise
            log.warning("caller_believed", error=str(exc)[:200])
            return _from(known.caller, address)
        if caller is None or key in self._ended:
            self._known.pop(key, None)
            return None
        if len(self._known) >= _MOST:
            self._known = {key: one for key, one in self._known.items() if now - one.at < _FRESH_S}
        self._known[key] = _Known(caller, now)
        return caller

    async def _look_up(self, kind: str, key: bytes, address: str) -> Caller | None:
        async with self._db.transaction() as transaction:
            values = {"hash": key, "idle_s": self.rules.idle_s}
            found = await transaction.row(_Found, f"access.{kind}", values)
            if found is None:
                return None
            if found.is_due:
                await transaction.run(f"access.{kind}_seen", {"hash": key, "address": address})
        district = await self._map()
        grants = tuple(Grant(one.role, one.area) for one in found.grants)
        reaches = MappingProxyType(district.reaches(grants, frozenset(found.scopes)))
        roles = frozenset(grant.role for grant in grants)
        caller = Caller(found.name, found.id, roles, address, reaches, title=found.title, session=found.session)
        return replace(caller, is_program=kind == "token")

    async def _map(self) -> District:
        """Return the district as it was a moment ago at the earliest."""
        if self._district is None or self._now() - self._district[1] >= _FRESH_S:
            async with self._db.transaction() as transaction:
                areas = await transaction.rows(_Area, "access.areas")
                stations = await transaction.rows(_Station, "access.stations")
            parents = {area.code: area.parent for area in areas}
            self._district = District(parents, {one.name: one.area for one in stations}), self._now()
        return self._district[0]


def _from(caller: Caller, address: str) -> Caller:
    return caller if caller.address == address else caller.at(address)


def cookie_of(headers: Headers, name: str) -> str:
    """Return the value of a cookie; empty where there is none."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
