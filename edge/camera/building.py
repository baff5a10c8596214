"""Builds a camera's parts from its settings.

The agent imports no other module of cameras, and this one only when a camera is configured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from random import Random
from threading import Event

import cv2
from uuid_utils.compat import uuid7

from edge.camera.analysis import Analysis
from edge.camera.capture import Capture
from edge.camera.detect.models import models_in
from edge.camera.detect.rules import make_rules
from edge.camera.layout import Arranging
from edge.camera.packets import PacketRing
from edge.camera.recorder import CameraRecorder, Evidence
from edge.camera.settings import CameraSettings
from edge.camera.stream import Source
from edge.camera.watchers import analysis_of
from edge.camera.worker import CameraWorker, Frames, Looker, Packets
from edge.metrics import Metrics
from edge.spool.spool import Spool
from wire.events import source_of

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The parts of the agent that its cameras share."""

    station: str
    zone: tzinfo
    models: Path
    spool: Spool
    metrics: Metrics
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    random: Random


def keep_to_own_threads() -> None:
    """Make OpenCV work in the thread that calls it.

    OpenCV's own threads are shared by all callers: with them, the work for a clip, which has the lowest priority, would
    run in a thread of usual priority, or the analysis of a camera would wait for a thread of the lowest."""
    cv2.setNumThreads(1)


def make_analysis(camera: CameraSettings, models: Path) -> Analysis:
    """Build the analysis of a camera. `models` is the folder of the models that the rules use. Raises ModelError."""
    rules = make_rules(camera, models_in(models))
    return analysis_of(camera, uuid7, () if rules is None else (rules,))


def make_camera(camera: CameraSettings, around: Surroundings, evidence: Evidence | None = None) -> CameraWorker:
    """Build a camera. Where a model cannot be used, the camera works without its rules."""
    arranging = Arranging(camera, around.models)
    looker, listener = _with_own_word(camera, arranging.analysis, around.random)
    frames = Frames(camera.name, around.metrics, around.monotonic)
    packets = Packets(PacketRing(camera.stream.ring_s, camera.stream.ring_mib * _MIB))
    recorder = CameraRecorder(
        camera.name,
        source_of(around.station, camera.name),
        around.spool,
        ring=packets.ring,
        evidence=evidence,
        metrics=around.metrics,
    )

    def capture(url: str, *, is_watched: bool, is_kept: bool) -> Capture:
        return Capture(
            camera.name,
            source_of_camera(camera, url),
            rate=camera.rate,
            on_packet=packets.add if is_kept else None,
            on_frame=frames.put if is_watched else None,
            backoff=(camera.stream.reconnect_s, camera.stream.reconnect_longest_s),
            monotonic=around.monotonic,
            random=around.random,
            metrics=around.metrics,
        )

    captures = {f"capture:{camera.name}": capture(camera.url, is_watched=True, is_kept=not camera.main_url)}
    if camera.main_url:
        captures[f"main:{camera.name}"] = capture(camera.main_url, is_watched=False, is_kept=True)
    return CameraWorker(
        camera.name,
        camera.url,
        captures=captures,
        frames=frames,
        packets=packets,
        analysis=looker,
        others={f"onvif:{camera.name}": listener} if listener else {},
        recorder=recorder,
        open_s=camera.stream.open_s,
        read_s=camera.stream.read_s,
        settle_s=camera.stream.settle_s,
        lack=arranging.lack,
        arrange=arranging.arrange,
        clock=around.clock,
        zone=around.zone,
        monotonic=around.monotonic,
        metrics=around.metrics,
    )


def source_of_camera(camera: CameraSettings, url: str) -> Source:
    return Source(
        url, camera.username, camera.password_file, camera.stream.open_s, camera.stream.read_s, camera.stream.loop
    )


def _with_own_word(
    camera: CameraSettings, analysis: Analysis, random: Random
) -> tuple[Looker, Callable[[Event], None] | None]:
    """Return the analysis, and the worker that listens to the camera's own events for it (None: not configured).

    The import stands here because SOAP takes 20 MiB of memory."""
    if camera.onvif is None:
        return analysis, None
    from edge.camera.onvif import AnalysisWithOwnWord, OnvifWorker, OwnWord  # noqa: PLC0415

    word = OwnWord()
    login = source_of_camera(camera, camera.url).login
    worker = OnvifWorker(camera.name, camera.onvif.host, camera.onvif.port, login=login, word=word, random=random)
    return AnalysisWithOwnWord(analysis, word), worker.run
