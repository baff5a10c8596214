"""Connections to the server: how many, and how long one may keep us waiting. uvicorn bounds neither.

    open -> head is coming -> body is coming -> answer is written -> idle, or the next head
            head_s            quiet_s           quiet_s unread       timeout_keep_alive of uvicorn

A connection on which no request is under way is *waiting*. When there are as many connections as may be, the one that
has waited the longest makes room, so whoever opens many and says nothing only takes room from himself and his like.
A WebSocket is never waiting: uvicorn's pings find the dead ones.
"""

import asyncio
from collections import Counter as Counts
from ipaddress import ip_address, ip_network
from typing import Any, Protocol, cast

import h11
import structlog
from prometheus_client import Counter, Gauge
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.limits.rates import key_of
from server.limits.settings import Limits

log = structlog.get_logger()
OPEN = Gauge("shian_server_connections", "Connections that are open, WebSockets among them")
CUT = Counter("shian_server_connections_cut_total", "Connections that were refused or cut", ["reason"])
# A sender must bring so much a second in the long run: a drop every now and then holds no connection.
_SLOWEST = 1024
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Cache-Control: no-store\r\n\r\n"
)


class Cuttable(Protocol):
    """A connection as the table sees it."""

    def cut(self, reason: str) -> None:
        """End at once."""
        ...


class Table:
    """All open connections. It decides, and does no I/O but `cut`."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.connections
        self._most_each = limits.connections_each
        self._proxies = [ip_network(text, strict=False) for text in limits.proxies]
        self._open: dict[Cuttable, str] = {}
        self._each: Counts[str] = Counts()
        self._waiting: dict[Cuttable, None] = {}  # in the order in which they began to wait

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Cuttable, client: str) -> bool:
        """Take a connection in, waiting; one that waits makes room where there is none. Return False: no room."""
        key = key_of(client)
        if not self._is_proxy(client) and self._each[key] >= self._most_each and not self._make_room(key):
            return False
        if len(self._open) >= self._most and not self._make_room(None):
            return False
        self._open[connection] = key
        self._each[key] += 1
        self._waiting[connection] = None
        OPEN.set(len(self._open))
        return True

    def is_working(self, connection: Cuttable) -> None:
        """Note that a request is under way."""
        self._waiting.pop(connection, None)

    def is_waiting(self, connection: Cuttable) -> None:
        """Note that no request is under way. One that is waiting already keeps its place."""
        if connection in self._open:
            self._waiting.setdefault(connection)

    def replace(self, connection: Cuttable, by: Cuttable) -> None:
        """Let `by`, a WebSocket, take the place of `connection`."""
        if connection in self._open:
            self._open[by] = self._open.pop(connection)
            self._waiting.pop(connection, None)

    def leave(self, connection: Cuttable) -> None:
        self._waiting.pop(connection, None)
        key = self._open.pop(connection, None)
        if key is not None:
            self._each[key] -= 1
            if not self._each[key]:
                del self._each[key]
            OPEN.set(len(self._open))

    def _make_room(self, key: str | None) -> bool:
        """Cut the connection that has waited the longest (of that address, when one is given)."""
        found = next((each for each in self._waiting if key is None or self._open[each] == key), None)
        if found is None:
            return False
        self.leave(found)
        found.cut("made_room")
        return True

    def _is_proxy(self, client: str) -> bool:
        try:
            address = ip_address(client)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


class _Deadline:
    """One timer that is set again and again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self.reason = ""

    def start(self, wait_s: float, reason: str, cut: "Connection") -> None:
        self.stop()
        self.reason = reason
        self._timer = self._loop.call_later(wait_s, cut.cut, reason)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, self.reason = None, ""


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 connection with deadlines, and with a place in the table."""

    table: Table
    limits: Limits

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sender = _Deadline(self.loop)  # the other side owes us a head or a body
        self._reader = _Deadline(self.loop)  # the other side does not read what we wrote
        self._body_until = 0.0
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.table.admit(self, self.client[0] if self.client else ""):
            CUT.labels("full").inc()
            log.warning("connection_refused", reason="full", open=len(self.table))
            transport.write(_FULL)
            transport.close()
            return
        self._sender.start(self.limits.head_s, "head", self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sender.stop()
        self._reader.stop()
        self.table.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # refused
        super().data_received(data)
        if not self._is_upgraded:  # a WebSocket owes us nothing
            self._look(len(data))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look(0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader.start(self.limits.quiet_s, "reader", self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reader.stop()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._sender.stop()
        self._is_upgraded = True
        super().handle_websocket_upgrade(event)

    def cut(self, reason: str) -> None:
        if reason == "body" and self.flow.read_paused:
            # We do not read: a handler is busy with what came.
            self._body_until = self.loop.time() + self.limits.quiet_s
            self._sender.start(self.limits.quiet_s, "body", self)
            return
        CUT.labels(reason).inc()
        log.info("connection_cut", reason=reason, client=self.client[0] if self.client else "?")
        # Not closed but aborted: what was written may be what the other side does not read.
        self.transport.abort()

    def _look(self, came: int) -> None:
        """Set the deadline for what the other side owes us now. `came`: bytes that it has just brought."""
        if self.transport.is_closing():
            # It stays open until what was written is read.
            self.table.is_waiting(self)
            self._sender.start(self.limits.quiet_s, "reader", self)
        elif self.conn.their_state is h11.IDLE:
            self.table.is_waiting(self)
            if (came or self.conn.trailing_data[0]) and self._sender.reason != "head":
                self._sender.start(self.limits.head_s, "head", self)  # the beginning of a further request
        elif self.conn.their_state is h11.SEND_BODY:
            self.table.is_working(self)
            self._await_body(came)
        else:
            self.table.is_working(self)
            self._sender.stop()

    def _await_body(self, came: int) -> None:
        now, quiet_s = self.loop.time(), self.limits.quiet_s
        if self._sender.reason != "body":
            self._body_until = now + quiet_s
        self._body_until = min(now + quiet_s, self._body_until + came / _SLOWEST)
        self._sender.start(self._body_until - now, "body", self)


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which keeps the place of its connection in the table."""

    table: Table

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        before = transport.get_protocol()
        super().connection_made(transport)
        if isinstance(before, Connection):
            self.table.replace(before, self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.table.leave(self)
        super().connection_lost(exc)

    def cut(self, reason: str) -> None:
        CUT.labels(reason).inc()
        self.transport.abort()


def protocols(limits: Limits) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """Return the classes of HTTP connections and WebSockets, which share a new table."""
    table = Table(limits)
    http = type("Connection", (Connection,), {"table": table, "limits": limits})
    websocket = type("Socket", (Socket,), {"table": table})
    return cast("type[asyncio.Protocol]", http), cast("type[asyncio.Protocol]", websocket)
