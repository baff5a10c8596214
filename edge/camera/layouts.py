"""Zones and masks that came down from the centre, camera by camera: checked, kept in a file, put in force, told of.

The file outlives the document: a station whose document is broken, or whose centre was put back to an older state,
still masks what it was told to mask. A version goes only upwards."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.making import CameraEvidence
from edge.camera.layout import needed, settled
from edge.camera.live.building import hider, modes_of
from edge.camera.live.worker import LiveWorker
from edge.camera.settings import CameraSettings
from edge.camera.worker import CameraWorker
from process import private_files
from wire.down import CameraLayoutDown
from wire.layouts import Layout, LayoutRefusal, Zone
from wire.status import CameraStatus

log = structlog.get_logger()

FILE = "camera-layouts.json"
_KEPT: TypeAdapter[tuple[CameraLayoutDown, ...]] = TypeAdapter(tuple[CameraLayoutDown, ...])
_MOST_TOLD = 16


@dataclass(frozen=True, slots=True)
class Arranged:
    """One camera with all of its parts that zones and masks concern. `hiding`: what is hidden by given settings."""

    settings: CameraSettings
    worker: CameraWorker
    evidence: CameraEvidence
    hiding: Callable[[CameraSettings], Hiding]


@dataclass(frozen=True, slots=True)
class _Refused:
    version: int = 0
    reason: str = ""
    detail: str = ""


class Layouts:
    """The layouts of a station's cameras; from any thread."""

    def __init__(self, folder: Path, cameras: Sequence[Arranged], live: LiveWorker | None) -> None:
        self._path = folder / FILE
        self._cameras = {camera.settings.name: camera for camera in cameras}
        self._live = live
        self._lock = threading.Lock()
        self._said: dict[str, CameraLayoutDown] = {}
        self._refused: dict[str, _Refused] = {}

    def load(self) -> None:
        """Read the file, and put in force what it says. One that is broken is put aside and told of."""
        try:
            kept = _KEPT.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValidationError) as exc:
            log.error("camera_layouts_not_readable", path=str(self._path), reason=str(exc)[:200])
            if self._path.exists():
                self._path.replace(self._path.with_name(f"{FILE}.broken"))
            return
        self.take(kept)

    def take(self, said: Sequence[CameraLayoutDown]) -> None:
        """Take what a document says of cameras. One that is broken or older is refused; the others count."""
        with self._lock:
            taken = [one for one in said if self._take(one)]
            if taken:
                self._keep()

    def status(self) -> tuple[CameraStatus, ...]:
        """Return what the centre is told: of each camera the version in force, and why another one is not."""
        names = dict.fromkeys([*self._cameras, *self._refused])
        return tuple(self._status(name) for name in names)[:64]

    def weight(self) -> object:
        """Return the facts whose change the centre shall hear at once."""
        return tuple((name, camera.worker.layout) for name, camera in self._cameras.items()), tuple(
            (name, refused.version, refused.reason) for name, refused in self._refused.items()
        )

    def _status(self, name: str) -> CameraStatus:
        camera, refused = self._cameras.get(name), self._refused.get(name, _Refused())
        told: dict[str, Any] = {"refused": refused.version, "refusal": refused.reason, "detail": refused.detail}
        if camera is None:
            return CameraStatus(name=name, **told)
        own = camera.settings
        zones = [Zone(name=one.name, polygon=one.polygon, motion=one.motion) for one in own.zone[:_MOST_TOLD]]
        masks = own.mask[:_MOST_TOLD]
        return CameraStatus(
            name=name, layout=camera.worker.layout, zones=tuple(zones), masks=masks, needed=needed(own), **told
        )

    def _take(self, said: CameraLayoutDown) -> bool:
        """Put one layout in force. Return False where it is refused, or is there already."""
        name, before = said.camera, self._said.get(said.camera)
        if before is not None and said.version == before.version:
            return False
        refused = self._reason(said, before)
        if refused is None:
            self._apply(self._cameras[name], Layout.model_validate(said.layout), said.version)
            self._said[name] = said
            self._refused.pop(name, None)
            return True
        if refused != self._refused.get(name):
            log.warning("camera_layout_refused", camera=name, version=said.version, reason=refused.reason)
        self._refused[name] = replace(refused, version=said.version)
        return False

    def _reason(self, said: CameraLayoutDown, before: CameraLayoutDown | None) -> _Refused | None:
        camera = self._cameras.get(said.camera)
        if camera is None:
            return _Refused(said.version, LayoutRefusal.UNKNOWN_CAMERA)
        if before is not None and said.version < before.version:
            return _Refused(said.version, LayoutRefusal.OLDER, f"{before.version} is in force")
        try:
            layout = Layout.model_validate(said.layout)
        except ValidationError as exc:
            return _Refused(said.version, LayoutRefusal.BROKEN, exc.errors()[0]["msg"][:200])
        missing = layout.missing(needed(camera.settings))
        return _Refused(said.version, LayoutRefusal.ZONE_NEEDED, missing) if missing else None

    def _apply(self, camera: Arranged, layout: Layout, version: int) -> None:
        """Hide first: no picture may leave between the two that shows what is masked."""
        settings = settled(camera.settings, layout)
        hiding = camera.hiding(settings)
        camera.evidence.hide(hiding)
        if self._live is not None:
            self._live.change(settings.name, modes_of(settings, hiding), hider(hiding))
        camera.worker.obey(settings, version)
        log.info("camera_layout_in_force", camera=settings.name, version=version)

    def _keep(self) -> None:
        content = json.dumps([one.model_dump(mode="json") for one in self._said.values()]).encode()
        try:
            private_files.replace(self._path, content)
        except OSError as exc:
            # It is in force all the same, and comes again with the document.
            log.warning("camera_layouts_not_kept", reason=str(exc))
