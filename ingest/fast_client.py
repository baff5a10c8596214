"""paho, with the parts exchanged that cost most for each message that comes.

Measured at 600 bytes: paho builds a `Properties` object for each PUBLISH, which is half of its time, and sends every
acknowledgement by itself. Here both directions are buffered (process/buffered_client.py), a PUBLISH of QoS 1 is read by
hand (MQTT 5, section 3.3), and acknowledgements (3.4) are written in one piece. Everything else is paho's. Private
methods are overridden: should a later paho not call them, all works as before, only slower, and
tests/e2e/test_ingest_roundtrip.py shows that it works.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from process.buffered_client import BufferedClient

_PUBACK = struct.Struct("!BBH")
Received = Callable[[bytes, bytes, int, bool], None]


class FastClient(BufferedClient):
    """MQTT client for many small messages. `received(topic, body, packet id, is retained)` is called for every message;
    the packet id is 0 where no acknowledgement is wanted, and a retained message was published before we subscribed
    (3.3.1.3). For a loop of one thread that calls `flush` after `loop_write`."""

    def __init__(self, name: str, received: Received) -> None:
        super().__init__(name, manual_ack=True)
        self._deliver = received
        self.on_message = self._received_slowly

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Acknowledge with PUBACK, success. The bytes written before are whole packets, so these may follow."""
        self._out += b"".join([_PUBACK.pack(0x40, 2, mid) for mid in mids])

    def _handle_publish(self) -> MQTTErrorCode:
        packet = bytes(self._in_packet["packet"])
        command = self._in_packet["command"]
        parts = split_publish(packet) if (command >> 1) & 3 == 1 else None
        if parts is None:
            return super()._handle_publish()
        self._deliver(*parts, bool(command & 1))
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _received_slowly(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError:
            topic = b"\xff"
        self._deliver(topic, bytes(message.payload), message.mid if message.qos else 0, message.retain)


def split_publish(packet: bytes) -> tuple[bytes, bytes, int] | None:
    """Split a PUBLISH of QoS 1, without its fixed header, into topic, body and packet id; the properties are skipped.
    None when it is not well formed: paho shall say so."""
    at = 2 + int.from_bytes(packet[:2])
    if len(packet) < at + 3:
        return None
    length, shift, start = 0, 0, at + 2
    while True:
        if start >= len(packet) or shift > 21:
            return None
        byte = packet[start]
        length |= (byte & 0x7F) << shift
        start += 1
        if byte < 0x80:
            break
        shift += 7
    if start + length > len(packet):
        return None
    return packet[2:at], packet[start + length :], int.from_bytes(packet[at : at + 2])
