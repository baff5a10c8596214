"""/api/v1/oidc: to the other server, and back from it with a session."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from server.access.api import give_cookie, visitor
from server.access.need import need
from server.access.oidc import REFUSED, Begun, Issuer
from server.access.people import People, cookie_of
from server.access.sign_in import SignIn
from server.database import Db
from server.lists.parameters import takes_any
from server.problems import Kind, ProblemError
from storage import accounts

_TEN_MINUTES_S = 600.0
_UNKNOWN = Kind(
    403,
    "account-unknown",
    "You have signed in elsewhere, and have no account here: ask an administrator.",
    "已通过统一身份认证，但本系统中没有您的账号，请联系系统管理员。",
)
_Text = Annotated[str, Query(max_length=4000)]


def router(people: People, entrance: SignIn, issuer: Issuer, *, makes_accounts: bool) -> APIRouter:
    """Return the two routes of a sign-in by another server."""
    routes = APIRouter(prefix="/oidc", tags=["session"], dependencies=[need("open.session")])
    cookie = f"{people.rules.cookie}-oidc"

    @routes.get("/start", status_code=303, response_class=RedirectResponse)
    async def start(request: Request, db: Db) -> Response:
        """Send the browser to the other server."""
        entrance.knock(visitor(request, people))
        address, state, begun = await issuer.begin()
        async with db.transaction() as transaction:
            await transaction.take(
                accounts.keep_secret(accounts.OIDC, None, for_s=_TEN_MINUTES_S, facts=begun.model_dump(), secret=state)
            )
        answer = RedirectResponse(address, 303)
        # Lax: the browser comes back from another site.
        answer.set_cookie(
            cookie,
            state,
            max_age=int(_TEN_MINUTES_S),
            httponly=True,
            samesite="lax",
            secure=people.rules.is_behind_tls,
        )
        return answer

    @routes.get(
        "/callback",
        status_code=303,
        response_class=RedirectResponse,
        dependencies=[Depends(takes_any)],  # the other server adds words of its own
    )
    async def callback(request: Request, db: Db, code: _Text = "", state: _Text = "") -> Response:
        """Take the browser back, and begin a session of the account with this identity."""
        entrance.knock(visitor(request, people))
        brought = cookie_of(request.headers, cookie)
        if not state or not code or not hmac.compare_digest(brought.encode(), state.encode()):
            raise ProblemError(REFUSED)
        async with db.transaction() as transaction:
            kept = await transaction.take(accounts.use_secret(accounts.OIDC, state))
        if kept is None:
            raise ProblemError(REFUSED)
        identity = await issuer.end(code, Begun.model_validate(kept[1]))
        secret = await entrance.by_identity(visitor(request, people), identity.key)
        if secret is None and makes_accounts:
            secret = await entrance.by_new_identity(visitor(request, people), identity.key, identity.name)
        if secret is None:
            raise ProblemError(_UNKNOWN)
        answer = RedirectResponse("/", 303)
        give_cookie(answer, people, secret)
        answer.delete_cookie(cookie, httponly=True, samesite="lax", secure=people.rules.is_behind_tls)
        return answer

    return routes
