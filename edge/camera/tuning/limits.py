"""The limits of health: for each measured value, the level beyond which it means a kind."""

from dataclasses import dataclass

from edge.camera.health.judge import BLURRED_SHARE, SHIFTED_SHARE
from edge.camera.health.settings import HealthSettings
from edge.camera.health.softness import SOFT_SHARE
from edge.camera.health.veil import VEIL_SHARE
from wire.cameras import CameraKind


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit. `value` is named as in the evidence of an event (edge.camera.health.judge.Measures)."""

    value: str
    level: float
    is_below: bool
    kind: CameraKind


def limits_of(settings: HealthSettings) -> tuple[Limit, ...]:
    return (
        Limit("bright", settings.dark_level, True, CameraKind.DARK),
        Limit("gone", settings.covered_share, False, CameraKind.COVERED),
        Limit("other", settings.moved_share, False, CameraKind.MOVED),
        Limit("shifted", SHIFTED_SHARE, False, CameraKind.MOVED),
        Limit("blurred", BLURRED_SHARE, False, CameraKind.DEFOCUSED),
        Limit("veil", VEIL_SHARE, False, CameraKind.DEFOCUSED),
        Limit("crisp", SOFT_SHARE, True, CameraKind.DEFOCUSED),
        Limit("still_s", settings.frozen_s, False, CameraKind.FROZEN),
    )
