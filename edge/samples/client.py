"""The other end of the desk's socket, for a process beside the agent. Imports nothing of the agent but its words.

with AgentClient(folder / "agent.sock") as agent:
    sample = agent.ask("register", request=str(uuid4()), commodity="韭菜", stall="A-12", who="...")
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_MAX_ANSWER = 1024 * 1024
_DEADLINE_S = 10.0


@contextmanager
def short(path: Path) -> Iterator[str]:
    """Yield a name of a socket that is short enough for the kernel, which takes 107 bytes."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class AgentAwayError(Exception):
    """The agent does not answer: it is not there, or too slow. Ask again; a registration with the same `request` makes
    no second sample."""


class AskRefusedError(Exception):
    """The agent refused a request. `reason` is a name (edge/samples/errors.py), `facts` what holds instead."""

    def __init__(self, reason: str, text: str, facts: dict[str, Any]) -> None:
        super().__init__(text)
        self.reason = reason
        self.facts = facts


class AgentClient:
    """A connection to the agent; it is opened at the first request, and again after the agent was away. Not shared by
    threads."""

    def __init__(self, path: Path, *, deadline_s: float = _DEADLINE_S) -> None:
        self._path = path
        self._deadline_s = deadline_s
        self._socket: socket.socket | None = None
        self._heard = b""
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._heard = None, b""

    def ask(self, name: str, **fields: Any) -> Any:
        """Ask, and return the answer. Raises AgentAwayError, AskRefusedError."""
        self._last += 1
        line = json.dumps({"ask": name, "id": self._last, **fields}, ensure_ascii=False, default=str).encode() + b"\n"
        patience_s = self._deadline_s + float(fields.get("seconds", 0.0))
        try:
            connection = self._open()
            connection.settimeout(patience_s)
            connection.sendall(line)
            answer = self._answer(connection)
        except (OSError, ValueError) as exc:
            self.close()
            raise AgentAwayError(str(exc) or type(exc).__name__) from exc
        if "refused" in answer:
            raise AskRefusedError(answer["refused"], answer.get("text", ""), answer.get("facts", {}))
        return answer["ok"]

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(self._deadline_s)
            with short(self._path) as name:
                self._socket.connect(name)
        return self._socket

    def _answer(self, connection: socket.socket) -> dict[str, Any]:
        while True:
            line, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                answer: dict[str, Any] = json.loads(line)
                if answer.get("id") in (self._last, None):
                    return answer
                continue
            if len(self._heard) > _MAX_ANSWER:
                raise ValueError("the answer is too long")
            heard = connection.recv(64 * 1024)
            if not heard:
                raise ConnectionError("the agent closed the connection")
            self._heard += heard
