"""Makes one camera's evidence as its settings say, and keeps it in the media store; runs the one thread that cuts
clips.

A clip that must be made anew costs seconds of work. So all cameras of a station share one thread of the lowest
priority, one clip at a time. When too many clips wait, a new one is not made, and that is counted. No camera's analysis
waits for a clip."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import structlog

from edge.camera.episodes import Change
from edge.camera.errors import CameraError
from edge.camera.evidence.clip import COPIED, Cut, copy, remake
from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.settings import EvidenceSettings
from edge.camera.evidence.snapshot import snapshot
from edge.camera.packets import PacketRing
from edge.camera.view import View
from edge.media.errors import MediaError
from edge.media.store import MediaStore
from edge.metrics import Metrics
from wire.cameras import CameraKind

log = structlog.get_logger()

_BEFORE_S = 5.0
# An absence is told up to a minute after the last picture; its clip shows what came before that.
_TOLD_LATE_S = 70.0
_WAITING_MOST = 4
_LOWEST_PRIORITY = 19


class ClipThread:
    """The thread that runs one job at a time. At most a few wait, each of which holds the packets of its clip."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="clips", initializer=_be_nice)
        self._room = threading.Semaphore(1 + _WAITING_MOST)

    def submit(self, job: Callable[[], str | None]) -> Future[str | None] | None:
        """Order a job and return its future; None: too many wait."""
        if not self._room.acquire(blocking=False):
            return None
        future = self._pool.submit(job)
        future.add_done_callback(lambda _: self._room.release())
        return future

    def close(self) -> None:
        """Finish the clip under way, and drop those that wait."""
        self._pool.shutdown(cancel_futures=True)


def _be_nice() -> None:
    """Give this thread the lowest priority. On Linux the priority belongs to a thread, and threads that it starts (the
    encoder's) inherit it."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)


class CameraEvidence:
    """The evidence of one camera. See edge.camera.recorder.Evidence."""

    def __init__(
        self,
        camera: str,
        settings: EvidenceSettings,
        hiding: Hiding,
        *,
        store: MediaStore,
        clips: ClipThread,
        metrics: Metrics,
    ) -> None:
        self._camera = camera
        self._settings = settings
        self._hiding = hiding
        self._store = store
        self._clips = clips
        self._metrics = metrics

    def hide(self, hiding: Hiding) -> None:
        """Hide otherwise in all that is made from now on; from any thread."""
        self._hiding = hiding

    def snapshot(self, change: Change, view: View) -> str | None:
        """Make a snapshot. An event is worth more than its picture: an error here is counted and logged, and never
        raised."""
        wanted = self._settings
        try:
            data = snapshot(view.frame.bgr(), change.boxes, self._hiding, width=wanted.width, quality=wanted.quality)
            if data is None:
                self._note_failure("no_picture")
                return None
            sha256 = self._store.put(data, "image/jpeg", change.key)
        except (MediaError, CameraError, cv2.error) as exc:
            self._note_failure(type(exc).__name__, str(exc))
            return None
        self._metrics.camera_evidence.labels(self._camera, "snapshot").inc()
        return sha256

    def clip(self, change: Change, ring: PacketRing) -> Future[str | None] | None:
        # The ring is read here, in the camera's thread: while the clip waits, it would lose these packets.
        if self._settings.clip == "off":
            return None
        begin_s = change.at_s - _BEFORE_S - (_TOLD_LATE_S if change.kind is CameraKind.OFFLINE else 0.0)
        found = ring.since(begin_s)
        if found is None:
            self._note_failure("no_packets")
            return None
        cut = Cut(*found, begin_s=begin_s)
        future = self._clips.submit(lambda: self._make(change, cut))
        if future is None:
            self._note_failure("too_many_clips")
        return future

    def _make(self, change: Change, cut: Cut) -> str | None:
        # A clip that stays at the station needs its masks, but no hidden faces.
        stays = self._settings.clip == "station"
        hiding = Hiding(self._hiding.masks) if stays else self._hiding
        try:
            with self._store.draft() as draft:
                if hiding.is_needed or cut.info.codec not in COPIED:
                    remake(cut, draft, hiding, width=self._settings.width)
                else:
                    copy(cut, draft)
                sha256 = self._store.put(draft, "video/mp4", change.key, stays=stays)
        except (MediaError, CameraError, cv2.error, OSError) as exc:
            self._note_failure(type(exc).__name__, str(exc))
            return None
        self._metrics.camera_evidence.labels(self._camera, "clip").inc()
        return sha256

    def _note_failure(self, reason: str, detail: str = "") -> None:
        self._metrics.camera_evidence_failed.labels(self._camera, reason).inc()
        log.warning("evidence_not_made", camera=self._camera, reason=reason, detail=detail[:500])
