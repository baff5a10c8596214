"""Conditions that last -> alerts that end by themselves.

    on ----------------------------- off ------------------ off for ends_after_s
    | since        | after_s: opened  | off_since            | ended, the episode is forgotten
                                      on again before: the same episode, the same alert

A rule only says how things are now; how long they have been so stands in the table `watch`, by the database's clock, so
that a restart or another process goes on where this one stopped. A condition that nobody can tell just now (a device of
a station that is offline) stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from storage.alerts import Raising
from storage.named import queries
from storage.signals import Signal
from storage.steps import Ask, Steps
from storage.thresholds import shipped
from wire.said import Said
from wire.terms import Severity

_SQL = queries("watch")
_GONE = Said("gone")
# Rules whose past is kept: other thresholds are tried on it (storage/rules/past.py). The district's own rules are tried
# on the data itself.
_KEPT = sorted(shipped())
_WORTH = 1.1


class Threshold(Protocol):
    @property
    def severity(self) -> Severity: ...
    @property
    def after_s(self) -> float: ...
    @property
    def ends_after_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """Condition of one thing now. `is_on` None: nobody can tell. No station: the centre itself. `note`: in one line,
    for the alert's history; `facts` are shown to people in their language. `after_s` where it is not the
    threshold's."""

    rule: str
    threshold: Threshold
    is_on: bool | None
    note: Said
    station: str = ""
    device: str = ""
    name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    after_s: float | None = None
    known_as: str = ""  # the key of an episode that is there already, where nothing else is known of it
    item: str = ""
    event: UUID | None = None
    measure: float | None = None  # of what the threshold bounds; the most of an episode is kept

    @property
    def key(self) -> str:
        if self.known_as:
            return self.known_as
        return "/".join([self.rule, *filter(None, (self.station, self.device, self.name))])

    @property
    def patience(self) -> timedelta:
        return timedelta(seconds=self.threshold.after_s if self.after_s is None else self.after_s)


@dataclass(frozen=True, slots=True)
class Episode:
    """A row of `watch`. `most`: the largest measure. `is_live`: an alert of this key is open or acknowledged."""

    key: str
    rule: str
    station: str
    since: datetime
    off_since: datetime | None = None
    raised_at: datetime | None = None
    most: float | None = None
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgement of a look: the episodes that go on, the keys of those that are over, and the signals."""

    episodes: tuple[Episode, ...]
    over: tuple[str, ...]
    signals: tuple[Signal, ...]


def judge(conditions: Iterable[Condition], known: Mapping[str, Episode], now: datetime, *, again_s: float) -> Judged:
    """Judge the conditions; nothing else is read or written. An episode that no condition speaks of any more is over at
    once: the rule was switched off, or the device was taken away."""
    going_on, over, signals = [], [], []
    spoken_of = set()
    for condition in conditions:
        spoken_of.add(condition.key)
        before = known.get(condition.key)
        if before is None and not condition.is_on:
            continue
        episode = before or Episode(condition.key, condition.rule, condition.station, since=now)
        after = _go_on(condition, episode, now)
        if after is None:
            over.append(condition.key)
            if episode.is_live:
                signals.append(_ended(episode, condition.threshold.severity, condition.note))
            continue
        if condition.is_on and _is_due(condition, after, now, again_s):
            after = replace(after, raised_at=now)
            signals.append(_opened(condition))
        going_on.append(after)
    for key in sorted(known.keys() - spoken_of):
        over.append(key)
        if known[key].is_live:
            signals.append(_ended(known[key], Severity.INFO, _GONE))
    return Judged(tuple(going_on), tuple(over), tuple(signals))


def settle(work: Raising, conditions: Sequence[Condition], *, rules: Iterable[str], again_s: float) -> Steps[None]:
    """Judge `conditions`, remember the episodes, and put what is to be said to work.signals. `rules`: all that the
    caller watches, for what it no longer speaks of. One process at a time: the caller holds a lock."""
    rows = yield Ask(_SQL["episodes"], {"rules": sorted(map(str, rules))})
    known = {row[0]: Episode(*row) for row in rows}
    judged = judge(conditions, known, work.now, again_s=again_s)
    changed = [episode for episode in judged.episodes if known.get(episode.key) != episode]
    if changed:
        names = ("key", "rule", "station", "since", "off_since", "raised_at", "most")
        values: dict[str, Any] = {name: [getattr(episode, name) for episode in changed] for name in names}
        yield Ask(_SQL["keep_episodes"], values, has_rows=False)
    if judged.over:
        yield Ask(_SQL["forget_episodes"], {"keys": list(judged.over), "kept": _KEPT}, has_rows=False)
    work.signals.extend(judged.signals)


def _go_on(condition: Condition, episode: Episode, now: datetime) -> Episode | None:
    """Return the episode after this look; None: it is over."""
    if condition.is_on is None:
        return episode
    if condition.is_on:
        return replace(episode, off_since=None, most=_larger(episode.most, condition.measure))
    off_since = episode.off_since or now
    if now - off_since >= timedelta(seconds=condition.threshold.ends_after_s):
        return None
    return replace(episode, off_since=off_since)


def _larger(most: float | None, measure: float | None) -> float | None:
    """Return the larger one. A little more is not worth a row that is written anew at every look."""
    if measure is None or (most is not None and measure <= most * _WORTH):
        return most
    return measure


def _is_due(condition: Condition, episode: Episode, now: datetime, again_s: float) -> bool:
    if episode.is_live or now - episode.since < condition.patience:
        return False
    return episode.raised_at is None or now - episode.raised_at >= timedelta(seconds=again_s)


def _opened(condition: Condition) -> Signal:
    return Signal(
        rule=str(condition.rule),
        key=condition.key,
        severity=condition.threshold.severity,
        station=condition.station,
        subject=" ".join(filter(None, (condition.device, condition.note)))[:200],
        note=condition.note,
        device=condition.device,
        item=condition.item,
        event=condition.event,
        facts=condition.facts,
    )


def _ended(episode: Episode, severity: Severity, note: Said) -> Signal:
    return Signal(
        rule=episode.rule,
        key=episode.key,
        severity=severity,
        station=episode.station,
        subject="",
        note=note,
        opens=False,
        ends=True,
    )
