"""The health events that a camera has over views."""

from collections.abc import Iterable
from itertools import count
from uuid import UUID

from edge.camera.settings import CameraSettings
from edge.camera.view import View
from edge.camera.watchers import analysis_of
from wire.cameras import HEALTH


def camera(**settings: object) -> CameraSettings:
    return CameraSettings.model_validate({"name": "prep", "url": "clip.mp4", **settings})


def health(seen: Iterable[View], settings: CameraSettings | None = None) -> list[tuple[str, str, float]]:
    numbers = count(1)
    analysis = analysis_of(settings or camera(), lambda: UUID(int=next(numbers)))
    changes = [change for view in seen for change in analysis.look(view) if change.kind in HEALTH]
    return [(change.kind.value, change.phase, round(change.at_s, 1)) for change in changes]
