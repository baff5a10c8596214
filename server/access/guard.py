"""The checks before anything else looks at a request: our name, our site, and who asks.

A browser on this machine may be lured to a site that sends requests here (CSRF) or takes our name (DNS rebinding), so
Host is checked on every request, and Origin on WebSockets and on methods that change something.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import structlog
from fastapi.routing import iter_route_contexts
from prometheus_client import Counter
from psycopg import Error
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access.caller import Caller
from server.access.need import NOT_SIGNED_IN, permissions_of, remember
from server.problems import DATABASE_AWAY, Kind, response

log = structlog.get_logger()
REFUSED = Counter("shian_server_refused_total", "Requests that were refused before they were looked at", ["reason"])

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSED, _TRY_AGAIN = 1008, 1013  # WebSocket close codes
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BAD_HOST = Kind(421, "wrong-host", "This server is not known by that name.", "本服务器不使用此主机名。")
_BAD_ORIGIN = Kind(403, "wrong-origin", "Another site may not ask this.", "不接受其他网站发起的请求。")
# Gives who asks, by the headers and the address; None: nobody has signed in.
Recognise = Callable[[Headers, str], Awaitable[Caller | None]]


def allowed_hosts(*, is_loopback: bool, names: tuple[str, ...]) -> frozenset[str] | None:
    """Return the names that Host may say; None: any (a rebound name has no cookie of ours)."""
    if not is_loopback and not names:
        return None
    return frozenset(name.lower() for name in names) | _LOOPBACK


@dataclass(frozen=True, slots=True)
class Site:
    """The names and the scheme that this server has for browsers. `hosts` None: any name."""

    hosts: frozenset[str] | None
    is_behind_tls: bool

    def is_our_name(self, headers: Headers) -> bool:
        """Return True when the request names this server, once."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return False
        return self.hosts is None or _hostname(hosts[0]) in self.hosts

    def is_our_site(self, headers: Headers) -> bool:
        """Return True when the request comes from a page of ours, or from no browser."""
        origins = headers.getlist("origin")
        if not origins:
            return True  # not a browser: browsers always say where a WebSocket or a POST comes from
        scheme, netloc = _origin(origins[0])
        if len(origins) > 1 or scheme != ("https" if self.is_behind_tls else "http"):
            return False
        if netloc == headers["host"].lower():
            return True
        return self.hosts is not None and _hostname(netloc) in self.hosts - _LOOPBACK


class Guard:
    """ASGI middleware: refuses what may not pass, and notes who asks for `need` to find."""

    def __init__(self, app: ASGIApp, site: Site, recognise: Recognise, routes: list[BaseRoute]) -> None:
        self._app = app
        self._site = site
        self._recognise = recognise
        self._open = _OpenRoutes(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._wrong_place(scope, headers) or await self._unknown(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        REFUSED.labels(refusal.name).inc()
        log.warning("request_refused", reason=refusal.name, path=scope["path"], client=_address(scope))
        if scope["type"] == "websocket":
            code = _TRY_AGAIN if refusal is DATABASE_AWAY else _REFUSED
            await send({"type": "websocket.close", "code": code, "reason": refusal.name})
        else:
            await response(refusal, headers.get("accept-language", ""))(scope, receive, send)

    def _wrong_place(self, scope: Scope, headers: Headers) -> Kind | None:
        if not self._site.is_our_name(headers):
            return _BAD_HOST
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        return _BAD_ORIGIN if changes and not self._site.is_our_site(headers) else None

    async def _unknown(self, scope: Scope, headers: Headers) -> Kind | None:
        """Note who asks. Return the refusal of a stranger, who learns not even which addresses there are."""
        is_open = self._open.has(scope)
        again = partial(self._recognise, headers, _address(scope))
        try:
            caller = await again()
        except Error as exc:
            log.warning("caller_unknown", reason="database", error=str(exc)[:200])
            caller = None
            if not is_open:
                return DATABASE_AWAY
        remember(scope, caller, again)
        return None if caller or is_open else NOT_SIGNED_IN


class _OpenRoutes:
    """The routes that are open to strangers, by the permissions that they declare."""

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._patterns = [
            (compile_path(route.path + ("" if route.methods else "/{path:path}"))[0], route.methods)
            for route in iter_route_contexts(routes)
            if route.path is not None and (declared := permissions_of(route)) and all(one.is_open for one in declared)
        ]

    def has(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        return any(
            (methods is None or scope["method"] in methods) and pattern.match(scope["path"])
            for pattern, methods in self._patterns
        )


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ["?"])[0])


def _origin(origin: str) -> tuple[str, str]:
    """Return scheme and place of an origin, both empty where it is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()


def _hostname(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""
