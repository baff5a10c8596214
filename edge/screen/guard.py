"""Whose requests are taken: those of this page alone, under a name that this server has.

A browser of this machine may show other pages as well, and they can send requests here (cross-site), or have a name of
theirs lead here (DNS rebinding). So the Host must be one of ours, and what changes something must say that it comes
from this very page."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " media-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_SAFE = ("GET", "HEAD")
# Types that a form of another page cannot send without asking first.
_TYPES = ("application/json", "image/jpeg")


class Guard:
    """The outermost middleware. `names`: the names in Host that are ours, without the port."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        app = PlainTextResponse(refusal, 403) if refusal else self._app
        await app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        # The address that the connection came to names this machine as well, and no page elsewhere can have it.
        if _name(host) not in self._names | {(scope.get("server") or ("",))[0]}:
            return "no such host here"
        if scope["method"] in _SAFE:
            return ""
        if headers.get("origin") != f"{scope['scheme']}://{host}":
            return "not from this page"
        if headers.get("content-type", "").split(";")[0] not in _TYPES:
            return "JSON is expected, or a picture"
        return ""


def _name(host: str) -> str:
    """Return the name in a Host header, without its port: `name:8200`, `[::1]:8200`."""
    return host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
