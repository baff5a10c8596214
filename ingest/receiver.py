"""MQTT behind one file: paho with a loop of our own, which may be exchanged for another client.

One thread reads, writes and reconnects. The worker's acknowledgements and receipts are handed to it through a queue,
so a packet id is only ever used on the connection that it belongs to. When the inbox is full nothing is read: the
broker keeps the rest (and a broker that ignores the receive maximum meets TCP's own back-pressure).
"""

import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest import metrics
from ingest.fast_client import FastClient
from ingest.inbox import Inbox, Message
from ingest.receipts import Letter
from ingest.settings import Ingest
from process.backoff import Backoff
from process.bell import Bell
from process.connections import introduce
from wire.topics import Leaf, subscription

_READS = 100  # packets between two looks at the inbox and at what waits to be written
_CONNECT_S = 10.0
# From the connection to the answer to our subscription. Later the keepalive notices a broker that is silent.
_SUBSCRIBED_S = 20.0
_BACKOFF_S = (0.1, 10.0)
_SAID = 24  # letters of the session's name
# Earlier versions shared these, and a session keeps them: every event would come by both.
_OLD = (subscription(Leaf.EVENTS, group="ingest"), subscription(Leaf.URGENT, group="ingest-urgent"))
_BAD_TOPIC = "a topic that is not UTF-8"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Post:
    """Post from the worker to the network's thread."""

    done: Sequence[Message]
    letters: Sequence[Letter]


