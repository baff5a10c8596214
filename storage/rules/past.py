"""Other thresholds on the past: which alerts a rule of the system would have raised by them. It writes nothing.

The episodes that the watch saw are tried (`watch_past`), short ones too. How long each lasted is known, and of some the
largest value. Conditions below the thresholds of then made no episode: the answer names thresholds that depend on them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from storage.named import queries
from storage.rules.dry_run import MOST_LISTED, Period, Would
from storage.rules.system import Held
from storage.steps import Ask, Steps
from storage.thresholds import Watched
from wire.terms import Rule

_SQL = queries("thresholds")
# What an episode's largest value is compared with.
MEASURED: Mapping[str, str] = {
    Rule.STATION_WAITING: "oldest_s",
    Rule.DEAD_LETTERS: "an_hour",
    Rule.REPEATS: "an_hour",
}
_ALWAYS = frozenset({"is_on", "severity", "after_s", "ends_after_s"})


@dataclass(frozen=True, slots=True)
class TriedThresholds:
    """Outcome of a dry run. `alerts_now`: with the thresholds that hold today. `unsure`: changed thresholds whose
    effect cannot be told, as what they would add or split was never noted. `whole_from`: before it only episodes that
    raised an alert are known."""

    alerts: int
    alerts_now: int
    listed: list[Would]
    episodes: int
    unsure: list[str]
    whole_from: datetime


class _Episode(NamedTuple):
    key: str
    station: str
    began: datetime
    ended: datetime | None
    most: float | None
    is_of_alert: bool


def try_thresholds(held: Held, tried: Watched, period: Period) -> Steps[TriedThresholds]:
    """Try thresholds that were checked (`system.check`) on the episodes of a period."""
    stations = None if period.stations is None else list(period.stations)
    values = {"rule": held.rule, "since": period.since, "until": period.until, "stations": stations}
    rows = yield Ask(_SQL["past"], values)
    whole_from = (yield Ask(_SQL["whole_from"]))[0][0]
    episodes = [_Episode(*row) for row in rows]
    found, today = (_raised(held, by, episodes, period) for by in (tried, held.now))
    found.sort(key=lambda would: would.at, reverse=True)
    return TriedThresholds(
        len(found), len(today), found[:MOST_LISTED], len(episodes), _unsure(held.rule, held.now, tried), whole_from
    )


def _raised(held: Held, by: Watched, episodes: list[_Episode], period: Period) -> list[Would]:
    if not by.is_on:
        return []
    bound = MEASURED.get(held.rule)
    found = []
    for episode in _joined(episodes, timedelta(seconds=by.ends_after_s)):
        after = timedelta(seconds=_after_s(held.rule, episode.key, by))
        # When an alert of an older version was opened, its condition had lasted as long as it had to.
        began = episode.began - timedelta(seconds=held.default.after_s) if episode.is_of_alert else episode.began
        at = began + after
        lasted = (episode.ended or period.until) - began
        is_beyond = bound is None or episode.most is None or episode.most >= getattr(by, bound)
        if lasted >= after and is_beyond and period.since <= at < period.until:
            found.append(_would(held.rule, by, episode, at, lasted))
    return found


def _joined(episodes: list[_Episode], pause: timedelta) -> Iterator[_Episode]:
    """Yield the episodes, those of a key that are nearer to each other than `pause` as one."""
    last: dict[str, _Episode] = {}
    for episode in episodes:
        before = last.get(episode.key)
        if before is not None and before.ended is not None and episode.began - before.ended < pause:
            most = max((value for value in (before.most, episode.most) if value is not None), default=None)
            last[episode.key] = before._replace(ended=episode.ended, most=most)
            continue
        if before is not None:
            yield before
        last[episode.key] = episode
    yield from last.values()


def _after_s(rule: str, key: str, by: Watched) -> float:
    """Return how long a condition must last. No ingest at all has a time of its own."""
    if rule == Rule.INGEST_SILENT and key == rule:
        return float(getattr(by, "never_s", by.after_s))
    return by.after_s


def _would(rule: str, by: Watched, episode: _Episode, at: datetime, lasted: timedelta) -> Would:
    _, *rest = episode.key.split("/")
    device = rest[1] if episode.station and len(rest) > 1 else ""
    seen: dict[str, Any] = {"lasted_s": round(lasted.total_seconds()), "is_over": episode.ended is not None}
    if episode.most is not None:
        seen["most"] = episode.most
    if not episode.station and rest:
        seen["name"] = "/".join(rest)
    return Would(rule, by.severity.value, at, episode.station, device, None, seen, 1)


def _unsure(rule: str, now: Watched, tried: Watched) -> list[str]:
    found = []
    for key, value in tried.model_dump(mode="json").items():
        before = now.model_dump(mode="json")[key]
        if value == before:
            continue
        is_stricter = key == MEASURED.get(rule) and value > before
        is_split = key == "ends_after_s" and value < before
        if (key not in _ALWAYS and not is_stricter) or is_split:
            found.append(key)
    return found
