"""/api/v1/session: sign in and out, and ask who one is."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from server.access import passwords
from server.access.caller import Caller
from server.access.need import caller_of, need
from server.access.people import People, cookie_of
from server.access.sign_in import SignIn, Visitor
from server.database import Db
from server.problems import Kind, ProblemError

_Secret = Annotated[str, Field(max_length=1000)]
AccountName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f/@]*$")
]


class GivenSignIn(BaseModel):
    """One way to sign in: name and password (and code), a link's secret, a token, or the secret of the first start with
    the name and password of the first administrator."""

    model_config = ConfigDict(extra="forbid")

    name: AccountName | None = None
    password: Annotated[str, Field(max_length=passwords.LONGEST)] | None = None
    code: Annotated[str, Field(max_length=20, description="of the second factor")] = ""
    link: _Secret | None = None
    token: _Secret | None = None
    setup: Annotated[_Secret | None, Field(description="printed at the first start")] = None

    @model_validator(mode="after")
    def _is_one_way(self) -> "GivenSignIn":
        is_named = self.name is not None and self.password is not None
        ways = [self.link is not None, self.token is not None, self.setup is not None or is_named]
        if sum(ways) != 1 or (self.setup is not None and not is_named):
            raise ValueError("give name and password (with `setup` at the first start), or `link`, or `token`")
        return self


class Session(BaseModel):
    """State of the caller: must one sign in, has one, who one is, and what one may do (anywhere)."""

    is_required: bool
    is_signed_in: bool
    needs_setup: Annotated[bool, Field(description="there is no account yet: sign in with `setup`")] = False
    has_oidc: Annotated[bool, Field(description="GET /api/v1/oidc/start signs in by another server")] = False
    name: str = ""
    title: str = ""
    roles: list[str] = []
    permissions: list[str] = []
    zone: Annotated[str, Field(description="the district's time zone: a page shows its times in it")] = ""


class _IsSo(BaseModel):
    is_so: bool


def visitor(request: Request, people: People) -> Visitor:
    """Return who stands at the door."""
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return Visitor(address, agent, cookie_of(request.headers, people.rules.cookie))


def give_cookie(answer: Response, people: People, secret: str) -> None:
    """Set the session's cookie, which scripts cannot read and other sites do not bring."""
    answer.set_cookie(
        people.rules.cookie,
        secret,
        max_age=int(people.rules.session_s),
        httponly=True,
        samesite="strict",
        secure=people.rules.is_behind_tls,
    )


def password_problem() -> ProblemError:
    """Return the problem of a password that is not taken."""
    return ProblemError(
        Kind(
            422,
            "bad-password",
            f"A password has {passwords.SHORTEST} to {passwords.LONGEST} characters and is not easy to guess.",
            f"密码长度须为 {passwords.SHORTEST} 至 {passwords.LONGEST} 个字符，且不能过于简单。",
        )
    )


def router(people: People, entrance: SignIn, *, has_oidc: bool, zone: str) -> APIRouter:
    """Return the routes to sign in and out."""
    routes = APIRouter(prefix="/session", tags=["session"], dependencies=[need("open.session")])

    @routes.get("")
    async def session(request: Request, db: Db) -> Session:
        """Tell who asks, and whether one must sign in."""
        caller = caller_of(request.scope)
        is_required = people.rules.is_on or people.rules.fixed_token is not None
        if caller is None:
            found = await db.row(_IsSo, "access.has_any") if people.rules.is_on else None
            needs_setup = found is not None and not found.is_so
            return Session(
                is_required=is_required, is_signed_in=False, needs_setup=needs_setup, has_oidc=has_oidc, zone=zone
            )
        return _told(caller, is_required=is_required, has_oidc=has_oidc, zone=zone)

    @routes.post("", status_code=204)
    async def sign_in(given: GivenSignIn, request: Request, answer: Response) -> None:
        """Sign in; the answer sets the session's cookie. 401 `code-needed`: the account has a second factor."""
        if not people.rules.is_on:
            return
        who = visitor(request, people)
        if given.link is not None:
            secret = await entrance.by_link(who, given.link)
        elif given.token is not None:
            secret = await entrance.by_token(who, given.token)
        else:
            assert given.name is not None
            assert given.password is not None
            if given.setup is None:
                secret = await entrance.by_password(who, given.name, given.password, given.code)
            else:
                if passwords.is_poor(given.password, given.name):
                    raise password_problem()
                secret = await entrance.set_up(who, given.setup, given.name, given.password)
        give_cookie(answer, people, secret)

    @routes.delete("", status_code=204)
    async def sign_out(request: Request, answer: Response) -> None:
        """End the session: its cookie opens nothing any more, wherever a copy of it is."""
        if secret := cookie_of(request.headers, people.rules.cookie):
            await entrance.sign_out(secret)
        answer.delete_cookie(people.rules.cookie, httponly=True, samesite="strict", secure=people.rules.is_behind_tls)

    return routes


def _told(caller: Caller, *, is_required: bool, has_oidc: bool, zone: str) -> Session:
    return Session(
        is_required=is_required,
        is_signed_in=True,
        has_oidc=has_oidc,
        name=caller.name,
        title=caller.title,
        roles=sorted(caller.roles),
        permissions=sorted(caller.reaches),
        zone=zone,
    )
