"""Makes events with a start, updates and an end out of single sightings. Pure.

One look proves nothing: steam, glare and a hand before the lens pass. An episode begins when, since a first `yes` that
lies `begin_s` back, at least `share` of the looks said `yes`. It ends by the same rule for `no` over `end_s`. `unsure`
counts for neither side."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from edge.camera.patience import Patience
from edge.camera.view import Box, Sighting, State
from wire.cameras import CameraKind

Phase = Literal["start", "update", "end"]
_OF_THE_LINE = (CameraKind.OFFLINE, CameraKind.UNSTABLE)  # those that are seen while the camera is away


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an episode. `began_s`: time of its first sighting, on the stream's scale as `at_s`."""

    key: UUID
    kind: CameraKind
    zone: str
    phase: Phase
    at_s: float
    began_s: float
    evidence: Mapping[str, float]
    boxes: tuple[Box, ...] = ()


@dataclass(slots=True)
class _Run:
    """The time in which one side has had its share of the looks."""

    since: float | None = None
    hits: int = 0
    looks: int = 0

    def count(self, is_hit: bool, at_s: float, share: float) -> float | None:
        """Count one look and return how long the run has lasted; None: there is no run."""
        if self.since is None:
            if not is_hit:
                return None
            self.since, self.hits, self.looks = at_s, 0, 0
        self.looks += 1
        self.hits += is_hit
        if self.hits < share * self.looks:
            self.since = None
            return None
        return at_s - self.since


@dataclass(slots=True)
class _Episode:
    key: UUID | None = None
    began_s: float = 0.0
    told_s: float = 0.0
    run: _Run = field(default_factory=_Run)


class Episodes:
    """The episodes of one camera. `new_key` makes UUIDv7."""

    def __init__(self, patience: Callable[[CameraKind], Patience], new_key: Callable[[], UUID]) -> None:
        self._patience = patience
        self._new_key = new_key
        self._episodes: dict[tuple[CameraKind, str], _Episode] = {}

    @property
    def open_kinds(self) -> frozenset[CameraKind]:
        return frozenset(kind for (kind, _), episode in self._episodes.items() if episode.key is not None)

    def see(self, sightings: Iterable[Sighting], at_s: float) -> list[Change]:
        """Judge the sightings of one look and return the changes that they make."""
        changes = (self._see(sighting, at_s) for sighting in sightings if sighting.state is not State.UNSURE)
        return [change for change in changes if change is not None]

    def interrupt(self) -> None:
        """Forget what was seen of episodes that have not begun: the camera is away. One look before that and one after
        it are no time that lasted."""
        for (kind, _), episode in self._episodes.items():
            if episode.key is None and kind not in _OF_THE_LINE:
                episode.run = _Run()

    def close(self, at_s: float, *, is_of_zone: bool = False) -> list[Change]:
        """End every open episode, because the camera is no longer watched. `is_of_zone`: those of zones alone."""
        ended = []
        for kind, zone in [topic for topic in self._episodes if topic[1] or not is_of_zone]:
            episode = self._episodes.pop((kind, zone))
            if episode.key is not None:
                ended.append(Change(episode.key, kind, zone, "end", at_s, episode.began_s, {}))
        return ended

    def _see(self, sighting: Sighting, at_s: float) -> Change | None:
        episode = self._episodes.setdefault((sighting.kind, sighting.zone), _Episode())
        patience = self._patience(sighting.kind)
        is_open = episode.key is not None
        # A look counts against the present state: `yes` while nothing is open, `no` while an episode is.
        is_against = (sighting.state is State.YES) is not is_open
        lasted = episode.run.count(is_against, at_s, patience.share)
        needed = patience.end_s if is_open else patience.begin_s
        if is_against and lasted is not None and lasted >= needed:
            return self._turn(episode, sighting, at_s)
        if is_open and not is_against and at_s - episode.told_s >= patience.update_s:
            episode.told_s = at_s
            return self._change(episode, sighting, "update", at_s)
        return None

    def _turn(self, episode: _Episode, sighting: Sighting, at_s: float) -> Change:
        """Open the episode if it is closed, close it if it is open."""
        is_start = episode.key is None
        if is_start:
            episode.key = self._new_key()
            episode.began_s = at_s if episode.run.since is None else episode.run.since
            episode.told_s = at_s
        change = self._change(episode, sighting, "start" if is_start else "end", at_s)
        if not is_start:
            episode.key = None
        # The other side begins to count from nothing.
        episode.run = _Run()
        return change

    @staticmethod
    def _change(episode: _Episode, sighting: Sighting, phase: Phase, at_s: float) -> Change:
        assert episode.key is not None, "only of an episode that is under way"
        return Change(
            episode.key, sighting.kind, sighting.zone, phase, at_s, episode.began_s, sighting.evidence, sighting.boxes
        )
