"""Builds the live view from the settings of a station's cameras."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from random import Random

from prometheus_client import CollectorRegistry

from edge.camera.evidence.hiding import Hiding
from edge.camera.live.connection import LiveConnection
from edge.camera.live.metrics import LiveMetrics
from edge.camera.live.preview import Hide
from edge.camera.live.showing import LiveCamera, Watchable
from edge.camera.live.worker import LiveWorker
from edge.camera.settings import CameraSettings
from edge.camera.view import Bgr
from process.connections import Broker
from wire.live import Mode

_PREVIEW: frozenset[Mode] = frozenset(("preview",))
_ALL: frozenset[Mode] = frozenset(("preview", "video"))


def make_live(
    station: str,
    broker: Broker,
    cameras: Sequence[tuple[CameraSettings, LiveCamera, Hiding]],
    *,
    connect_s: float,
    registry: CollectorRegistry,
    random: Random,
    monotonic: Callable[[], float],
    clock: Callable[[], datetime],
    is_clock_right: Callable[[], bool] = lambda: True,
) -> LiveWorker | None:
    """Build the worker of the live view; None: no camera may be watched."""
    watchables = [
        Watchable(camera, modes_of(settings, hiding), hider(hiding))
        for settings, camera, hiding in cameras
        if settings.live != "off"
    ]
    if not watchables:
        return None
    return LiveWorker(
        watchables,
        partial(LiveConnection, broker, station, connect_s=connect_s, is_clock_right=is_clock_right),
        metrics=LiveMetrics(registry),
        random=random,
        monotonic=monotonic,
        epoch_ms=lambda: round(clock().timestamp() * 1000),
    )


def modes_of(settings: CameraSettings, hiding: Hiding) -> frozenset[Mode]:
    """Return the modes that a camera may be watched in.

    Video is sent as the camera encoded it: nothing can be hidden in it without decoding."""
    match settings.live:
        case "video":
            return _ALL
        case "preview":
            return _PREVIEW
        case "off":
            return frozenset()
        case "policy":
            return _PREVIEW if hiding.is_needed else _ALL


def hider(hiding: Hiding) -> Hide:
    """Return a function that hides in a picture of any size."""

    def hide(image: Bgr) -> Bgr:
        hiding.apply(image, hiding.find(image))
        return image

    return hide
