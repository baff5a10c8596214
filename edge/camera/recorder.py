"""From changes of episodes to camera events on disk, with a snapshot at the start and a clip a little later."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from edge.camera.episodes import Change
from edge.camera.packets import PacketRing
from edge.camera.view import View
from edge.errors import SpoolBrokenError, SpoolError
from edge.metrics import Metrics
from edge.spool import Spool
from edge.spool_rows import Draft
from wire.events import CameraV1, DeviceV1

log = structlog.get_logger()

_CLIP_AFTER_S = 5.0
# What waits for room on a full disk.
_PENDING = 200


class Evidence(Protocol):
    """Makes and keeps what proves an event; None: there is nothing to keep."""

    def snapshot(self, change: Change, view: View) -> str | None:
        """The sha256 of a JPEG in the media store."""
        ...

    def clip(self, change: Change, ring: PacketRing) -> str | None:
        """The sha256 of an MP4 in the media store. Called once the seconds after the change are in the ring."""
        ...


@dataclass(frozen=True, slots=True)
class _Clip:
    due_s: float
    change: Change
    snapshot: tuple[str, ...]


class CameraRecorder:
    """One camera's. Called from its analysis thread only."""

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
        self._pending: deque[CameraV1] = deque()
        self._clips: list[_Clip] = []
        self.events = 0

    def take(self, changes: Sequence[Change], view: View | None) -> None:
        """`view`: what the changes were seen in; None: the camera is away."""
        for change in changes:
            snapshot: str | None = None
            if self._evidence and view and change.phase == "start":
                snapshot = self._evidence.snapshot(change, view)
            media = (snapshot,) if snapshot else ()
            self._put(change, media)
            if self._evidence and change.phase == "start":
                self._clips.append(_Clip(change.at_s + _CLIP_AFTER_S, change, media))

    def step(self, at_s: float) -> None:
        """Call often: cuts the clips that are due, and records what found no room before."""
        if self._evidence and self._clips and self._clips[0].due_s <= at_s:
            it = self._clips.pop(0)
            clip = self._evidence.clip(it.change, self._ring)
            if clip:
                self._put(it.change, (*it.snapshot, clip), phase="update")
        self.flush()

    def flush(self) -> None:
        while self._pending:
            try:
                self._spool.record([Draft(self._pending[0], self._source)])
            except SpoolBrokenError:
                raise
            except SpoolError:  # the spool said so in the log
                return
            data = self._pending.popleft()
            self.events += data.phase == "start"
            self._metrics.camera_events.labels(self._camera, data.kind, data.phase).inc()

    def note(self, data: DeviceV1) -> None:
        """An event about the camera as a device. Without room it is only logged. From any thread."""
        log.info("camera_state", camera=self._camera, state=data.state, detail=data.detail)
        try:
            self._spool.record([Draft(data, self._source)])
        except SpoolBrokenError:
            raise
        except SpoolError as exc:
            log.warning("device_event_lost", device=self._camera, state=data.state, reason=str(exc))

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
        if len(self._pending) >= _PENDING:
            self._pending.popleft()
            self._metrics.camera_unrecorded.labels(self._camera).inc()
            log.warning("camera_event_lost", camera=self._camera, reason="no room on the disk")
        self._pending.append(data)
        self.flush()
