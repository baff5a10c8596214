"""Connections to the agent, lent to one request at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

from edge.samples.client import AgentAwayError, AgentClient

# The desk takes eight: three for requests, one for news, one for the board, the rest for other programs.
_CONNECTIONS = 3
_TURN_S = 10.0


class Agents:
    """A few connections, for any thread."""

    def __init__(self, path: Path, connections: int = _CONNECTIONS) -> None:
        self._free: LifoQueue[AgentClient] = LifoQueue()
        self._clients = [AgentClient(path) for _ in range(connections)]
        for client in self._clients:
            self._free.put(client)

    def ask(self, name: str, fields: dict[str, Any] | None = None) -> Any:
        """Ask the agent. Raises AgentAwayError, AskRefusedError.

        Asked twice where the connection is one of before the agent's restart: every request that changes something has
        a name or a revision by which the agent knows it."""
        with self._lent() as client:
            try:
                return client.ask(name, **(fields or {}))
            except AgentAwayError:
                return client.ask(name, **(fields or {}))

    def close(self) -> None:
        for client in self._clients:
            client.close()

    @contextmanager
    def _lent(self) -> Iterator[AgentClient]:
        try:
            client = self._free.get(timeout=_TURN_S)
        except Empty:
            raise AgentAwayError("all connections to the agent are busy") from None
        try:
            yield client
        finally:
            self._free.put(client)
