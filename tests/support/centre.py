"""The smallest centre: it keeps events by stream and sequence and sends receipts; a stand-in for ingest in tests of the
agent alone. The broker is a real one, and may die: the centre's memory is its database and does not.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.waiting import wait_for
from wire import chain, receipts
from wire.codec import decode
from wire.kinds import Event
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.result import ResultEvent
from wire.receipts import Receipt, Refused
from wire.status import Status
from wire.status import decode as decode_status
from wire.topics import Leaf, topic


class Centre:
    """Use as a context. `is_silent`: stores nothing and sends no receipt. `refuses`: why an event is refused, or ""."""

    def __init__(self, port: int, station: str) -> None:
        self._port = port
        self._station = station
        self._lock = threading.Lock()
        self.is_ready = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"centre-{station}", protocol=mqtt.MQTTv5, reconnect_on_failure=True
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self.is_ready.set()
        self._client.on_disconnect = lambda *_: self.is_ready.clear()
        self._client.on_message = self._on_message
        self.is_silent = False
        self.refuses: Callable[[Event], str] = lambda _: ""
        self.bodies: dict[UUID, dict[int, bytes]] = {}
        self._throughs: dict[UUID, int] = {}
        self.arrivals: list[tuple[UUID, int]] = []
        self.conflicts: list[tuple[UUID, int]] = []
        self.statuses: list[Status] = []

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port, clean_start=True)
        self._client.loop_start()
        assert self.is_ready.wait(20)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def status(self) -> Status:
        """Return the newest status; wait for the first."""
        wait_for(lambda: self.statuses, what="a status")
        return self.statuses[-1]

    def events(self) -> list[Event]:
        """Return all stored events, in the order of their streams."""
        with self._lock:
            stored = {stream: dict(bodies) for stream, bodies in self.bodies.items()}
        return [decode(bodies[sequence]) for bodies in stored.values() for sequence in sorted(bodies)]

    def results(self) -> list[ResultEvent]:
        return [event for event in self.events() if isinstance(event, ResultEvent)]

    def records(self) -> list[str]:
        """Return the device's record numbers of all results."""
        return [event.data.record for event in self.results()]

    def assert_whole(self) -> None:
        """Assert that every stream is 1, 2, 3 ... and linked, every checkpoint is signed, and nothing came in two
        versions. Waits for what is on its way: a failed test passes the events before it."""
        wait_for(lambda: not any(self._gaps()), what="streams without gaps")
        assert self.conflicts == []
        with self._lock:
            stored = {stream: dict(bodies) for stream, bodies in self.bodies.items()}
        for stream, bodies in stored.items():
            assert sorted(bodies) == list(range(1, len(bodies) + 1)), f"stream {stream} has gaps"
            before = ZERO_HASH
            for sequence in sorted(bodies):
                event = decode(bodies[sequence])
                assert event.previoushash == before
                if isinstance(event, CheckpointEvent):
                    assert chain.is_signed(event.data, stream)
                    assert (event.data.sequence, event.data.hash) == (sequence - 1, before)
                before = chain.digest(bodies[sequence])

    def _gaps(self) -> list[int]:
        """Return how many numbers each stream lacks below its highest."""
        with self._lock:
            return [max(bodies, default=0) - len(bodies) for bodies in self.bodies.values()]

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(topic(self._station, Leaf.EVENTS), 1), (topic(self._station, Leaf.STATUS), 1)])

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith(Leaf.STATUS):
            self.statuses.append(decode_status(bytes(message.payload)))
            return
        if self.is_silent:
            return
        receipt = self._store(bytes(message.payload))
        client.publish(topic(self._station, Leaf.RECEIPTS), receipts.encode(receipt), qos=1)

    def _store(self, body: bytes) -> Receipt:
        event = decode(body)
        stream, sequence = event.stream, event.sequence
        with self._lock:
            bodies = self.bodies.setdefault(stream, {})
            reason = self.refuses(event)
            if reason:
                return Receipt(stream=stream, through=0, refused=(Refused(sequence=sequence, reason=reason),))
            self.arrivals.append((stream, sequence))
            if bodies.setdefault(sequence, body) != body:
                self.conflicts.append((stream, sequence))
            through = self._advance(stream)
        return Receipt(stream=stream, through=through, extra=(sequence,) if sequence > through else ())

    def _advance(self, stream: UUID) -> int:
        """Return the highest number without a gap below it. The place is kept, so that a long stream costs no more than
        a short one."""
        through = self._throughs.get(stream, 0)
        while through + 1 in self.bodies[stream]:
            through += 1
        self._throughs[stream] = through
        return through
