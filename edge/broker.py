"""One connection to the broker: MQTT 5 by paho-mqtt, driven by the uplink's own thread (no thread of paho's).

A connection object is used once. What was under way when it broke is in the spool, so paho's memory of it is thrown
away with the object instead of being sent a second time.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from process.connections import Broker, introduce
from wire import status as statuses
from wire.events import CONTENT_TYPE
from wire.status import Status
from wire.topics import Leaf, topic


class HasFileno(Protocol):
    def fileno(self) -> int: ...


# Fixed header, topic, packet identifier and properties around an event's bytes: generous.
_AROUND = 256


class BrokerError(Exception):
    """The connection failed or ended. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class _EventProperties(Properties):
    """The same for every event: packed once instead of 20 us a publish."""

    def __init__(self) -> None:
        super().__init__(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        self.ContentType = CONTENT_TYPE
        packed = super().pack()  # type: ignore[no-untyped-call]
        object.__setattr__(self, "packed", packed)  # Properties guards its attributes

    def pack(self) -> bytes:
        return self.__dict__["packed"]  # type: ignore[no-any-return]


class BrokerConnection:
    """`open`, then `publish` and `poll` until BrokerError; `close` always."""

    def __init__(
        self, settings: Broker, station: str, *, version: str, clock: Callable[[], datetime], connect_s: float
    ) -> None:
        self._settings = settings
        self._station = station
        self._version = version
        self._clock = clock
        self._connect_s = connect_s
        self._client: mqtt.Client | None = None
        self._socket: socket.socket | None = None
        self._ended: BrokerError | None = None
        self._is_subscribed = False
        self._receipts: list[bytes] = []
        self._pubacks: list[tuple[int, str]] = []
        self._events_topic = topic(station, Leaf.EVENTS)
        self._properties = _EventProperties()
        self.largest_body = 1 << 28
        self._receive_maximum = 65535

    def open(self) -> None:
        """Connect and subscribe to the receipts. Raises BrokerError."""
        self._client = client = self._new_client()
        broker = self._settings
        try:
            client.connect(broker.host, broker.port, keepalive=broker.keepalive_s, clean_start=True)
        except (OSError, ValueError) as exc:  # ssl.SSLError and socket.gaierror are OSErrors
            raise BrokerError("unreachable", str(exc)) from exc
        deadline = time.monotonic() + self._connect_s
        while not self._is_subscribed:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BrokerError("timeout", f"no answer within {self._connect_s} s")
            self.poll(left)

    def room(self, unacknowledged: int) -> int:
        """How many more publishes the broker takes before it acknowledges some; a status or two fit beside them."""
        return max(self._receive_maximum - 2, 1) - unacknowledged

    @contextmanager
    def burst(self) -> Iterator[None]:
        """What is published inside leaves in full packets: one wake-up of the broker for many events."""
        sock = self._socket
        if sock is None or not hasattr(socket, "TCP_CORK"):
            yield
            return
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            yield
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        except OSError as exc:
            raise BrokerError("lost", str(exc)) from exc

    def publish(self, body: bytes) -> int:
        """Send one event at QoS 1; returns the packet's number, which a PUBACK will name. Raises BrokerError."""
        info = self._living().publish(self._events_topic, body, qos=1, properties=self._properties)
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            raise BrokerError("lost", mqtt.error_string(info.rc))
        return info.mid

    def publish_status(self, stream: UUID, waiting: int, *, is_online: bool = True) -> int:
        now = self._clock()
        state = Status(
            state="online" if is_online else "offline", at=now, version=self._version, stream=stream, waiting=waiting
        )
        return self._living().publish(topic(self._station, Leaf.STATUS), statuses.encode(state), qos=1, retain=True).mid

    def poll(self, timeout_s: float, *wakers: HasFileno) -> None:
        """Move bytes both ways; returns when something came, when a waker is readable, or after `timeout_s`."""
        client = self._living()
        if client.want_write():
            client.loop_write()
        sock = client.socket()
        if sock is None:
            raise self._ended or BrokerError("lost")
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writers = [sock] if client.want_write() else []
        readable, writable, _ = select.select([sock, *wakers], writers, [], 0 if pending else timeout_s)
        if sock in readable or pending:
            client.loop_read()
        if sock in writable:
            client.loop_write()
        client.loop_misc()
        if self._ended:
            raise self._ended

    def take_receipts(self) -> list[bytes]:
        taken, self._receipts = self._receipts, []
        return taken

    def take_pubacks(self) -> list[tuple[int, str]]:
        """(packet's number, "" or why the broker refused it)."""
        taken, self._pubacks = self._pubacks, []
        return taken

    def say_goodbye(self, stream: UUID, waiting: int) -> None:
        """Say `offline` ourselves and leave; without this the last will speaks. Raises BrokerError."""
        deadline = time.monotonic() + self._connect_s
        self._pubacks.clear()
        mid = self.publish_status(stream, waiting, is_online=False)
        while mid not in dict(self._pubacks) and time.monotonic() < deadline:
            self.poll(0.1)
        self._living().disconnect()

    def close(self) -> None:
        """Let go of the socket, whatever state it is in."""
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _living(self) -> mqtt.Client:
        if self._ended:
            raise self._ended
        if self._client is None:
            raise BrokerError("lost", "not open")
        return self._client

    def _new_client(self) -> mqtt.Client:
        broker = self._settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"edge-{self._station}",
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        introduce(client, broker)
        client.connect_timeout = self._connect_s
        client.max_inflight_messages_set(0)  # the send window is ours
        will = Status(state="offline", at=self._clock(), version=self._version)
        client.will_set(topic(self._station, Leaf.STATUS), statuses.encode(will), qos=1, retain=True)
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def _on_socket_open(self, _client: mqtt.Client, _data: object, sock: Any) -> None:
        self._socket = sock
        # Without it the kernel holds small packets back for an answer: p50 10 ms instead of 2.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, answer: Properties | None
    ) -> None:
        if code.is_failure:
            self._ended = BrokerError("refused", str(code))
            return
        self.largest_body = getattr(answer, "MaximumPacketSize", 1 << 28) - _AROUND
        self._receive_maximum = getattr(answer, "ReceiveMaximum", 65535)
        client.subscribe(topic(self._station, Leaf.RECEIPTS), qos=1)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _answer: Properties | None
    ) -> None:
        failed = [code for code in codes if code.is_failure]
        if failed:
            self._ended = BrokerError("subscription_refused", str(failed[0]))
        self._is_subscribed = not failed

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self._receipts.append(bytes(message.payload))

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, code: ReasonCode, _answer: Properties | None
    ) -> None:
        # Only MQTT 5 says in a PUBACK that nothing was taken; the code is a name for a counter here.
        self._pubacks.append((mid, str(code) if code.is_failure else ""))

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _answer: Properties | None,
    ) -> None:
        self._ended = self._ended or BrokerError("lost", str(code))
