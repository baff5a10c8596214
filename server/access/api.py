"""/api/v1/session: sign in and out of the page."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from server.access.door import Door
from server.access.guard import REFUSED
from server.access.need import need
from server.problems import Kind, ProblemError

log = structlog.get_logger()
_WRONG_TOKEN = Kind(401, "wrong-token", "The token is not right.", "访问口令不正确。")


class SignIn(BaseModel):
    """The token, and who will be named in the audit of what is looked at."""

    token: Annotated[str, Field(max_length=1000)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class Session(BaseModel):
    """State of the caller: is a token asked for, and has it been shown."""

    is_required: bool
    is_signed_in: bool


def router(door: Door) -> APIRouter:
    """Return the routes to sign in and out of the page."""
    routes = APIRouter(prefix="/session", tags=["session"], dependencies=[need("open.session")])

    @routes.get("")
    async def session(request: Request) -> Session:
        """Tell whether one must sign in."""
        return Session(is_required=door.token is not None, is_signed_in=door.who(request.headers) is not None)

    @routes.post("", status_code=204)
    async def sign_in(given: SignIn, answer: Response) -> None:
        """Trade the token for a cookie that scripts cannot read."""
        if door.token is None:
            return
        if not door.is_token(given.token):
            REFUSED.labels(_WRONG_TOKEN.name).inc()
            log.warning("sign_in_refused")
            raise ProblemError(_WRONG_TOKEN)
        answer.set_cookie(
            door.cookie,
            door.new_session(given.name),
            max_age=int(door.session_s),
            httponly=True,
            samesite="strict",
            secure=door.is_behind_tls,
        )

    @routes.delete("", status_code=204)
    async def sign_out(answer: Response) -> None:
        """Forget the cookie."""
        answer.delete_cookie(door.cookie, httponly=True, samesite="strict", secure=door.is_behind_tls)

    return routes
