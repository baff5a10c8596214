"""The rules of a camera, for the agent: a model that cannot be used costs its rules, never the camera."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from edge.camera.detect.errors import ModelError
from edge.camera.detect.models import models_in
from edge.camera.detect.rules import make_rules
from edge.camera.settings import CameraSettings
from edge.camera.view import Watcher

log = structlog.get_logger()


def rules_of(camera: CameraSettings, models: Path) -> Sequence[Watcher]:
    """The watchers that stand on models in the folder `models`; none where the camera has no rules."""
    try:
        rules = make_rules(camera, models_in(models))
    except ModelError as exc:
        log.error("camera_rules_not_usable", camera=camera.name, reason=str(exc), so="the camera works without them")
        return ()
    return () if rules is None else (rules,)
