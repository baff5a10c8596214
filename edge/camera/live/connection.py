"""The live view's own connection to the broker: MQTT 5, QoS 0, driven by the live worker's thread.

What the kernel does not take at once makes the connection `is_behind`, and who sends drops instead of queueing. The
kernel's own buffer is kept small: what lies in it is late already.
"""

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.broker import BrokerError
from process.connections import Broker, introduce
from wire.live import Head
from wire.topics import Leaf, topic

_BUFFER = 256 * 1024
_MOST_COMMANDS = 256
_LARGEST_COMMAND = 4096
# Fixed header, topic and properties around a piece.
_AROUND = 1024


class LiveConnection:
    """`open`, then `publish` and `poll` until BrokerError; `close` always. Used once."""

    def __init__(self, settings: Broker, station: str, *, connect_s: float) -> None:
        self._settings = settings
        self._station = station
        self._connect_s = connect_s
        self._client: mqtt.Client | None = None
        self._socket: socket.socket | None = None
        self._ended: BrokerError | None = None
        self._is_subscribed = False
        self._commands: deque[bytes] = deque(maxlen=_MOST_COMMANDS)
        self.largest_body = 1 << 28

    def open(self) -> None:
        """Connect and subscribe to the station's commands. Raises BrokerError."""
        self._client = client = self._new_client()
        broker = self._settings
        try:
            client.connect(broker.host, broker.port, keepalive=broker.keepalive_s, clean_start=True)
        except (OSError, ValueError) as exc:
            raise BrokerError("unreachable", str(exc)) from exc
        deadline = time.monotonic() + self._connect_s
        while not self._is_subscribed:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BrokerError("timeout", f"no answer within {self._connect_s} s")
            self.poll(left)

    @property
    def is_behind(self) -> bool:
        """Whether something that was published is not with the kernel yet."""
        return self._living().want_write()

    def publish(self, camera: str, head: Head, bodies: Sequence[bytes]) -> None:
        """Send one picture, in as many pieces as `bodies`. Raises BrokerError."""
        where = topic(self._station, Leaf.LIVE, camera)
        for body, properties in zip(bodies, _properties(head, len(bodies)), strict=True):
            info = self._living().publish(where, body, qos=0, properties=properties)
            if info.rc != mqtt.MQTT_ERR_SUCCESS:
                raise BrokerError("lost", mqtt.error_string(info.rc))

    def poll(self, timeout_s: float) -> None:
        """Move bytes both ways; returns when something came or after `timeout_s`. Raises BrokerError."""
        client = self._living()
        if client.want_write():
            client.loop_write()
        sock = client.socket()
        if sock is None:
            raise self._ended or BrokerError("lost")
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writers = [sock] if client.want_write() else []
        readable, writable, _ = select.select([sock], writers, [], 0 if pending else max(0.0, timeout_s))
        if readable or pending:
            client.loop_read()
        if writable:
            client.loop_write()
        client.loop_misc()
        if self._ended:
            raise self._ended

    def take_commands(self) -> list[bytes]:
        taken = list(self._commands)
        self._commands.clear()
        return taken

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            client.disconnect()
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
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"live-{self._station}",
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        introduce(client, self._settings)
        client.connect_timeout = self._connect_s
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _on_socket_open(self, _client: mqtt.Client, _data: object, sock: Any) -> None:
        self._socket = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, answer: Properties | None
    ) -> None:
        if code.is_failure:
            self._ended = BrokerError("refused", str(code))
            return
        self.largest_body = max(1024, getattr(answer, "MaximumPacketSize", 1 << 28) - _AROUND)
        client.subscribe(topic(self._station, Leaf.COMMANDS), qos=0)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _answer: Properties | None
    ) -> None:
        failed = [code for code in codes if code.is_failure]
        if failed:
            self._ended = BrokerError("subscription_refused", str(failed[0]))
        self._is_subscribed = not failed

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        # A command is meant for now: one that the broker has kept is nobody's wish any more.
        if not message.retain and len(message.payload) <= _LARGEST_COMMAND:
            self._commands.append(bytes(message.payload))

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _answer: Properties | None,
    ) -> None:
        self._ended = self._ended or BrokerError("lost", str(code))


def _properties(head: Head, count: int) -> list[Properties]:
    made = []
    for piece in range(count):
        said = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        said.ContentType = head.content_type
        said.UserProperty = head.for_piece(piece, count).properties()
        made.append(said)
    return made