class Receiver:
    """A client of the broker with a session of its own. `run` it in a thread of its own; `post` from any other.
    `filters`: the topics that it subscribes to."""

    def __init__(
        self, settings: Ingest, inbox: Inbox, rng: random.Random, *, client_id: str, filters: Sequence[str]
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._filters = tuple(filters)
        self._inbox = inbox
        self._rng = rng
        self._posts: deque[_Post] = deque()
        self._session = 0
        self._arrived: list[Message] = []
        self._is_subscribed = threading.Event()
        self._subscribed_at = 0.0
        self._bell = Bell()
        inbox.on_room = self.wake
        self._client = self._new_client()

    @property
    def is_subscribed(self) -> bool:
        return self._is_subscribed.is_set()

    @property
    def connected_s(self) -> float | None:
        """Return the seconds for which the broker has given us our share; None: it does not. From any thread."""
        return time.monotonic() - self._subscribed_at if self._is_subscribed.is_set() else None

    def post(self, done: Sequence[Message], letters: Sequence[Letter]) -> None:
        """Acknowledge `done` to the broker, and send the letters. Without a connection both are dropped: the broker
        delivers again, the stations send again, and both are told then."""
        self._posts.append(_Post(done, letters))
        self.wake()

    def wake(self) -> None:
        """Let the loop turn now. From any thread."""
        self._bell.ring()

    def run(self, stop: threading.Event) -> None:
        """Connect and converse until `stop`, and again after each break with a jittered back-off."""
        backoff = Backoff(*_BACKOFF_S, self._rng)
        while not stop.is_set():
            if self._inbox.is_full:
                self._wait(1.0)
                continue
            if self._converse(stop):
                backoff.reset()
            if not stop.is_set():
                metrics.RECONNECTS.labels("broker").inc()
                self._wait(backoff.next())

    def close(self) -> None:
        self._bell.close()

    def _new_client(self) -> FastClient:
        broker = self._settings.broker
        client = FastClient(self._client_id, self._received)
        client.connect_timeout = _CONNECT_S
        introduce(client, broker)
        client.on_socket_open = _open
        client.on_socket_register_write = _ignore  # so that nothing is written in the middle of a read
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        return client

    def _converse(self, stop: threading.Event) -> bool:
        """Hold one connection from its beginning to its end. Return True when it came as far as to be subscribed."""
        client, broker = self._client, self._settings.broker
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        properties.ReceiveMaximum = self._settings.receive_maximum
        self._session += 1
        self._is_subscribed.clear()
        client.start_anew()
        # A session that ends with its connection is not asked for either: iotcore keeps none, and its router dies when
        # such a client leaves with unacknowledged messages of a shared subscription (docs/demo.md).
        is_clean = self._settings.session_expiry_s == 0
        try:
            client.connect(broker.host, broker.port, broker.keepalive_s, clean_start=is_clean, properties=properties)
        except OSError as exc:
            log.warning("broker_unreachable", host=broker.host, port=broker.port, error=str(exc)[:200])
            return False
        was_subscribed = False
        silent_from = time.monotonic()
        while client.socket() is not None:
            self._turn(client)
            was_subscribed |= self._is_subscribed.is_set()
            if was_subscribed or self._inbox.is_full:  # nothing is read from a full inbox's broker, no answer either
                silent_from = time.monotonic()
            is_silent = time.monotonic() > silent_from + _SUBSCRIBED_S
            if is_silent:
                log.warning("broker_silent", within_s=_SUBSCRIBED_S)
            if stop.is_set() or is_silent:
                self._deliver(client)
                client.disconnect()
                client.loop_write()
                break
        self._is_subscribed.clear()
        return was_subscribed

    def _turn(self, client: FastClient) -> None:
        """Wait for something to do, and do it."""
        sock = client.socket()
        if sock is None:
            return
        is_open = not self._inbox.is_full
        readers: list[Any] = [self._bell, sock] if is_open else [self._bell]
        writers: list[Any] = [sock] if client.has_output else []
        is_busy = (is_open and client.has_input) or bool(self._posts) or client.want_write()
        readable, _, _ = select.select(readers, writers, [], 0 if is_busy else 1.0)
        if self._bell in readable:
            self._bell.clear()
        if sock in readable or (is_open and client.has_input):
            self._read(client)
        self._deliver(client)
        client.loop_write()
        client.flush()
        client.loop_misc()

    def _read(self, client: FastClient) -> None:
        self._arrived = []
        for _ in range(_READS):
            if client.loop_read() != mqtt.MQTT_ERR_SUCCESS or not client.has_input:
                break
        metrics.RECEIVED.inc(len(self._arrived))
        self._inbox.put(self._arrived)

    def _deliver(self, client: FastClient) -> None:
        while self._posts:
            post = self._posts.popleft()
            client.acknowledge([mark.mid for mark in post.done if mark.session == self._session])
            outcome = "sent" if self._is_subscribed.is_set() else "no_connection"
            for letter in post.letters:
                metrics.RECEIPTS.labels(outcome).inc()
                if outcome == "sent":
                    client.publish(letter.topic, letter.body, qos=1)
                else:
                    log.warning("receipt_not_sent", topic=letter.topic)

    def _wait(self, timeout_s: float) -> None:
        select.select([self._bell], [], [], timeout_s)
        self._bell.clear()
        while not self._is_subscribed.is_set() and self._posts:
            self._deliver(self._client)

    def _connected(self, client: mqtt.Client, _data: Any, flags: Any, code: ReasonCode, _props: Any) -> None:
        if code.is_failure:
            log.error("broker_refused", reason=str(code))
            return
        # The session's name is a secret, so only its beginning is said.
        log.info("broker_connected", client=self._client_id[:_SAID], session_present=bool(flags.session_present))
        if flags.session_present:
            client.unsubscribe([topics for topics in _OLD if topics not in self._filters])
        once = SubscribeOptions(qos=1)
        client.subscribe([(topics, once) for topics in self._filters])

    def _subscribed(self, client: mqtt.Client, _data: Any, _mid: int, codes: list[ReasonCode], _props: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.error("subscription_refused", reasons=refused)
            client.disconnect()
            return
        self._subscribed_at = time.monotonic()
        self._is_subscribed.set()

    def _disconnected(self, _client: mqtt.Client, _data: Any, _flags: Any, code: ReasonCode, _props: Any) -> None:
        if code.is_failure:
            log.warning("broker_lost", reason=str(code))

    def _received(self, topic: bytes, body: bytes, mid: int, is_retained: bool) -> None:
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            name = _BAD_TOPIC
        self._arrived.append(Message(name, body, mid, self._session if mid else 0, is_retained))


def _open(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _ignore(_client: mqtt.Client, _data: Any, _sock: Any) -> None:
    """Ignore the request to write: there is one loop, and it writes after every turn."""
