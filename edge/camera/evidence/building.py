"""Builds the parts that the cameras of a station share to make evidence, from the settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge.camera.detect.contract import Detector
from edge.camera.detect.errors import ModelError
from edge.camera.detect.faces import face_detector
from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.making import CameraEvidence, ClipThread
from edge.camera.settings import CameraSettings
from edge.media.store import MediaStore
from edge.metrics import Metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EvidenceRoom:
    store: MediaStore
    clips: ClipThread
    faces: Detector | None
    metrics: Metrics

    def hiding(self, camera: CameraSettings) -> Hiding:
        """Return the hiding for every picture of this camera that may leave the station."""
        blur = camera.evidence.blur
        return Hiding(camera.mask, hides_faces=blur != "none", faces=self.faces if blur == "faces" else None)

    def evidence(self, camera: CameraSettings) -> CameraEvidence:
        return CameraEvidence(
            camera.name, camera.evidence, self.hiding(camera), store=self.store, clips=self.clips, metrics=self.metrics
        )

    def close(self) -> None:
        """Close the store, after the clip under way is finished."""
        self.clips.close()
        self.store.close()


def open_room(cameras: Iterable[CameraSettings], store: MediaStore, models: Path, metrics: Metrics) -> EvidenceRoom:
    """Open the room. The face detector is only loaded when a camera needs it."""
    is_needed = any(camera.evidence.blur == "faces" for camera in cameras)
    return EvidenceRoom(store, ClipThread(), _faces(models) if is_needed else None, metrics)


def _faces(models: Path) -> Detector | None:
    try:
        found = face_detector(models)
    except ModelError as exc:
        log.error("face_model_not_usable", reason=str(exc), so="pictures are coarse")
        return None
    if found is None:
        log.warning("no_face_model", so="pictures are coarse", remedy="shian edge model install yunet")
    return found
