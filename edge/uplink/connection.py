"""The common part of all connections of the agent to its broker: MQTT 5 by paho-mqtt, driven by the user's own thread
(no thread of paho's).

A connection object is used once: `open`, then `poll` until BrokerError; `close` always."""

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.uplink.publisher import Publisher
from process.connections import Broker, introduce

log = structlog.get_logger()

TAKEN_OVER = "taken_over"
_SESSION_TAKEN_OVER = 0x8E
# What has come is read at once, up to so many times, before we look at anything else.
_READS = 200


class HasFileno(Protocol):
    def fileno(self) -> int: ...


class BrokerError(Exception):
    """The connection failed or ended. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Connection:
    """A connection as `client_id` that subscribes to one topic. Each kind of connection puts its own part into
    `_prepare`, `_on_open`, `_on_welcome` and `_on_message`."""

    def __init__(
        self,
        settings: Broker,
        client_id: str,
        subscribed: tuple[str, int],
        *,
        connect_s: float,
        is_clock_right: Callable[[], bool] = lambda: True,
        also: tuple[str, int] | None = None,
    ) -> None:
        """Build a connection.

        `subscribed`: the topic and its QoS; `also`: another one, which an older broker may refuse. While the clock is
        known to be wrong, the days of a certificate do not count (process.connections.trust)."""
        self._settings = settings
        self._client_id = client_id
        self._subscribed = [subscribed, also] if also else [subscribed]
        self._connect_s = connect_s
        self._is_clock_right = is_clock_right
        self._client: Publisher | None = None
        self._socket: socket.socket | None = None
        self._ended: BrokerError | None = None
        self._is_subscribed = False

    def open(self) -> None:
        """Connect and subscribe. Raises BrokerError."""
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

    def poll(self, timeout_s: float, *wakers: HasFileno) -> None:
        """Move bytes both ways; return when something came, when a waker is readable, or after `timeout_s`. Raises
        BrokerError."""
        client = self._living()
        client.loop_write()
        client.flush()
        sock = client.socket()
        if sock is None:
            raise self._ended or BrokerError("lost")
        pending = client.has_input or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)
        writers = [sock] if client.has_output else []
        readable, _, _ = select.select([sock, *wakers], writers, [], 0 if pending else max(0.0, timeout_s))
        if sock in readable or pending:
            for _ in range(_READS):
                if client.loop_read() != mqtt.MQTT_ERR_SUCCESS or not client.has_input:
                    break
        client.loop_write()
        client.flush()
        client.loop_misc()
        if self._ended:
            raise self._ended

    def close(self) -> None:
        """Close the socket, whatever state it is in."""
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _prepare(self, client: mqtt.Client) -> None:
        """Prepare the client before it connects."""

    def _on_open(self, sock: Any) -> None:
        """Configure the socket, which is there now."""

    def _on_welcome(self, answer: Properties | None) -> None:
        """Take the bounds of the broker from `answer`: it has accepted the connection."""

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        raise NotImplementedError

    def _answered(self, mid: int, reason: str) -> None:
        """Take the PUBACK of the event `mid`; `reason` "" is success."""

    def _living(self) -> Publisher:
        if self._ended:
            raise self._ended
        if self._client is None:
            raise BrokerError("lost", "not open")
        return self._client

    def _new_client(self) -> Publisher:
        client = Publisher(self._client_id, self._answered)
        is_right = self._is_clock_right()
        if self._settings.ca_file and not is_right:
            log.warning("certificate_dates_not_checked", reason="the station's clock is known to be wrong")
        introduce(client, self._settings, checks_dates=is_right)
        client.connect_timeout = self._connect_s
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        self._prepare(client)
        return client

    def _on_socket_open(self, _client: mqtt.Client, _data: object, sock: Any) -> None:
        self._socket = sock
        # Without it the kernel holds small packets back for an answer: p50 10 ms instead of 2.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._on_open(sock)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, answer: Properties | None
    ) -> None:
        if code.is_failure:
            self._ended = BrokerError("refused", str(code))
            return
        self._on_welcome(answer)
        client.subscribe(self._subscribed)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _answer: Properties | None
    ) -> None:
        failed = [code for code in codes[:1] if code.is_failure]
        if any(code.is_failure for code in codes[1:]):
            log.info("subscription_refused", topic=self._subscribed[1][0])
        if failed:
            self._ended = BrokerError("subscription_refused", str(failed[0]))
        self._is_subscribed = not failed

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _answer: Properties | None,
    ) -> None:
        reason = TAKEN_OVER if code.value == _SESSION_TAKEN_OVER else "lost"
        self._ended = self._ended or BrokerError(reason, str(code))
