"""The demo's cameras: films drawn in the background at first start, served as RTSP where there is a server, else read
by the agents as files. A station waits for its films; the others, and the page, do not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from edge.camera.errors import VisionMissingError
from edge.camera.extra import check_vision
from process.language import t
from shian.demo.district import Camera, District, Station
from shian.demo.film_files import FilmFiles
from shian.demo.rtsp import PROBE, command
from shian.local.children import Child
from shian.local.layout import Table
from shian.local.ports import free_port
from shian.local.stack import Stack, our_own


@dataclass(slots=True)
class DemoCameras:
    """The cameras of the demo, to be used as a context. Programs in the background end with it. `file`: that of the
    district, where it is not the shipped one."""

    district: District
    stack: Stack
    file: Path | None = None
    _is_without: bool = False
    _films: Child | None = None
    _probe: Child | None = None
    _port: int | None = None
    _begun: list[Child] = field(default_factory=list)

    def __enter__(self) -> "DemoCameras":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._begun:
            child.stop()

    def prepare(self) -> None:
        """Begin to draw the films, and look for a server of them."""
        if not self._all():
            return
        try:
            check_vision()
        except VisionMissingError as exc:
            self._go_without(str(exc))
            return
        if not all(self._files(station, camera).are_made for station, camera in self._all()):
            folder = str(self.stack.layout.films)
            which = ["--district", str(self.file)] if self.file else []
            self._films = self._begin("films", our_own(["demo", "films", folder, *which]))
        self._probe = self._begin("cameras", PROBE)

    def tick(self) -> None:
        """Look whether the programs that were begun are finished."""
        if self._probe and not self._probe.is_running:
            if self._probe.exit_code == 0:
                self._port = free_port()
                mounts = {
                    _path(station, camera): f"@{self._files(station, camera).film}" for station, camera in self._all()
                }
                self.stack.start_program("cameras", command(self._port, mounts))
            self._probe = None
        if self._films and not self._films.is_running:
            if self._films.exit_code:
                why = t(f"see {self.stack.layout.log('films')}", f"见 {self.stack.layout.log('films')}")
                self._go_without(t(f"their films could not be made, {why}", f"示范视频生成失败，{why}"))
            self._films = None

    def is_awaited(self, station: Station) -> bool:
        """Tell whether the agent of `station` must wait for its cameras."""
        if self._is_without or not station.camera:
            return False
        return self._probe is not None or not all(self._files(station, camera).are_made for camera in station.camera)

    def rows(self, station: Station) -> list[Table]:
        """Return `[[camera]]` of its edge.toml."""
        return [] if self._is_without else [self._row(station, camera) for camera in station.camera]

    def _row(self, station: Station, camera: Camera) -> Table:
        file = str(self._files(station, camera).film)
        return {
            "name": camera.name,
            "url": file if self._port is None else f"rtsp://127.0.0.1:{self._port}/{_path(station, camera)}",
            "hours": camera.hours,
            "zone": [zone.model_dump() for zone in camera.zone],
            "activity": {"unattended_s": camera.unattended_s},
            "stream": {"loop": True},
        }

    def _begin(self, name: str, argv: Sequence[str]) -> Child | None:
        child = self.stack.child(name, argv)
        try:
            child.start()
        except OSError:  # no such program
            return None
        self._begun.append(child)
        return child

    def _go_without(self, why: str) -> None:
        self._is_without = True
        self.stack.screen.say(t(f"The district has no cameras: {why}", f"示范区没有摄像头：{why}"), "yellow")

    def _files(self, station: Station, camera: Camera) -> FilmFiles:
        return FilmFiles.of(self.stack.layout.films, station.name, camera)

    def _all(self) -> list[tuple[Station, Camera]]:
        return [(station, camera) for station in self.district.station for camera in station.camera]


def _path(station: Station, camera: Camera) -> str:
    return f"{station.name}-{camera.name}"
