"""A district that fills up: sizes now and a week ago, thresholds -> conditions. Pure but for `of_folder`.

A place is the database (against the limit that the settings name, for its role may not ask where its files lie) or the
disk of a folder. It is said when it is fuller than `percent`, or would be full within `days` at the pace of the last
week: long before anything has to be refused.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.thresholds import FillingUp
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule

_GIB = 1 << 30
_DAY_S = 86_400
# A pace of a shorter time says nothing: a backlog of an hour is no growth of a day.
_SHORTEST_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class Place:
    """Place that fills up, in bytes; `most` 0: nobody said how much there may be."""

    name: str
    used: int
    most: int


@dataclass(frozen=True, slots=True)
class Before:
    """Size of a place at an earlier time."""

    name: str
    at: datetime
    used: int


def of_folder(name: str, folder: Path) -> Place:
    """Return the disk of `folder`, which need not be there yet."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    disk = shutil.disk_usage(nearest)
    return Place(name, disk.total - disk.free, disk.total)


def days_left(place: Place, before: Before | None, now: datetime) -> float | None:
    """Return after how many days it is full at the pace since `before`; None: it does not grow, or nobody can tell."""
    if before is None:
        return None
    lasted_s = (now - before.at).total_seconds()
    grown = place.used - before.used
    if lasted_s < _SHORTEST_S or grown <= 0:
        return None
    return max(0.0, (place.most - place.used) / grown * lasted_s / _DAY_S)


def conditions(
    places: Iterable[Place], before: Sequence[Before], threshold: FillingUp, now: datetime
) -> list[Condition]:
    """Return a condition for each place that has a limit."""
    if not threshold.is_on:
        return []
    first = {earlier.name: earlier for earlier in before}
    return [_of(place, days_left(place, first.get(place.name), now), threshold) for place in places if place.most]


def _of(place: Place, days: float | None, threshold: FillingUp) -> Condition:
    percent = 100 * place.used / place.most
    free = max(0, place.most - place.used) / _GIB
    is_soon = days is not None and days < threshold.days
    en = f"{place.name}: {percent:.0f} % used, {free:.1f} GiB free"
    zh = f"{place.name}：已用 {percent:.0f} %，剩余 {free:.1f} GiB"
    if days is not None and is_soon:
        en += f", full in {days:.0f} days"
        zh += f"，约 {days:.0f} 天后用尽"
    return Condition(
        Rule.FILLING_UP,
        threshold,
        percent >= threshold.percent or is_soon,
        note=Said("in_both", en=en, zh=zh),
        name=place.name,
        facts={"place": place.name, "percent": round(percent), "free_gib": round(free, 1), "en": en, "zh": zh},
    )
