"""paho, with the parts exchanged that cost most for each event that goes: a PUBLISH is written and its PUBACK is read
by hand (MQTT 5, sections 3.3 and 3.4).

Measured at 900 bytes: paho keeps a message, a condition and a `Properties` object for each, which are most of the 18 us
of a PUBLISH and of the 40 us of its PUBACK. An event needs none of them: until it has a receipt it waits in the spool,
and the uplink keeps the packet's number. Everything else is paho's (process/buffered_client.py). Private methods are
overridden: tests/e2e/test_edge_agent.py shows that paho calls them.
"""

import time
from collections.abc import Callable
from typing import Literal

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import VariableByteIntegers
from paho.mqtt.reasoncodes import ReasonCode

from process.buffered_client import BufferedClient

_PUBLISH_QOS_1 = b"\x32"
_PUBACK = b"\x40\x02"  # without a reason: success
Answered = Callable[[int, str], None]


class Publisher(BufferedClient):
    """MQTT client for many small events. `answered(packet id, reason)` is called for the PUBACK of each; "" is
    success."""

    def __init__(self, name: str, answered: Answered) -> None:
        super().__init__(name)
        self._answered = answered
        self._unanswered: set[int] = set()

    def send(self, topic: bytes, properties: bytes, body: bytes) -> int:
        """Send at QoS 1 with the next `flush`, and return the packet's id. `properties` are packed."""
        mid = self._mid_generate()
        while mid in self._unanswered:  # the numbers have come round
            mid = self._mid_generate()
        self._unanswered.add(mid)
        head = len(topic).to_bytes(2) + topic + mid.to_bytes(2) + properties
        size = VariableByteIntegers.encode(len(head) + len(body))  # type: ignore[no-untyped-call]
        self._out += b"".join((_PUBLISH_QOS_1, size, head, body))
        return mid

    def flush(self) -> None:
        """Write what the kernel takes now."""
        if self._out:
            self._last_msg_out = time.monotonic()  # by which paho knows when a ping is due
        super().flush()

    def _packet_read(self) -> MQTTErrorCode:
        if self._in_packet["command"] == 0 and self._read_pubacks():
            self._last_bytes_received = time.monotonic()
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        return super()._packet_read()

    def _read_pubacks(self) -> bool:
        """Read the PUBACKs that are next in the buffer. Return False when something else is."""
        start = at = self._at
        while self._in[at : at + 2] == _PUBACK and len(self._in) >= at + 4:
            mid = int.from_bytes(self._in[at + 2 : at + 4])
            if mid not in self._unanswered:  # of a PUBLISH of paho's own
                break
            self._unanswered.discard(mid)
            self._answered(mid, "")
            at += 4
        self._at = at
        return at > start

    def _handle_pubackcomp(self, cmd: Literal["PUBACK", "PUBCOMP"]) -> MQTTErrorCode:
        packet = bytes(self._in_packet["packet"])
        mid = int.from_bytes(packet[:2])
        if cmd != "PUBACK" or len(packet) < 2 or mid not in self._unanswered:
            return super()._handle_pubackcomp(cmd)
        self._unanswered.discard(mid)
        self._answered(mid, _reason(packet[2]) if len(packet) > 2 else "")
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _reason(code: int) -> str:
    """Return the name of a PUBACK's reason; "" for success."""
    if code == 0:
        return ""
    try:
        return str(ReasonCode(PacketTypes.PUBACK, identifier=code))
    except (KeyError, ValueError):
        return f"code {code}"
