"""Runs a clip through the watchers of the live agent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.camera.analysis import Analysis
from edge.camera.clip_views import clip_views
from edge.camera.errors import StreamUnavailableError
from edge.camera.tuning.episodes import Gathered
from edge.camera.tuning.score import Episode
from wire.cameras import CameraKind


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost in CPU seconds. `decoding_s`: everything but the looks."""

    looks: int
    looking_s: float
    pictures: int
    decoding_s: float

    @property
    def look_ms(self) -> float:
        return 1000 * self.looking_s / self.looks

    @property
    def picture_ms(self) -> float:
        return 1000 * self.decoding_s / self.pictures


@dataclass(frozen=True, slots=True)
class Watched:
    """The result of a clip. `times`: the time at which each picture is shown; `watched_for`: the kinds that some
    watcher judged."""

    episodes: Sequence[Episode]
    times: Sequence[float]
    watched_for: frozenset[CameraKind]
    cost: Cost


def watch_clip(
    clip: Path, analysis: Analysis, rate: float, begins: datetime, progress: Callable[[float], None]
) -> Watched:
    """Watch a clip. `progress` is given the seconds of the clip that are done. Episodes that are under way at its end
    stay open. Raises StreamUnavailableError."""
    times: list[float] = []
    gathered = Gathered()
    watched_for: set[CameraKind] = set()
    looks, looking_s, begun_s = 0, 0.0, time.process_time()
    for view in clip_views(clip, rate, begins, times.append):
        # The clip's decoder has threads of its own: a look is what this thread does.
        looked_s = time.thread_time()
        try:
            said = analysis.sightings(view)
        except ValueError as exc:
            raise StreamUnavailableError("no_picture", f"{clip}: {exc}") from exc
        gathered.take(analysis.see(said, view.at_s))
        looking_s += time.thread_time() - looked_s
        watched_for.update(sighting.kind for sighting in said)
        looks += 1
        progress(view.at_s)
    cost = Cost(looks, looking_s, len(times), max(0.0, time.process_time() - begun_s - looking_s))
    return Watched(gathered.all, times, frozenset(watched_for), cost)
