"""The events that were found in a clip against those that happen in it. Pure.

An episode belongs to a true event of its kind (and zone, where the truth names one) when it *starts* from `BEFORE_S`
before to `AFTER_S` after that event; of several true events to the nearest. Several episodes of one true event count as
found once, and none of them is false. An episode that starts elsewhere is false, however far it lasts into an event;
within a nuisance it is false because of that.

An episode that belongs to one true event and is still under way when the next one of its kind begins has found that one
too, late by 0 s: so short a gap is no end, and there is one key for both. `held_s` says how short.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from wire.cameras import CameraKind

# Who wrote down frames erred by some; and an event that lasts no longer than its patience starts after its end.
BEFORE_S = 1.0
AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """`zone` "": in whichever. Seconds from the clip's first picture."""

    kind: CameraKind
    from_s: float
    to_s: float
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Nuisance:
    """Something that must alarm nobody."""

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
    """`at`: the place of the true event or of the nuisance in what was given."""

    episode: Episode
    meaning: Meaning
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`late_s` None: missed. `is_held`: found by the episode of the event before."""

    event: TrueEvent
    late_s: float | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class KindScore:
    """`events` true ones; `false` episodes, of which `from_nuisances` started in a nuisance."""

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
        return not any(it.missed or it.false for it in self.kinds)


def scored_kinds(
    named: Collection[CameraKind] | None, events: Sequence[TrueEvent], episodes: Sequence[Episode]
) -> frozenset[CameraKind]:
    """`named`, else all that happen or were found; but motion is everywhere, so only where the truth speaks of it."""
    if named is not None:
        return frozenset(named)
    true = {it.kind for it in events}
    return frozenset(true | ({it.kind for it in episodes} - {CameraKind.MOTION}))


def score(
    events: Sequence[TrueEvent],
    nuisances: Sequence[Nuisance],
    episodes: Sequence[Episode],
    held_s: Mapping[CameraKind, float],
    kinds: Collection[CameraKind] | None = None,
) -> Score:
    """`held_s`: how long a kind must be away for its event to end, which is how long a gap an episode may span."""
    counted = scored_kinds(kinds, events, episodes)
    events = [it for it in events if it.kind in counted]
    judged = tuple(_judge(it, events, nuisances, counted) for it in episodes)
    outcomes = _outcomes(events, judged, held_s)
    rows = tuple(_row(kind, outcomes, judged) for kind in CameraKind if kind in counted)
    return Score(rows, outcomes, judged)


def _judge(
    it: Episode, events: Sequence[TrueEvent], nuisances: Sequence[Nuisance], counted: Collection[CameraKind]
) -> Judged:
    if it.kind not in counted:
        return Judged(it, Meaning.NOT_SCORED)
    near = [at for at, event in enumerate(events) if _fits(it, event) and _is_within(it, event)]
    if near:
        return Judged(it, Meaning.TRUTH, min(near, key=lambda at: _away(it, events[at])))
    disturbed = [at for at, nuisance in enumerate(nuisances) if _is_within(it, nuisance)]
    if disturbed:
        return Judged(it, Meaning.NUISANCE, min(disturbed, key=lambda at: _away(it, nuisances[at])))
    return Judged(it, Meaning.FALSE)


def _fits(it: Episode, event: TrueEvent) -> bool:
    return it.kind is event.kind and event.zone in ("", it.zone)


def _is_within(it: Episode, span: TrueEvent | Nuisance) -> bool:
    return span.from_s - BEFORE_S <= it.start_s <= span.to_s + AFTER_S


def _away(it: Episode, span: TrueEvent | Nuisance) -> float:
    return max(span.from_s - it.start_s, it.start_s - span.to_s, 0.0)


def _outcomes(
    events: Sequence[TrueEvent], judged: Sequence[Judged], held_s: Mapping[CameraKind, float]
) -> tuple[Outcome, ...]:
    found: dict[int, Outcome] = {}
    reached: list[tuple[Episode, float]] = []  # with the end of the last true event that it found
    for it in sorted(judged, key=lambda it: it.episode.start_s):
        if it.meaning is Meaning.TRUTH and it.at is not None:
            event = events[it.at]
            found.setdefault(it.at, Outcome(event, it.episode.start_s - event.from_s))
            reached.append((it.episode, event.to_s))
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


def _holds(it: Episode, until_s: float, event: TrueEvent, held_s: Mapping[CameraKind, float]) -> bool:
    """`until_s`: the end of the true event that `it` has found before."""
    is_under_way = it.start_s <= event.from_s and (it.end_s is None or it.end_s > event.from_s)
    return _fits(it, event) and is_under_way and event.from_s - until_s <= held_s[it.kind] + BEFORE_S


def _row(kind: CameraKind, outcomes: Sequence[Outcome], judged: Sequence[Judged]) -> KindScore:
    mine = [it for it in outcomes if it.event.kind is kind]
    meant = Counter(it.meaning for it in judged if it.episode.kind is kind)
    late_s = tuple(it.late_s for it in mine if it.late_s is not None)
    return KindScore(
        kind,
        events=len(mine),
        found=len(late_s),
        held=sum(it.is_held for it in mine),
        false=meant[Meaning.FALSE] + meant[Meaning.NUISANCE],
        from_nuisances=meant[Meaning.NUISANCE],
        late_s=late_s,
    )
