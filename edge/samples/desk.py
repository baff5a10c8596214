"""The desk: a Unix socket by which another process of this machine (the station's screen) asks the agent about samples.

One request a line of JSON, one answer a line: `{"ask": "register", "id": 7, ...}` -> `{"id": 7, "ok": {...}}` or
`{"id": 7, "refused": "changed", "text": "...", "facts": {...}}`. docs/edge.md lists the requests. Bounded: lines,
answers, connections, and the time in which a client must take its answer. Only the agent's own user may connect.
Whatever a client does, or when it dies, costs itself alone: half a line is nothing, and a request is one transaction.
"""

import json
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from edge.errors import SpoolBrokenError, SpoolError, SpoolFullError
from edge.samples.asked import Asked, Wait
from edge.samples.client import short
from edge.samples.errors import Reason, RefusedError
from process.bell import Bell
from process.language import t

log = structlog.get_logger()

SOCKET = "agent.sock"
MAX_LINE = 64 * 1024
MAX_ANSWER = 1024 * 1024
_CLIENTS = 8
_TURN_S = 0.5
_STUCK_S = 10.0
_READ = 16 * 1024
_AGAIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is known: its fields, and what is done. `do` raises RefusedError or EdgeError."""

    fields: type[Asked]
    do: Callable[[Any], object]


@dataclass(slots=True, eq=False)
class _Client:
    connection: socket.socket
    heard: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)
    stuck_since: float = 0.0
    is_over: bool = False
    waits: "list[tuple[object, int, float]]" = field(default_factory=list)  # the id, after which number, until when


class Desk:
    """The server of the socket, in one thread. `recorded` returns the number of the newest event; ring `bell` when that
    changes."""

    def __init__(
        self,
        folder: Path,
        requests: Mapping[str, Request],
        *,
        recorded: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = folder / SOCKET
        self.bell = Bell()
        self._requests = requests
        self._recorded = recorded
        self._monotonic = monotonic
        self._clients: dict[socket.socket, _Client] = {}
        self.is_listening = False

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop` is set."""
        while (listener := self._try_to_listen()) is None:
            if stop.wait(_AGAIN_S):
                return
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(listener, selectors.EVENT_READ)
                selector.register(self.bell, selectors.EVENT_READ)
                self.is_listening = True
                while not stop.is_set():
                    self._turn(selector, listener)
        finally:
            self.is_listening = False
            for client in list(self._clients.values()):
                client.connection.close()
            self._clients.clear()
            listener.close()
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        self.bell.close()

    def _try_to_listen(self) -> socket.socket | None:
        """Return the listening socket; None where none can be made: then the agent goes on without a desk."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # The agent alone is at work in this folder: a socket that is there is that of an agent that died.
            self.path.unlink(missing_ok=True)
            with short(self.path) as name:
                listener.bind(name)
            self.path.chmod(0o600)
            listener.listen(_CLIENTS)
        except OSError as exc:
            log.warning("desk_not_open", path=str(self.path), reason=str(exc))
            listener.close()
            return None
        listener.setblocking(False)
        return listener

    def _turn(self, selector: selectors.BaseSelector, listener: socket.socket) -> None:
        for key, events in selector.select(_TURN_S):
            if key.fileobj is self.bell:
                self.bell.clear()
            elif key.fileobj is listener:
                self._accept(selector, listener)
            else:
                assert isinstance(key.fileobj, socket.socket), "nothing else is registered"
                self._serve(self._clients[key.fileobj], events)
        self._wake()
        now = self._monotonic()
        for client in list(self._clients.values()):
            if client.is_over or (client.unsent and now - client.stuck_since > _STUCK_S):
                selector.unregister(client.connection)
                client.connection.close()
                del self._clients[client.connection]
                continue
            wanted = selectors.EVENT_WRITE if client.unsent else selectors.EVENT_READ
            selector.modify(client.connection, wanted)

    def _accept(self, selector: selectors.BaseSelector, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if len(self._clients) >= _CLIENTS:
            log.warning("desk_full", clients=len(self._clients))
            connection.close()
            return
        connection.setblocking(False)
        self._clients[connection] = _Client(connection)
        selector.register(connection, selectors.EVENT_READ)

    def _serve(self, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                sent = client.connection.send(client.unsent)
                del client.unsent[:sent]
                client.stuck_since = self._monotonic()
                self._work(client)
            if events & selectors.EVENT_READ:
                self._read(client)
        except BlockingIOError:
            return
        except OSError:
            client.is_over = True

    def _read(self, client: _Client) -> None:
        heard = client.connection.recv(_READ)
        if not heard:
            client.is_over = True
            return
        client.heard += heard
        self._work(client)

    def _work(self, client: _Client) -> None:
        """Answer what was heard, as long as the answers are taken."""
        while len(client.unsent) <= MAX_ANSWER and b"\n" in client.heard:
            line, _, rest = bytes(client.heard).partition(b"\n")
            client.heard = bytearray(rest)
            self._take(client, line)
        if len(client.heard) > MAX_LINE and b"\n" not in client.heard:
            client.is_over = True  # it speaks another language
            log.warning("desk_line_too_long", bytes=len(client.heard))

    def _take(self, client: _Client, line: bytes) -> None:
        name, number, answer = None, None, None
        try:
            document = json.loads(line)
            if not isinstance(document, dict):
                raise ValueError("not an object")
            name, number = document.pop("ask", None), document.pop("id", None)
            request = self._requests[name]
            asked = request.fields.model_validate_json(json.dumps(document))
            if isinstance(asked, Wait):
                # One that waits more than once is answered for the first time at once.
                client.waits, given_up = [(number, asked.after, self._monotonic() + asked.seconds)], client.waits
                for earlier, _, _ in given_up:
                    self._answer(client, earlier, {"ok": {"recorded": self._recorded()}})
                return
            answer = {"ok": request.do(asked)}
        except RefusedError as exc:
            answer = refused(exc.reason, str(exc), **exc.facts)
        except SpoolFullError as exc:
            answer = refused(Reason.NO_ROOM, str(exc))
        except SpoolBrokenError:
            raise
        except (KeyError, TypeError):
            answer = refused(Reason.BAD_REQUEST, t(f"no request {name!r}", f"没有请求 {name!r}"))
        except (ValidationError, SpoolError, ValueError, RecursionError) as exc:
            answer = refused(Reason.BAD_REQUEST, _first(exc))
        self._answer(client, number, answer)

    def _answer(self, client: _Client, number: object, answer: Mapping[str, Any]) -> None:
        line = json.dumps({"id": number, **answer}, ensure_ascii=False, default=str).encode() + b"\n"
        if len(line) > MAX_ANSWER:
            line = json.dumps({"id": number, **refused(Reason.TOO_MUCH, "ask for less")}).encode() + b"\n"
        if not client.unsent:
            client.stuck_since = self._monotonic()
        client.unsent += line

    def _wake(self) -> None:
        """Answer those that wait for news, or for long enough."""
        recorded, now = self._recorded(), self._monotonic()
        for client in self._clients.values():
            due = [wait for wait in client.waits if recorded > wait[1] or now >= wait[2]]
            client.waits = [wait for wait in client.waits if wait not in due]
            for number, _, _ in due:
                self._answer(client, number, {"ok": {"recorded": recorded}})


def refused(reason: Reason, text: str, **facts: object) -> dict[str, Any]:
    """Return the answer to a request that is refused."""
    return {"refused": reason.value, "text": text[:500], "facts": facts}


def _first(exc: Exception) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(exc)
