"""Compares the events that were found in a clip with those that happen in it. Pure.

An episode belongs to a true event of its kind (and zone, where the truth names one) when it *starts* from `BEFORE_S`
before to `AFTER_S` after that event; of several true events to the nearest. Several episodes of one true event count as
found once, and none of them is false. An episode that starts elsewhere is false, however far it lasts into an event; if
it starts within a nuisance, it counts as caused by that.

An episode that belongs to one true event and is still under way when the next one of its kind begins has found that one
too, late by 0 s: so short a gap is no end, and both have one key. `held_s` says how short the gap must be."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from wire.cameras import CameraKind

# The writer of a truth may err by some frames; and an event that lasts no longer than its patience starts after its
# end.
BEFORE_S = 1.0
AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """An event that happens in the clip. `zone` "": any zone. Seconds from the clip's first picture."""

    kind: CameraKind
    from_s: float
    to_s: float
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Nuisance:
    """A disturbance that must not cause an event."""

    what: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Episode:
    """One event with one key. `began_s`: the first sighting; `start_s`: when it was an event; `end_s` None: never."""

    kind: CameraKind
    zone: str
    began_s: float
    start_s: float
    end_s: float | None


class Meaning(StrEnum):
    TRUTH = "truth"
    FALSE = "false"
    NUISANCE = "nuisance"
    NOT_SCORED = "not_scored"


@dataclass(frozen=True, slots=True)
class Judged:
    """An episode with its meaning. `at`: the index of the true event or of the nuisance in the given lists."""

    episode: Episode
    meaning: Meaning
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for a true event. `late_s` None: missed. `is_held`: found by the episode of the event before."""

    event: TrueEvent
    late_s: float | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class KindScore:
    """The score of a kind. `events` is the number of true ones; `false` counts episodes, of which `from_nuisances`
    started in a nuisance."""

    kind: CameraKind
    events: int
    found: int
    held: int
    false: int
    from_nuisances: int
    late_s: tuple[float, ...]

    @property
    def missed(self) -> int:
        return self.events - self.found

    @property
    def precision(self) -> float | None:
        claimed = self.found + self.false
        return self.found / claimed if claimed else None

    @property
    def recall(self) -> float | None:
        return self.found / self.events if self.events else None

    @property
    def late_median_s(self) -> float | None:
        return median(self.late_s) if self.late_s else None

    @property
    def late_worst_s(self) -> float | None:
        return max(self.late_s, default=None)


@dataclass(frozen=True, slots=True)
class Score:
    kinds: tuple[KindScore, ...]
    outcomes: tuple[Outcome, ...]
    judged: tuple[Judged, ...]

    @property
    def is_perfect(self) -> bool:
        return not any(row.missed or row.false for row in self.kinds)


def scored_kinds(
    named: Collection[CameraKind] | None, events: Sequence[TrueEvent], episodes: Sequence[Episode]
) -> frozenset[CameraKind]:
    """Return the kinds to score: `named`, else all that happen or were found.

    Motion is everywhere, so it is scored only where the truth has it."""
    if named is not None:
        return frozenset(named)
    true = {event.kind for event in events}
    return frozenset(true | ({episode.kind for episode in episodes} - {CameraKind.MOTION}))


def score(
    events: Sequence[TrueEvent],
    nuisances: Sequence[Nuisance],
    episodes: Sequence[Episode],
    held_s: Mapping[CameraKind, float],
    kinds: Collection[CameraKind] | None = None,
) -> Score:
    """Score the episodes. `held_s`: the time that a kind must be away for its event to end, and so the longest gap that
    an episode may span."""
    counted = scored_kinds(kinds, events, episodes)
    events = [event for event in events if event.kind in counted]
    judged = tuple(_judge(episode, events, nuisances, counted) for episode in episodes)
    outcomes = _outcomes(events, judged, held_s)
    rows = tuple(_row(kind, outcomes, judged) for kind in CameraKind if kind in counted)
    return Score(rows, outcomes, judged)


def _judge(
    episode: Episode, events: Sequence[TrueEvent], nuisances: Sequence[Nuisance], counted: Collection[CameraKind]
) -> Judged:
    if episode.kind not in counted:
        return Judged(episode, Meaning.NOT_SCORED)
    near = [at for at, event in enumerate(events) if _fits(episode, event) and _is_within(episode, event)]
    if near:
        return Judged(episode, Meaning.TRUTH, min(near, key=lambda at: _away(episode, events[at])))
    disturbed = [at for at, nuisance in enumerate(nuisances) if _is_within(episode, nuisance)]
    if disturbed:
        return Judged(episode, Meaning.NUISANCE, min(disturbed, key=lambda at: _away(episode, nuisances[at])))
    return Judged(episode, Meaning.FALSE)


def _fits(episode: Episode, event: TrueEvent) -> bool:
    return episode.kind is event.kind and event.zone in ("", episode.zone)


def _is_within(episode: Episode, span: TrueEvent | Nuisance) -> bool:
    return span.from_s - BEFORE_S <= episode.start_s <= span.to_s + AFTER_S


def _away(episode: Episode, span: TrueEvent | Nuisance) -> float:
    return max(span.from_s - episode.start_s, episode.start_s - span.to_s, 0.0)


def _outcomes(
    events: Sequence[TrueEvent], judged: Sequence[Judged], held_s: Mapping[CameraKind, float]
) -> tuple[Outcome, ...]:
    found: dict[int, Outcome] = {}
    reached: list[tuple[Episode, float]] = []  # with the end of the last true event that it found
    for one in sorted(judged, key=lambda one: one.episode.start_s):
        if one.meaning is Meaning.TRUTH and one.at is not None:
            event = events[one.at]
            found.setdefault(one.at, Outcome(event, one.episode.start_s - event.from_s))
            reached.append((one.episode, event.to_s))
    for at in sorted(range(len(events)), key=lambda at: events[at].from_s):
        event, own = events[at], found.get(at)
        if own is not None and own.late_s is not None and own.late_s <= 0:
            continue
        # Also where it has an episode of its own: the one before was up when it began, and ended within it.
        earlier = ((episode, until_s) for episode, until_s in reached if until_s < event.to_s)
        holder = next((episode for episode, until_s in earlier if _holds(episode, until_s, event, held_s)), None)
        if holder is not None:
            found[at] = Outcome(event, 0.0, is_held=True)
            reached.append((holder, event.to_s))
    return tuple(found.get(at, Outcome(event, None)) for at, event in enumerate(events))


def _holds(episode: Episode, until_s: float, event: TrueEvent, held_s: Mapping[CameraKind, float]) -> bool:
    """Tell whether `episode` has also found `event`. `until_s`: the end of the true event that it has found before."""
    is_under_way = episode.start_s <= event.from_s and (episode.end_s is None or episode.end_s > event.from_s)
    return _fits(episode, event) and is_under_way and event.from_s - until_s <= held_s[episode.kind] + BEFORE_S


def _row(kind: CameraKind, outcomes: Sequence[Outcome], judged: Sequence[Judged]) -> KindScore:
    mine = [outcome for outcome in outcomes if outcome.event.kind is kind]
    meant = Counter(one.meaning for one in judged if one.episode.kind is kind)
    late_s = tuple(outcome.late_s for outcome in mine if outcome.late_s is not None)
    return KindScore(
        kind,
        events=len(mine),
        found=len(late_s),
        held=sum(outcome.is_held for outcome in mine),
        false=meant[Meaning.FALSE] + meant[Meaning.NUISANCE],
        from_nuisances=meant[Meaning.NUISANCE],
        late_s=late_s,
    )
