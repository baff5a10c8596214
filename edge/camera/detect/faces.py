"""Finds faces in pictures that must not show them."""

from pathlib import Path

from edge.camera.detect.contract import Detector
from edge.camera.detect.models import models_in

FACES = "yunet"


def face_detector(models: Path) -> Detector | None:
    """Return the face detector that is installed in the folder `models`, shared by the process; None: none is
    installed.

    It finds faces of about 10 px and more in a picture of 640 px; larger pictures are made smaller to that. Raises
    ModelError when there is one that cannot be used."""
    found = models_in(models)
    return found.detector(FACES) if found.has(FACES) else None
