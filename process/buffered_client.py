"""paho whose bytes are buffered in both directions.

paho asks the kernel for one byte, then for one more, then for the rest, and writes every packet by itself: that is most
of the time that a small message costs. Here a read takes all that has come, and what is written leaves with `flush`, in
one piece. Private methods are overridden: should a later paho not call them, all works as before, only slower.
"""

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_CHUNK = 64 * 1024


class BufferedClient(mqtt.Client):
    """MQTT 5 client for a loop of one thread that calls `flush` after `loop_write`, and reads on while `has_input`."""

    def __init__(self, name: str, *, manual_ack: bool = False) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv5,
            manual_ack=manual_ack,
            reconnect_on_failure=False,
        )
        self._in = b""
        self._at = 0
        self._out = bytearray()

    def start_anew(self) -> None:
        """Start anew before a new connection: nothing of the last one may reach it."""
        self._in, self._at = b"", 0
        self._out.clear()

    @property
    def has_input(self) -> bool:
        return self._at < len(self._in)

    @property
    def has_output(self) -> bool:
        return bool(self._out)

    def flush(self) -> None:
        """Write what the kernel takes now. A broken connection shows when it is read."""
        if not self._out or self.socket() is None:
            return
        try:
            sent = super()._sock_send(bytes(self._out))
        except BlockingIOError:
            return
        except OSError:
            self._out.clear()
            return
        del self._out[:sent]

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._at >= len(self._in):
            self._in, self._at = b"", 0
            self._in = super()._sock_recv(_CHUNK)
        start = self._at
        self._at = start + bufsize
        return self._in[start : start + bufsize]

    def _sock_send(self, buf: bytes | bytearray) -> int:
        self._out += buf
        return len(buf)

    def _sock_close(self) -> None:
        self.flush()
        super()._sock_close()
