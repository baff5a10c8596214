"""The uplink's connection to the broker: events and status out, receipts and PUBACKs in.

Events that were under way when it broke are in the spool, so paho's memory of them is thrown away with the object
instead of being sent a second time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.uplink.connection import Connection
from process.connections import Broker
from wire import status as statuses
from wire.kinds.envelope import CONTENT_TYPE
from wire.status import Status
from wire.topics import Leaf, topic

# Fixed header, topic, packet identifier and properties around an event's bytes: generous.
_AROUND = 256
# What a PUBACK says when the broker took an event and nobody subscribes to its topic.
UNHEARD = "No matching subscribers"


def _packed_properties() -> bytes:
    """Return the properties of an event, the same for every one."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    return properties.pack()  # type: ignore[no-any-return, no-untyped-call]


class BrokerConnection(Connection):
    """The connection for events. `open`, then `publish` and `poll` until BrokerError; `close` always.

    The client's name holds the last digits of the stream (they are random): two boxes of one station end each other's
    connections only for as long as they write one stream."""

    def __init__(
        self,
        settings: Broker,
        station: str,
        stream: UUID,
        *,
        version: str,
        clock: Callable[[], datetime],
        connect_s: float,
        is_clock_right: Callable[[], bool] = lambda: True,
        on_document: Callable[[bytes], None] | None = None,
    ) -> None:
        name = f"edge-{station}-{stream.hex[-12:]}"
        super().__init__(
            settings,
            name,
            (topic(station, Leaf.RECEIPTS), 1),
            connect_s=connect_s,
            is_clock_right=is_clock_right,
            also=(topic(station, Leaf.DOCUMENT), 1) if on_document else None,
        )
        self._on_document = on_document
        self._station = station
        self._version = version
        self._clock = clock
        self._receipts: list[bytes] = []
        self._pubacks: list[tuple[int, str]] = []
        self._topics = {leaf: topic(station, leaf).encode() for leaf in (Leaf.EVENTS, Leaf.URGENT)}
        self._properties = _packed_properties()
        self.largest_body = 1 << 28
        self._receive_maximum = 65535

    def room(self, unacknowledged: int) -> int:
        """Return how many more publishes the broker takes before it acknowledges some; a status or two fit beside
        them."""
        return max(self._receive_maximum - 2, 1) - unacknowledged

    @contextmanager
    def burst(self) -> Iterator[None]:
        """Let the publishes inside leave in one piece: one wake-up of the broker for many events."""
        yield
        if self._client is not None:
            self._client.flush()

    def publish(self, body: bytes, leaf: Leaf = Leaf.EVENTS) -> int:
        """Send one event at QoS 1 by `leaf`: events or urgent. It leaves with the end of a burst or the next `poll`.
        Returns the packet's number, which a PUBACK will name. Raises BrokerError."""
        return self._living().send(self._topics[leaf], self._properties, body)

    def publish_status(self, status: Status) -> int:
        """Publish the status, retained, and return the packet's number."""
        body = statuses.encode(status)
        return self._living().publish(topic(self._station, Leaf.STATUS), body, qos=1, retain=True).mid

    def take_receipts(self) -> list[bytes]:
        taken, self._receipts = self._receipts, []
        return taken

    def take_pubacks(self) -> list[tuple[int, str]]:
        """Return pairs of the packet's number and "" or why nobody got it: UNHEARD, or why the broker refused it."""
        taken, self._pubacks = self._pubacks, []
        return taken

    def say_goodbye(self, status: Status) -> None:
        """Say `offline` ourselves by `status` and leave; without it the last will speaks. Raises BrokerError."""
        deadline = time.monotonic() + self._connect_s
        self._pubacks.clear()
        mid = self.publish_status(status)
        while mid not in dict(self._pubacks) and time.monotonic() < deadline:
            self.poll(0.1)
        self._living().disconnect()

    def leave(self) -> None:
        """End the connection without a word: the same agent comes back at once under another name."""
        self._living().disconnect()

    def _prepare(self, client: mqtt.Client) -> None:
        client.max_inflight_messages_set(0)  # the send window is ours
        will = Status(state="offline", at=self._clock(), version=self._version)
        client.will_set(topic(self._station, Leaf.STATUS), statuses.encode(will), qos=1, retain=True)
        client.on_publish = self._on_publish

    def _on_welcome(self, answer: Properties | None) -> None:
        self.largest_body = getattr(answer, "MaximumPacketSize", 1 << 28) - _AROUND
        self._receive_maximum = getattr(answer, "ReceiveMaximum", 65535)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if self._on_document is not None and message.topic.endswith(f"/{Leaf.DOCUMENT}"):
            self._on_document(bytes(message.payload))
        else:
            self._receipts.append(bytes(message.payload))

    def _answered(self, mid: int, reason: str) -> None:
        # Only MQTT 5 says in a PUBACK that nothing was taken.
        self._pubacks.append((mid, reason))

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, code: ReasonCode, _answer: Properties | None
    ) -> None:
        # Of a status. The code is a name for a counter here.
        self._answered(mid, str(code) if code.is_failure or str(code) == UNHEARD else "")
