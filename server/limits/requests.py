"""How often one address may ask. The station's uploads have budgets of their own besides (server/media/room.py)."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.limits.rates import Rate, key_of, too_often
from server.problems import response

# Whoever asks these decides whether we are restarted.
_FREE = frozenset({"/healthz", "/readyz"})


class Requests:
    """ASGI middleware: answers 429 to an address that asks too often."""

    def __init__(self, app: ASGIApp, rate: Rate) -> None:
        self._app = app
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = 0.0
        if scope["type"] in ("http", "websocket") and scope["path"] not in _FREE:
            wait_s = self._rate.wait_s(key_of((scope.get("client") or ("",))[0]))
        if not wait_s:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013, "reason": "too-often"})
        else:
            await response(too_often(wait_s), Headers(scope=scope).get("accept-language", ""))(scope, receive, send)
