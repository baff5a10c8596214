"""The right to ask: the token, the session cookie of the page, and the checks that keep other web sites out.

Without `token_file` the server answers this machine only. With it, everything but the page's own files and the two
health probes needs the token: as `Authorization: Bearer`, or as the cookie that POST /api/v1/session gives for it.

A browser on this machine may be lured to a site that sends requests here (CSRF) or takes our name (DNS rebinding), so
Host is checked on every request, and Origin on WebSockets and on methods that change something.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter
from pydantic import BaseModel, Field, StringConstraints
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.problems import Kind, ProblemError, response

log = structlog.get_logger()
REFUSED = Counter("shian_server_refused_total", "Requests that were refused before they were looked at", ["reason"])

_OPEN = ("/", "/healthz", "/readyz", "/favicon.ico", "/api/v1/session")
_OPEN_BELOW = "/static/"
_STATION_MEDIA, _STATION_METHODS = "/api/v1/media/", frozenset({"HEAD", "PATCH"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LOCAL, _PROGRAM = "local", "token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BAD_HOST = Kind(421, "wrong-host", "This server is not known by that name.", "本服务器不使用此主机名。")
_BAD_ORIGIN = Kind(403, "wrong-origin", "Another site may not ask this.", "不接受其他网站发起的请求。")
_NO_TOKEN = Kind(
    401,
    "token-needed",
    "A valid token is needed.",
    "需要有效的访问口令。",
    {"WWW-Authenticate": 'Bearer realm="shian"'},
)
_WRONG_TOKEN = Kind(401, "wrong-token", "The token is not right.", "访问口令不正确。")


@dataclass(frozen=True, slots=True)
class Access:
    """The token and what is derived from it. `token` None: everybody who reaches the server may ask."""

    token: str | None
    session_s: float
    is_behind_tls: bool
    hosts: frozenset[str] | None
    now: Callable[[], float] = time.time

    @property
    def cookie(self) -> str:
        return "__Host-shian" if self.is_behind_tls else "shian_session"

    def is_token(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def new_session(self, name: str) -> str:
        """Return a new session, `expiry.name.mac`: any server with this token knows it, and a new token ends all
        sessions."""
        said = f"{int(self.now() + self.session_s)}.{name.encode().hex()}"
        return f"{said}.{self._mac(said)}"

    def name_in(self, session: str) -> str | None:
        """Return the name in a session; None: not one of ours, or an old one."""
        said, _, mac = session.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return None
        expiry, _, name = said.partition(".")
        return bytes.fromhex(name).decode() if int(expiry) > self.now() else None

    def _mac(self, said: str) -> str:
        key = (self.token or "").encode()
        return hmac.new(key, b"shian session " + said.encode(), hashlib.sha256).hexdigest()

    def who(self, headers: Headers) -> str | None:
        """Return who asks: the name given at sign-in, "token" for a program that shows the token, "local" where none is
        asked for. None: may not ask."""
        if self.token is None:
            return _LOCAL
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return _PROGRAM if self.is_token(given.strip()) else None
        return self.name_in(_cookie(headers, self.cookie))

    def is_signed_in(self, headers: Headers) -> bool:
        """Return True when the request carries the token or a session."""
        return self.who(headers) is not None


def _cookie(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def allowed_hosts(*, is_loopback: bool, names: tuple[str, ...]) -> frozenset[str] | None:
    """Return the names that Host may say; None: any (the token protects, and a rebound name has no cookie)."""
    if not is_loopback and not names:
        return None
    return frozenset(name.lower() for name in names) | _LOOPBACK


class Guard:
    """ASGI middleware: refuses what may not pass, before anything else looks at it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        REFUSED.labels(refusal.name).inc()
        log.warning(
            "request_refused", reason=refusal.name, path=scope["path"], client=(scope.get("client") or ["?"])[0]
        )
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.name})
        else:
            await response(refusal, headers.get("accept-language", ""))(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Kind | None:
        if not self._is_our_name(headers):
            return _BAD_HOST
        is_socket = scope["type"] == "websocket"
        if (is_socket or scope["method"] not in _SAFE) and not self._is_our_site(headers):
            return _BAD_ORIGIN
        path = scope["path"]
        if not is_socket and scope["method"] in _STATION_METHODS and path.startswith(_STATION_MEDIA):
            return None  # a station with a ticket of its own, which server.media looks at
        if path in _OPEN or path.startswith(_OPEN_BELOW) or self._access.is_signed_in(headers):
            return None
        return _NO_TOKEN

    def _is_our_name(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return False
        return self._access.hosts is None or _hostname(hosts[0]) in self._access.hosts

    def _is_our_site(self, headers: Headers) -> bool:
        origins = headers.getlist("origin")
        if not origins:
            return True  # not a browser: browsers always say where a WebSocket or a POST comes from
        netloc = _netloc(origins[0])
        if netloc == headers["host"].lower():
            return True
        return self._access.hosts is not None and _hostname(netloc) in self._access.hosts - _LOOPBACK


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _hostname(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""


class SignIn(BaseModel):
    """The token, and who will be named in the audit of what is looked at."""

    token: Annotated[str, Field(max_length=1000)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class Session(BaseModel):
    """State of the caller: is a token asked for, and has it been shown."""

    is_required: bool
    is_signed_in: bool


def router(access: Access) -> APIRouter:
    """Return the routes to sign in and out of the page."""
    routes = APIRouter(prefix="/session", tags=["session"])

    @routes.get("")
    async def session(request: Request) -> Session:
        """Tell whether one must sign in."""
        return Session(is_required=access.token is not None, is_signed_in=access.is_signed_in(request.headers))

    @routes.post("", status_code=204)
    async def sign_in(given: SignIn, answer: Response) -> None:
        """Trade the token for a cookie that scripts cannot read."""
        if access.token is None:
            return
        if not access.is_token(given.token):
            REFUSED.labels(_WRONG_TOKEN.name).inc()
            log.warning("sign_in_refused")
            raise ProblemError(_WRONG_TOKEN)
        answer.set_cookie(
            access.cookie,
            access.new_session(given.name),
            max_age=int(access.session_s),
            httponly=True,
            samesite="strict",
            secure=access.is_behind_tls,
        )

    @routes.delete("", status_code=204)
    async def sign_out(answer: Response) -> None:
        """Forget the cookie."""
        answer.delete_cookie(access.cookie, httponly=True, samesite="strict", secure=access.is_behind_tls)

    return routes
