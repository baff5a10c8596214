"""The live view's own connection to the broker: MQTT 5, QoS 0, driven by the live worker's thread.

Bytes that the kernel does not take at once make the connection `is_behind`, and then the sender drops pictures instead
of queueing them. The kernel's own buffer is kept small, because everything in it is late already."""

import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.uplink.connection import BrokerError, Connection
from process.connections import Broker
from wire.live import Head
from wire.topics import Leaf, topic

_BUFFER = 256 * 1024
_MOST_COMMANDS = 256
_LARGEST_COMMAND = 4096
# Room for the fixed header, topic and properties around a piece.
_AROUND = 1024


class LiveConnection(Connection):
    """A connection for pictures. `open`, then `publish` and `poll` until BrokerError; `close` always. Used once."""

    def __init__(
        self, settings: Broker, station: str, *, connect_s: float, is_clock_right: Callable[[], bool] = lambda: True
    ) -> None:
        # Nobody may guess it: whoever says a client's name to a broker ends its connection.
        name = f"live-{station}-{uuid4().hex[:16]}"
        super().__init__(
            settings, name, (topic(station, Leaf.COMMANDS), 0), connect_s=connect_s, is_clock_right=is_clock_right
        )
        self._station = station
        self._commands: deque[bytes] = deque(maxlen=_MOST_COMMANDS)
        self.largest_body = 1 << 28

    @property
    def is_behind(self) -> bool:
        """Tell whether the kernel has not yet taken everything that was published."""
        return self._living().has_output

    def publish(self, camera: str, head: Head, bodies: Sequence[bytes]) -> None:
        """Send one picture, in as many pieces as `bodies`. Raises BrokerError."""
        where, client = topic(self._station, Leaf.LIVE, camera), self._living()
        for body, properties in zip(bodies, _properties(head, len(bodies)), strict=True):
            info = client.publish(where, body, qos=0, properties=properties)
            if info.rc != mqtt.MQTT_ERR_SUCCESS:
                raise BrokerError("lost", mqtt.error_string(info.rc))
            client.flush()

    def take_commands(self) -> list[bytes]:
        taken = list(self._commands)
        self._commands.clear()
        return taken

    def close(self) -> None:
        """Say goodbye to the broker and close the socket."""
        if self._client is not None:
            self._client.on_disconnect = None
            self._client.disconnect()
        super().close()

    def _on_open(self, sock: Any) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)

    def _on_welcome(self, answer: Properties | None) -> None:
        self.largest_body = max(1024, getattr(answer, "MaximumPacketSize", 1 << 28) - _AROUND)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        # A command is meant for now: nobody wishes a retained one any more.
        if not message.retain and len(message.payload) <= _LARGEST_COMMAND:
            self._commands.append(bytes(message.payload))


def _properties(head: Head, count: int) -> list[Properties]:
    made = []
    for piece in range(count):
        said = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        said.ContentType = head.content_type
        said.UserProperty = head.for_piece(piece, count).properties()
        made.append(said)
    return made
