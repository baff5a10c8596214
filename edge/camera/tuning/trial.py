"""Runs the agent's analysis over a stream that is being tried, and keeps the result of every look."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.camera.analysis import Analysis
from edge.camera.episodes import Change
from edge.camera.tuning.album import Album
from edge.camera.tuning.episodes import Gathered
from edge.camera.tuning.score import Episode
from edge.camera.view import Frame, Sighting, State, View
from wire.cameras import HEALTH, CameraKind

Tell = Callable[[Change, datetime], None]


Topic = tuple[CameraKind, str]  # with the zone


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a measured value."""

    last: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Look:
    """The result of one look. `values`: the measures of health, by name; empty when there was no picture."""

    at_s: float
    states: Mapping[Topic, State]
    values: Mapping[str, float]


class Trial:
    """A trial of a stream.

    `local` tells the station's time of day at a second of the stream; `tell` is given every change of an event. `keeps`
    False: no looks and no pictures are kept, so that the trial may run for days.

    `states`: the last state of each topic; `said`: the count of each state of a topic; `ranges`: the range of each
    measure of health, by name."""

    def __init__(self, analysis: Analysis, local: Callable[[float], datetime], tell: Tell, *, keeps: bool) -> None:
        self._analysis = analysis
        self._local = local
        self._tell = tell
        self._keeps = keeps
        self._at_s = float("-inf")
        self._gathered = Gathered()
        self.album = Album()
        self.looks: list[Look] = []
        self.count = 0
        self.states: dict[Topic, State] = {}
        self.said: Counter[tuple[Topic, State]] = Counter()
        self.ranges: dict[str, Range] = {}

    @property
    def episodes(self) -> Sequence[Episode]:
        return self._gathered.all

    def look(self, frame: Frame, at_s: float) -> None:
        """Look at a frame. Times that do not rise are moved on. A frame without pixels counts as none, as in the
        agent."""
        at_s = self._risen(at_s)
        try:
            said = self._analysis.sightings(View(at_s, self._local(at_s), frame))
        except ValueError:
            return
        self.count += 1
        changes = self._note(said, self._analysis.see(said, at_s), at_s)
        if self._keeps:
            events = tuple((episode.kind, episode.zone) for episode in self._gathered.under_way)
            self.album.see(at_s, frame, events, is_start=any(change.phase == "start" for change in changes))

    def miss(self, at_s: float) -> None:
        """Note that no picture came for too long."""
        at_s = self._risen(at_s)
        self._note([Sighting(CameraKind.OFFLINE, State.YES)], self._analysis.absent(at_s), at_s)

    def _risen(self, at_s: float) -> float:
        self._at_s = max(at_s, self._at_s + 0.001)
        return self._at_s

    def _note(self, said: Sequence[Sighting], changes: Sequence[Change], at_s: float) -> Sequence[Change]:
        self._gathered.take(changes)
        for change in changes:
            self._tell(change, self._local(change.at_s))
        states = {(sighting.kind, sighting.zone): sighting.state for sighting in said}
        values = {
            name: value for sighting in said if sighting.kind in HEALTH for name, value in sighting.evidence.items()
        }
        self.states |= states
        self.said.update(states.items())
        for name, value in values.items():
            before = self.ranges.get(name, Range(value, value, value))
            self.ranges[name] = Range(value, min(value, before.least), max(value, before.most))
        if self._keeps:
            self.looks.append(Look(at_s, states, values))
        return changes
