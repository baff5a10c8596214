"""The layers that every answer passes: security headers, the request metrics, the bound on bodies, the last line of
defence."""

import time
from collections.abc import Mapping

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.problems import UNEXPECTED, response

log = structlog.get_logger()
REQUESTS = Counter("shian_server_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram("shian_server_request_seconds", "Time until a request was answered in full", ["route"])
MOST_BYTES = 64 * 1024
_API = "/api/v1"
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Outermost:
    """ASGI middleware around everything else."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_behind_tls: bool,
        longest: Mapping[tuple[str, str], int] | None = None,
        pictures_from: str = "",
    ) -> None:
        """Wrap `app`. `longest`: the bound on bodies that may have more than MOST_BYTES, by the method and the end of
        the path; `pictures_from`: the origin of a map's tiles."""
        self._app = app
        self._longest = dict(longest or {})
        self._headers = dict(_HEADERS)
        if pictures_from:
            policy = _POLICY.replace("img-src 'self'", f"img-src 'self' {pictures_from}")
            self._headers["Content-Security-Policy"] = policy
        if is_behind_tls:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, _bounded(scope, receive, self._most(scope)), answer)
        except Exception as exc:
            # The last line: whatever no handler knew. Half an answer cannot be mended: the connection is cut.
            log.error("request_failed", path=scope["path"], error=type(exc).__name__, exc_info=exc)
            if status:
                raise
            await response(UNEXPECTED, Headers(scope=scope).get("accept-language", ""))(scope, receive, answer)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(method, route, status).inc()
            DURATION.labels(route).observe(time.perf_counter() - began)

    def _most(self, scope: Scope) -> int:
        bounds = (
            most
            for (method, end), most in self._longest.items()
            if method == scope["method"] and scope["path"].endswith(end)
        )
        return next(bounds, MOST_BYTES)


def _route(scope: Scope) -> str:
    """Return the path's pattern, for a metric's label: never a text that a client made up. FastAPI keeps it without the
    prefix."""
    pattern = getattr(scope.get("route"), "path", None)
    if pattern is None:
        return "other"
    is_below = scope["path"].startswith(_API) and not pattern.startswith(_API)
    return f"{_API if is_below else ''}{pattern}"


def _bounded(scope: Scope, receive: Receive, most: int) -> Receive:
    """Bound the body. Raises HTTPException (413) when it says or turns out to be longer than `most` bytes."""
    said = Headers(scope=scope).get("content-length", "0")
    got = 0

    async def bounded() -> Message:
        nonlocal got
        if not said.isdigit() or int(said) > most:
            raise HTTPException(413)
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(413)
        return message

    return bounded
