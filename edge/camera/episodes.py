"""From single sightings to events with a start, updates and an end. Pure.

One look proves nothing: steam, glare and a hand before the lens pass. An episode begins when, since a first `yes` that
lies `begin_s` back, at least `share` of the looks said `yes`; it ends by the same rule for `no` over `end_s`. `unsure`
counts for neither side.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from edge.camera.patience import Patience
from edge.camera.view import Box, Sighting, State
from wire.cameras import CameraKind

Phase = Literal["start", "update", "end"]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an episode. `began_s`: the first sighting of it, on the stream's scale as `at_s` is."""

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
    """How long one side has had its share of the looks."""

    since: float | None = None
    hits: int = 0
    looks: int = 0

    def count(self, is_hit: bool, at_s: float, share: float) -> float | None:
        """How long the run has lasted; None: there is none."""
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
        return frozenset(kind for (kind, _), it in self._episodes.items() if it.key is not None)

    def see(self, sightings: Iterable[Sighting], at_s: float) -> list[Change]:
        changes = (self._see(sighting, at_s) for sighting in sightings if sighting.state is not State.UNSURE)
        return [change for change in changes if change is not None]

    def close(self, at_s: float) -> list[Change]:
        """End what is under way: the camera is no longer watched."""
        ended = []
        for (kind, zone), it in self._episodes.items():
            if it.key is not None:
                ended.append(Change(it.key, kind, zone, "end", at_s, it.began_s, {}))
        self._episodes.clear()
        return ended

    def _see(self, sighting: Sighting, at_s: float) -> Change | None:
        it = self._episodes.setdefault((sighting.kind, sighting.zone), _Episode())
        patience = self._patience(sighting.kind)
        is_open = it.key is not None
        is_against = (sighting.state is State.YES) is not is_open
        lasted = it.run.count(is_against, at_s, patience.share)
        needed = patience.end_s if is_open else patience.begin_s
        if is_against and lasted is not None and lasted >= needed:
            return self._turn(it, sighting, at_s)
        if is_open and not is_against and at_s - it.told_s >= patience.update_s:
            it.told_s = at_s
            return self._change(it, sighting, "update", at_s)
        return None

    def _turn(self, it: _Episode, sighting: Sighting, at_s: float) -> Change:
        """What was not under way begins; what was, ends."""
        is_start = it.key is None
        if is_start:
            it.key = self._new_key()
            it.began_s = at_s if it.run.since is None else it.run.since
            it.told_s = at_s
        change = self._change(it, sighting, "start" if is_start else "end", at_s)
        if not is_start:
            it.key = None
        it.run = _Run()
        return change

    @staticmethod
    def _change(it: _Episode, sighting: Sighting, phase: Phase, at_s: float) -> Change:
        assert it.key is not None, "only of an episode that is under way"
        return Change(it.key, sighting.kind, sighting.zone, phase, at_s, it.began_s, sighting.evidence, sighting.boxes)
