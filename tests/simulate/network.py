"""The broker in memory: one station's events to the centre, the centre's receipts to the station. `world` does the
harms to its queues."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import paho.mqtt.client as mqtt

from edge.uplink.broker import BrokerConnection
from edge.uplink.connection import TAKEN_OVER, BrokerError
from ingest.inbox import Message
from ingest.receipts import Letter
from process.connections import Broker as Address
from wire.topics import Leaf


@dataclass(slots=True)
class Network:
    """The queues of the broker. `events` and `urgent`: published and acknowledged by the broker, not yet taken by a
    worker."""

    events: deque[Message] = field(default_factory=deque)
    urgent: deque[Message] = field(default_factory=deque)
    receipts: deque[Letter] = field(default_factory=deque)
    _connected: dict[str, "MemoryConnection"] = field(default_factory=dict)
    _mid: int = 0

    @property
    def is_busy(self) -> bool:
        return bool(self.events or self.urgent or self.receipts)

    def connect(self, newcomer: "MemoryConnection") -> None:
        """Connect a client. One client id has one connection: an earlier one is thrown out."""
        before = self._connected.get(newcomer.client_id)
        if before is not None:
            before.throw_out()
        self._connected[newcomer.client_id] = newcomer

    def leave(self, one: "MemoryConnection") -> None:
        if self._connected.get(one.client_id) is one:
            del self._connected[one.client_id]

    def publish(self, topic: str, body: bytes) -> int:
        self._mid += 1
        queue = self.urgent if topic.endswith(f"/{Leaf.URGENT}") else self.events
        queue.append(Message(topic, body, self._mid, 1))
        return self._mid

    def hand_over(self, most: int) -> None:
        """Deliver receipts to every connected box of the station; a clean session gets nothing that was sent before."""
        for _ in range(min(most, len(self.receipts))):
            letter = self.receipts.popleft()
            for connection in self._connected.values():
                connection.hear(letter)


class _Client:
    """The part of paho that the connection calls."""

    def __init__(self, network: Network, on_puback: Callable[[int], None]) -> None:
        self._network = network
        self._on_puback = on_puback

    def publish(self, topic: str, body: bytes, **_: Any) -> Any:
        mid = self._network.publish(topic, bytes(body))
        self._on_puback(mid)
        return SimpleNamespace(mid=mid, rc=mqtt.MQTT_ERR_SUCCESS)

    def send(self, topic: bytes, _properties: bytes, body: bytes) -> int:
        mid = self._network.publish(topic.decode(), body)
        self._on_puback(mid)
        return mid

    def flush(self) -> None:
        pass

    def disconnect(self) -> None:
        pass


class MemoryConnection(BrokerConnection):
    """The real connection above a network in memory; the uplink's thread pauses in `poll`."""

    def __init__(
        self,
        network: Network,
        station: str,
        stream: UUID,
        *,
        clock: Callable[[], datetime],
        rest: Callable[[float], None],
    ) -> None:
        super().__init__(Address(), station, stream, version="simulated", clock=clock, connect_s=10.0)
        self._network = network
        self._rest = rest

    @property
    def client_id(self) -> str:
        return self._client_id

    def open(self) -> None:
        self._network.connect(self)
        self._client = _Client(self._network, lambda mid: self._pubacks.append((mid, "")))  # type: ignore[assignment]

    def poll(self, timeout_s: float, *_wakers: Any) -> None:
        self._living()
        self._rest(timeout_s)
        self._living()

    def close(self) -> None:
        self._client = None
        self._network.leave(self)

    def hear(self, letter: Letter) -> None:
        self._on_message(None, None, SimpleNamespace(topic=letter.topic, payload=letter.body))  # type: ignore[arg-type]

    def throw_out(self) -> None:
        self._ended = BrokerError(TAKEN_OVER)
