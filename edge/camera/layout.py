"""Puts zones and masks of the centre (wire/layouts.py) in force at one camera, without a restart.

Pictures that leave the station are hidden by the new masks first; then the analysis goes on with the new zones, in its
own thread. The masks of edge.toml stay, whatever the centre says."""

from collections.abc import Sequence
from pathlib import Path

import structlog
from uuid_utils.compat import uuid7

from edge.camera.analysis import Analysis
from edge.camera.detect.errors import ModelError
from edge.camera.detect.models import models_in
from edge.camera.detect.rules import make_rules
from edge.camera.episodes import Change, Episodes
from edge.camera.patience import patience_of
from edge.camera.settings import CameraSettings, ZoneSettings
from edge.camera.view import Watcher
from edge.camera.watchers import health_of, watchers_of
from edge.camera.worker import Swap
from wire.layouts import Layout

log = structlog.get_logger()


def settled(camera: CameraSettings, layout: Layout | None) -> CameraSettings:
    """Return the settings with the zones of the centre, where it has any, and its masks beside those of edge.toml."""
    if layout is None:
        return camera
    zones = camera.zone
    if layout.zones is not None:
        zones = tuple(ZoneSettings(name=one.name, polygon=one.polygon, motion=one.motion) for one in layout.zones)
    added = tuple(mask for mask in layout.masks if mask not in camera.mask)
    return camera.model_copy(update={"zone": zones, "mask": (*camera.mask, *added)})


def needed(camera: CameraSettings) -> tuple[str, ...]:
    """Return the zones that rules of the camera name."""
    return tuple(sorted({rule.zone for rule in camera.detect.rule if rule.zone}))


class Arranging:
    """The analysis of one camera, and its rearrangement. `lack`: what the camera has to do without."""

    def __init__(self, camera: CameraSettings, models: Path) -> None:
        self._models = models
        self._health = health_of(camera)
        rules, self.lack = self._rules(camera)
        episodes = Episodes(patience_of(camera.patience), uuid7)
        self.analysis = Analysis(watchers_of(camera, self._health, rules), episodes)

    def arrange(self, camera: CameraSettings) -> Swap:
        """Make the watchers of changed zones and masks, in the caller's thread, and return the change to them."""
        rules, _ = self._rules(camera)

        def swap(at_s: float) -> Sequence[Change]:
            self._health.remask(camera.mask)
            return self.analysis.change(watchers_of(camera, self._health, rules), at_s)

        return swap

    def _rules(self, camera: CameraSettings) -> tuple[Sequence[Watcher], str]:
        """Return the watcher of the rules; without it, and why, where a model cannot be used."""
        try:
            rules = make_rules(camera, models_in(self._models))
        except ModelError as exc:
            log.error(
                "camera_rules_not_usable", camera=camera.name, reason=str(exc), so="the camera works without them"
            )
            return (), str(exc)
        return () if rules is None else (rules,), ""
