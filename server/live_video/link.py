"""The server's connection to the broker: paho in a thread of its own, which comes back by itself. Messages that it
hears wait in a bounded queue for the event loop; when the loop is held up, the oldest goes."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from process.connections import Broker, introduce

log = structlog.get_logger()
_QUEUE = 1024
_CONNECT_S = 5.0
_JOIN_S = 8.0
_RECONNECT_S = (1, 15)


@dataclass(frozen=True, slots=True)
class Heard:
    topic: str
    content_type: str
    properties: Sequence[tuple[str, str]]
    body: bytes


class Link:
    """Link to the broker. Call `start` and `stop` once. `on_heard` and `on_connected` are called in the event loop that
    `start` ran in."""

    def __init__(self, settings: Broker, on_heard: Callable[[Heard], None], on_connected: Callable[[], None]) -> None:
        self._settings = settings
        self._on_heard = on_heard
        self._on_connected = on_connected
        self._queue: deque[Heard] = deque(maxlen=_QUEUE)
        self._filters: set[str] = set()
        self._is_scheduled = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = self._new_client()
        self._thread = threading.Thread(target=self._work, name="live-video", daemon=True)
        self.is_connected = False

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Stop the link. Blocks for some seconds at most."""
        self._client.disconnect()
        self._thread.join(_JOIN_S)

    def publish(self, topic: str, body: bytes) -> None:
        """Publish with QoS 0; without a connection the message is dropped."""
        self._client.publish(topic, body, qos=0)

    def retain(self, topic: str, body: bytes) -> None:
        """Publish a message that the broker keeps, with QoS 1."""
        self._client.publish(topic, body, qos=1, retain=True)

    def listen(self, topic: str) -> None:
        if topic in self._filters:
            return
        self._filters.add(topic)
        if self.is_connected:
            self._client.subscribe(topic, qos=0)

    def ignore(self, topic: str) -> None:
        self._filters.discard(topic)
        if self.is_connected:
            self._client.unsubscribe(topic)

    def _work(self) -> None:
        broker = self._settings
        self._client.connect_async(broker.host, broker.port, keepalive=broker.keepalive_s)
        self._client.loop_forever(retry_first_connection=True)

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"server-{uuid4().hex[:16]}", protocol=mqtt.MQTTv5)
        introduce(client, self._settings)
        client.connect_timeout = _CONNECT_S
        client.reconnect_delay_set(*_RECONNECT_S)
        client.on_socket_register_write = _ignore  # so that only the client's own thread writes
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        return client

    def _connected(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        code: ReasonCode,
        _answer: Properties | None,
    ) -> None:
        if code.is_failure:
            log.error("live_video_broker_refused", reason=str(code))
            return
        log.info("live_video_broker_connected")
        self.is_connected = True
        for topic in tuple(self._filters):
            client.subscribe(topic, qos=0)
        self._call(self._on_connected)

    def _failed(self, _client: mqtt.Client, _data: object) -> None:
        log.warning("live_video_broker_unreachable", host=self._settings.host, port=self._settings.port)

    def _disconnected(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _answer: Properties | None,
    ) -> None:
        self.is_connected = False
        if code.is_failure:
            log.warning("live_video_broker_lost", reason=str(code))

    def _message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            log.warning("live_video_bad_topic")
            return
        said = message.properties
        heard = Heard(
            topic, getattr(said, "ContentType", ""), getattr(said, "UserProperty", ()), bytes(message.payload)
        )
        self._queue.append(heard)
        if not self._is_scheduled.is_set():
            self._is_scheduled.set()
            self._call(self._drain)

    def _drain(self) -> None:
        self._is_scheduled.clear()
        while self._queue:
            self._on_heard(self._queue.popleft())

    def _call(self, work: Callable[[], None]) -> None:
        assert self._loop is not None, "started"
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop is closed: the server ends
            log.debug("live_video_loop_closed")


def _ignore(_client: mqtt.Client, _data: object, _sock: object) -> None:
    """Ignore the request to write: the client's own loop writes after every turn."""
