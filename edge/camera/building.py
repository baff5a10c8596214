"""A camera's parts put together from its settings. The only module of cameras that the agent imports, and only when a
camera is configured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from random import Random
from threading import Event

import cv2
import structlog
from uuid_utils.compat import uuid7

from edge.camera.analysis import Analysis
from edge.camera.capture import Capture
from edge.camera.detect.errors import ModelError
from edge.camera.detect.models import models_in
from edge.camera.detect.rules import make_rules
from edge.camera.packets import PacketRing
from edge.camera.recorder import CameraRecorder, Evidence
from edge.camera.settings import CameraSettings
from edge.camera.stream import Source
from edge.camera.watchers import analysis_of
from edge.camera.worker import CameraWorker, Frames, Looker, Packets
from edge.metrics import Metrics
from edge.spool.spool import Spool
from wire.events import source_of

log = structlog.get_logger()
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a camera shares with the rest of the agent."""

    station: str
    zone: tzinfo
    models: Path
    spool: Spool
    metrics: Metrics
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    random: Random


def keep_to_own_threads() -> None:
    """OpenCV works in the thread that calls it, and in no other: its own threads are shared by all, so a clip's work of
    the lowest priority would run in one of usual priority, or a camera's analysis wait for one of the lowest."""
    cv2.setNumThreads(1)


def make_analysis(it: CameraSettings, models: Path) -> Analysis:
    """`models`: the folder of what rules stand on. Raises ModelError."""
    rules = make_rules(it, models_in(models))
    return analysis_of(it, uuid7, () if rules is None else (rules,))


def make_camera(it: CameraSettings, around: Surroundings, evidence: Evidence | None = None) -> CameraWorker:
    """A model that cannot be used costs the camera's rules, never the camera."""
    try:
        analysis, lack = make_analysis(it, around.models), ""
    except ModelError as exc:
        analysis, lack = analysis_of(it, uuid7), str(exc)
        log.error("camera_rules_not_usable", camera=it.name, reason=lack, so="the camera works without them")
    looker, listener = _with_own_word(it, analysis, around.random)
    frames = Frames(it.name, around.metrics, around.monotonic)
    packets = Packets(PacketRing(it.stream.ring_s, it.stream.ring_mib * _MIB))
    recorder = CameraRecorder(
        it.name,
        source_of(around.station, it.name),
        around.spool,
        ring=packets.ring,
        evidence=evidence,
        metrics=around.metrics,
    )

    def capture(url: str, *, is_watched: bool, is_kept: bool) -> Capture:
        return Capture(
            it.name,
            source_of_camera(it, url),
            rate=it.rate,
            on_packet=packets.add if is_kept else None,
            on_frame=frames.put if is_watched else None,
            backoff=(it.stream.reconnect_s, it.stream.reconnect_longest_s),
            monotonic=around.monotonic,
            random=around.random,
            metrics=around.metrics,
        )

    captures = {f"capture:{it.name}": capture(it.url, is_watched=True, is_kept=not it.main_url)}
    if it.main_url:
        captures[f"main:{it.name}"] = capture(it.main_url, is_watched=False, is_kept=True)
    return CameraWorker(
        it.name,
        it.url,
        captures=captures,
        frames=frames,
        packets=packets,
        analysis=looker,
        others={f"onvif:{it.name}": listener} if listener else {},
        recorder=recorder,
        open_s=it.stream.open_s,
        read_s=it.stream.read_s,
        settle_s=it.stream.settle_s,
        lack=lack,
        clock=around.clock,
        zone=around.zone,
        monotonic=around.monotonic,
        metrics=around.metrics,
    )


def source_of_camera(it: CameraSettings, url: str) -> Source:
    return Source(url, it.username, it.password_file, it.stream.open_s, it.stream.read_s, it.stream.loop)


def _with_own_word(
    it: CameraSettings, analysis: Analysis, random: Random
) -> tuple[Looker, Callable[[Event], None] | None]:
    """The analysis, and what hears the camera's own events for it. SOAP takes 20 MiB: only for who asks for it."""
    if it.onvif is None:
        return analysis, None
    from edge.camera.onvif import AnalysisWithOwnWord, OnvifWorker, OwnWord  # noqa: PLC0415

    word = OwnWord()
    login = source_of_camera(it, it.url).login
    worker = OnvifWorker(it.name, it.onvif.host, it.onvif.port, login=login, word=word, random=random)
    return AnalysisWithOwnWord(analysis, word), worker.run
