"""The demo's cameras: a process draws them, live (shian/demo/scenes/live.py). Their stations wait until it listens; the
others, and the page, do not."""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from edge.camera.errors import VisionMissingError
from edge.camera.extra import check_vision
from process.language import t
from shian.demo.district import Camera, District, Station, camera_name
from shian.local.children import Child
from shian.local.layout import Table
from shian.local.ports import free_port
from shian.local.stack import Stack, our_own


@dataclass(slots=True)
class DemoCameras:
    """The cameras of the demo, to be used as a context. `file`: that of the district, where it is not the shipped
    one."""

    district: District
    stack: Stack
    file: Path | None = None
    _port: int = 0
    _is_there: bool = False
    _begun: Child | None = None

    def __enter__(self) -> "DemoCameras":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._begun:
            self._begun.stop()

    def prepare(self) -> None:
        """Begin to load what draws them."""
        if not any(station.camera for station in self.district.station):
            return
        try:
            check_vision()
        except VisionMissingError as exc:
            self._go_without(str(exc))
            return
        self._port = free_port()
        which = ["--district", str(self.file)] if self.file else []
        self._begun = self.stack.child("cameras", our_own(["demo", "cameras", "--port", str(self._port), *which]))
        self._begun.start()

    def tick(self) -> None:
        """Look whether they can be seen by now."""
        if self._begun is None:
            return
        if not self._begun.is_running:
            why = t(f"see {self.stack.layout.log('cameras')}", f"见 {self.stack.layout.log('cameras')}")
            self._begun = None
            self._go_without(t(f"they cannot be drawn, {why}", f"画面无法生成，{why}"))
            return
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1.0):
            self._is_there = True
            # From now on it is restarted when it dies, as all the others are.
            self.stack.supervisor.start("cameras", self._begun, time.monotonic())
            self._begun = None

    def is_awaited(self, station: Station) -> bool:
        """Tell whether the agent of `station` must wait for its cameras."""
        return bool(station.camera) and self._begun is not None

    def rows(self, station: Station) -> list[Table]:
        """Return `[[camera]]` of its edge.toml."""
        return [self._row(station, camera) for camera in station.camera] if self._is_there else []

    def _row(self, station: Station, camera: Camera) -> Table:
        return {
            "name": camera.name,
            "url": f"http://127.0.0.1:{self._port}/{camera_name(station, camera)}.ts",
            "hours": camera.hours,
            "zone": [zone.model_dump() for zone in camera.zone],
            "activity": {"unattended_s": camera.unattended_s},
        }

    def _go_without(self, why: str) -> None:
        self.stack.screen.say(t(f"The district has no cameras: {why}", f"示范区没有摄像头：{why}"), "yellow")
