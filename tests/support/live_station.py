"""A station's real live worker on a real broker, fed with pictures and packets that a test makes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from random import Random
from time import monotonic, time

import numpy as np
from prometheus_client import CollectorRegistry

from edge.camera.frames import ArrayFrame
from edge.camera.live.connection import LiveConnection
from edge.camera.live.metrics import LiveMetrics
from edge.camera.live.showing import Watchable
from edge.camera.live.worker import LiveWorker
from edge.camera.packets import Packet, StreamInfo, Tap
from edge.camera.view import Bgr, View
from process.connections import Broker
from tests.support.video import stream
from tests.support.waiting import wait_for
from wire.live import Mode

BOTH: frozenset[Mode] = frozenset(("preview", "video"))
_AT = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class DrawnCamera:
    """A camera that a test moves on, or that moves by itself (`rolling`): 25 packets and as many pictures a second."""

    name: str = "kitchen"
    newest: View | None = None
    taps: tuple[Tap, ...] = ()
    video: tuple[StreamInfo, list[Packet]] = field(default_factory=partial(stream, seconds=2))
    _turn: int = 0

    def add_tap(self, tap: Tap) -> None:
        self.taps = (*self.taps, tap)

    def remove_tap(self, tap: Tap) -> None:
        self.taps = tuple(other for other in self.taps if other != tap)

    def show(self, at_s: float, image: Bgr) -> None:
        self.newest = View(at_s, _AT, ArrayFrame(image))

    def flow(self, info: StreamInfo, packets: Sequence[Packet]) -> None:
        for packet in packets:
            for tap in self.taps:
                tap(info, packet)

    def step(self) -> None:
        """Go one picture and one packet further; the video begins again when it ends."""
        info, packets = self.video
        rounds, at = divmod(self._turn, len(packets))
        shift = round(rounds * len(packets) * Fraction(1, 25) / info.time_base)
        packet = packets[at]
        self.flow(info, [replace(packet, pts=packet.pts + shift, dts=packet.dts + shift)])
        self.show(self._turn / 25, np.full((360, 640, 3), self._turn % 256, np.uint8))
        self._turn += 1


@contextmanager
def rolling(*cameras: DrawnCamera, rate: float = 25.0) -> Iterator[None]:
    """Roll the cameras by themselves until the end of the block."""
    stop = threading.Event()

    def roll() -> None:
        while not stop.wait(1 / rate):
            for camera in cameras:
                camera.step()

    thread = threading.Thread(target=roll, name="cameras")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@dataclass
class LiveStation:
    registry: CollectorRegistry
    worker: LiveWorker

    def count(self, name: str, **labels: str) -> float:
        """Return the sum over the labels that are not given."""
        return sum(
            sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == f"shian_edge_live_{name}" and labels.items() <= sample.labels.items()
        )


@contextmanager
def live_station(
    port: int, *cameras: DrawnCamera, station: str = "m1", modes: frozenset[Mode] = BOTH, is_awaited: bool = True
) -> Iterator[LiveStation]:
    registry, stop = CollectorRegistry(), threading.Event()
    worker = LiveWorker(
        [Watchable(camera, modes, lambda image: image) for camera in cameras],
        lambda: LiveConnection(Broker(port=port), station, connect_s=5),
        metrics=LiveMetrics(registry),
        random=Random(1),
        monotonic=monotonic,
        epoch_ms=lambda: round(time() * 1000),
        backoff=(0.05, 0.2),
    )
    thread = threading.Thread(target=worker.run, args=(stop,), name="live")
    thread.start()
    try:
        wait_for(lambda: worker.is_connected or not is_awaited, what="the live worker")
        yield LiveStation(registry, worker)
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
