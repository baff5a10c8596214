"""Chooses the watchers of a camera from its settings."""

from collections.abc import Callable, Sequence
from uuid import UUID

from edge.camera.activity.watcher import ActivityWatcher
from edge.camera.analysis import Analysis
from edge.camera.episodes import Episodes
from edge.camera.health.watcher import HealthWatcher
from edge.camera.patience import patience_of
from edge.camera.settings import CameraSettings
from edge.camera.view import Watcher


def analysis_of(camera: CameraSettings, new_key: Callable[[], UUID], more: Sequence[Watcher] = ()) -> Analysis:
    """Build the analysis: health and activity, which need no model, then `more`, the rules on what detectors find."""
    return Analysis(watchers_of(camera, health_of(camera), more), Episodes(patience_of(camera.patience), new_key))


def health_of(camera: CameraSettings) -> HealthWatcher:
    """Build the watcher of the camera's health."""
    return HealthWatcher(camera.health, camera.opening, camera.mask)


def watchers_of(camera: CameraSettings, health: HealthWatcher, more: Sequence[Watcher]) -> list[Watcher]:
    """Return the watchers in their order."""
    activity = ActivityWatcher(camera.activity, camera.zone, camera.opening, camera.mask)
    activities = [activity] if activity.is_needed else []
    return [health, *activities, *more]
