"""A station's side of the broker, for tests: publishes events and keeps the receipts that come back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from wire import receipts
from wire.receipts import Receipt
from wire.topics import Leaf, subscription

_WAIT_S = 60.0


class Listener:
    """One MQTT 5 client that speaks for any station."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._receipts: list[Receipt] = []
        self._is_ready = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"test-{uuid4().hex[:8]}", protocol=mqtt.MQTTv5
        )
        self._client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._is_ready.set()
        self._client.on_message = self._received

    def start(self) -> None:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._is_ready.wait(_WAIT_S)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, *bodies: bytes, retain: bool = False) -> None:
        for body in bodies:
            self._client.publish(topic, body, qos=1, retain=retain)

    def receipts(self, stream: UUID) -> list[Receipt]:
        with self._lock:
            return [receipt for receipt in self._receipts if receipt.stream == stream]

    def through(self, stream: UUID) -> int:
        return max((receipt.through for receipt in self.receipts(stream)), default=0)

    def refused(self, stream: UUID) -> dict[int, str]:
        return {bad.sequence: bad.reason for receipt in self.receipts(stream) for bad in receipt.refused}

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(subscription(Leaf.RECEIPTS), qos=1)

    def _received(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            self._receipts.append(receipts.decode(bytes(message.payload)))


@contextmanager
def listener(port: int) -> Iterator[Listener]:
    listening = Listener(port)
    listening.start()
    try:
        yield listening
    finally:
        listening.stop()
