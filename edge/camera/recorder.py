"""Writes changes of episodes to disk as camera events, with a snapshot at the start and a clip a little later."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

import structlog

from edge.camera.episodes import Change
from edge.camera.packets import PacketRing
from edge.camera.view import View
from edge.metrics import Metrics
from edge.spool.patient import Patient, note
from edge.spool.spool import Spool
from wire.kinds.camera import CameraV1
from wire.kinds.device import DeviceV1

log = structlog.get_logger()

_CLIP_AFTER_S = 5.0
# The most events that wait for room on a full disk.
_PENDING = 200


class Evidence(Protocol):
    """The maker and keeper of the pictures that prove an event. A result of None: there is nothing to keep."""

    def snapshot(self, change: Change, view: View) -> str | None:
        """Make a snapshot and return the sha256 of a JPEG in the media store."""
        ...

    def clip(self, change: Change, ring: PacketRing) -> Future[str | None] | None:
        """Cut a clip and return the sha256 of an MP4 in the media store, as a future.

        Called once the seconds after the change are in the ring; does not wait for the clip."""
        ...


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip that is due at `due_s`. `made`: its result, once the clip was ordered."""

    due_s: float
    change: Change
    snapshot: tuple[str, ...]
    made: Future[str | None] | None = None


class CameraRecorder:
    """The recorder of one camera. Called from its analysis thread only."""

    def __init__(
        self,
        camera: str,
        source: str,
        spool: Spool,
        *,
        ring: PacketRing,
        evidence: Evidence | None,
        metrics: Metrics,
    ) -> None:
        self._camera = camera
        self._source = source
        self._spool = spool
        self._ring = ring
        self._evidence = evidence
        self._metrics = metrics
        self._events: Patient[CameraV1] = Patient(
            spool,
            source,
            most=_PENDING,
            on_recorded=self._count,
            on_lost=metrics.camera_unrecorded.labels(camera).inc,
        )
        self._clips: list[_Clip] = []
        self._cuts: list[_Clip] = []
        self._open: set[UUID] = set()
        self.events = 0

    def take(self, changes: Sequence[Change], view: View | None) -> None:
        """Record `changes`, which were seen in `view`; None: the camera is away. They are recorded without a picture
        when making one crashes."""
        pictures: dict[UUID, tuple[str, ...]] = {}
        try:
            for change in changes:
                if self._evidence and view and change.phase == "start":
                    snapshot = self._evidence.snapshot(change, view)
                    pictures[change.key] = (snapshot,) if snapshot else ()
        finally:
            for change in changes:
                self._record(change, pictures.get(change.key, ()))

    def _record(self, change: Change, media: tuple[str, ...]) -> None:
        (self._open.discard if change.phase == "end" else self._open.add)(change.key)
        self._put(change, media)
        if self._evidence and change.phase == "start":
            self._clips.append(_Clip(change.at_s + _CLIP_AFTER_S, change, media))

    def step(self, at_s: float) -> None:
        """Cut the clips that are due, record those that are made, and record events that found no room before. Call
        often."""
        if self._evidence and self._clips and self._clips[0].due_s <= at_s:
            clip = self._clips.pop(0)
            made = self._evidence.clip(clip.change, self._ring)
            if made:
                self._cuts.append(replace(clip, made=made))
        # A clip is made in another thread: record those that have become ready.
        for clip in [clip for clip in self._cuts if clip.made and clip.made.done()]:
            self._cuts.remove(clip)
            self._tell_clip(clip)
        self._events.flush()

    def _tell_clip(self, clip: _Clip) -> None:
        if clip.made is None or clip.made.cancelled():
            return
        if error := clip.made.exception():
            self._metrics.camera_evidence_failed.labels(self._camera, "crashed").inc()
            log.error("clip_failed", camera=self._camera, exc_info=error)
        elif sha256 := clip.made.result():
            # The clip of an episode that is over comes with a second `end`: an `update` would begin the episode anew.
            self._put(clip.change, (*clip.snapshot, sha256), phase="update" if clip.change.key in self._open else "end")

    def _count(self, data: CameraV1) -> None:
        self.events += data.phase == "start"
        self._metrics.camera_events.labels(self._camera, data.kind, data.phase).inc()

    def note(self, data: DeviceV1) -> None:
        """Record an event about the camera as a device; without room only log it. May be called from any thread."""
        log.info("camera_state", camera=self._camera, state=data.state, detail=data.detail)
        note(self._spool, self._source, self._camera, data)

    def _put(self, change: Change, media: tuple[str, ...], phase: str = "") -> None:
        data = CameraV1.model_validate(
            {
                "key": change.key,
                "phase": phase or change.phase,
                "kind": change.kind.value,
                "zone": change.zone,
                "evidence": dict(change.evidence),
                "media": media,
            }
        )
        log.info("camera_event", camera=self._camera, kind=data.kind, phase=data.phase, zone=data.zone)
        self._events.record(data)
