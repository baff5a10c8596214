"""The rules on the proof: (newest anchor, places, now) -> conditions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.thresholds import CentreThresholds
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule

RULES = (Rule.ANCHOR_MISSING, Rule.ANCHOR_NOT_KEPT)


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of `anchor_place`."""

    name: str
    number: int
    failing_since: datetime | None
    failure: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof as it stands. `every_s`: between two anchors; `began_at`: when this server began to look."""

    every_s: float
    places: frozenset[str]
    began_at: datetime


def conditions(
    proof: Proof, newest: datetime | None, kept: Sequence[Kept], thresholds: CentreThresholds, now: datetime
) -> list[Condition]:
    """Return one condition for the anchors, and one for each place that the settings name."""
    found = []
    if thresholds.anchor_missing.is_on:
        last = newest or proof.began_at
        is_late = now - last > timedelta(seconds=proof.every_s)
        facts = {"since": last.isoformat()}
        note = Said("anchor_missing", **facts) if is_late else Said("anchor_made")
        found.append(Condition(Rule.ANCHOR_MISSING, thresholds.anchor_missing, is_late, note=note, facts=facts))
    if thresholds.anchor_not_kept.is_on:
        found += [
            _of_place(place, thresholds)
            for place in sorted(kept, key=lambda place: place.name)
            if place.name in proof.places
        ]
    return found


def _of_place(place: Kept, thresholds: CentreThresholds) -> Condition:
    is_failing = place.failing_since is not None
    facts = {"place": place.name, "failure": place.failure}
    note = Said("anchor_not_kept", **facts) if is_failing else Said("anchor_kept", place=place.name)
    return Condition(
        Rule.ANCHOR_NOT_KEPT, thresholds.anchor_not_kept, is_failing, note=note, name=place.name, facts=facts
    )
