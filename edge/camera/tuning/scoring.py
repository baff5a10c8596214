"""Makes a report from a clip and its truth."""

import sys
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import cv2

from edge.camera.building import make_analysis
from edge.camera.detect.life import Life
from edge.camera.detect.models import models_in
from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.presence import score_presence
from edge.camera.detect.sampling import frames_of
from edge.camera.patience import patience_of
from edge.camera.settings import CameraSettings
from edge.camera.stream import Source
from edge.camera.tuning.chosen import with_person_rule
from edge.camera.tuning.clip import watch_clip
from edge.camera.tuning.report import Report
from edge.camera.tuning.score import score
from edge.camera.tuning.truth import read_truth, truth_beside
from edge.camera.view import Bgr
from process.language import t
from process.terminal import say, say_over
from wire.cameras import CameraKind

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  a local time
_NOON = time(12)
_PROGRESS_S = 10.0


def scored(
    clip: Path,
    truth: Path | None,
    camera: CameraSettings,
    folder: Path,
    *,
    rate: float | None = None,
    local_time: time | None = None,
    detector: str | None = None,
) -> Report:
    """Score a clip. `folder` holds the models; `detector` is a model whose finding of people is scored, too. Raises
    CameraError."""
    # With one thread, the cost of a look is the cost of its thread.
    cv2.setNumThreads(1)  # so that what a look costs is what its thread costs
    known = read_truth(truth or truth_beside(clip))
    if detector:
        camera = with_person_rule(camera, detector)
    rate = rate or camera.rate
    begins = datetime.combine(MONDAY, local_time or known.local_time or _NOON)
    progress = _Progress(clip)
    watched = watch_clip(clip, make_analysis(camera, folder), rate, begins, progress.see)
    events, nuisances = known.in_seconds(watched.times)
    patience = patience_of(camera.patience)
    held_s = {kind: patience(kind).end_s for kind in CameraKind}
    found = score(events, nuisances, watched.episodes, held_s, known.kinds)
    presence = None
    if detector:
        spans = [(event.from_s, event.to_s) for event in events if event.kind is CameraKind.PERSON]
        finder = PeopleFinder(models_in(folder).detector(detector), camera.detect.score, Life())
        presence = score_presence(_all_frames(clip, progress), finder, spans)
    progress.end()
    return Report(clip, known, nuisances, rate, begins, watched, found, presence)


def _all_frames(clip: Path, progress: "_Progress") -> Iterator[tuple[float, Bgr]]:
    first: float | None = None
    for at_s, image in frames_of(Source(str(clip)), 0.0):
        first = at_s if first is None else first
        progress.see(at_s - first)
        yield at_s - first, image


class _Progress:
    """The progress, shown on a terminal only."""

    def __init__(self, clip: Path) -> None:
        self._name = clip.name
        self._told_s = 0.0
        self._is_shown = sys.stderr.isatty()

    def see(self, at_s: float) -> None:
        if self._is_shown and abs(at_s - self._told_s) >= _PROGRESS_S:
            self._told_s = at_s
            say_over(t(f"{self._name}: {at_s:.0f} s", f"{self._name}：{at_s:.0f} 秒") + "  ")

    def end(self) -> None:
        if self._is_shown and self._told_s:
            say(err=True)
