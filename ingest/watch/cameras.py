"""The rule on cameras that cannot be trusted: (troubles, threshold) -> conditions. Pure.

A camera that comes and goes is unstable: while it does, nobody can tell whether it can be trusted.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from storage.thresholds import CameraUntrusted
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule


class Trouble(NamedTuple):
    """Row of `camera_trouble`. `changes`: of the camera's state within the last hour."""

    station: str
    key: UUID
    device: str
    kind: str
    zone: str
    event: UUID
    evidence: str
    changes: int


def conditions(troubles: Iterable[Trouble], threshold: CameraUntrusted, over: Iterable[str]) -> list[Condition]:
    """Return a condition for each trouble, and one for each episode (`over`, by its key) that is in none."""
    if not threshold.is_on:
        return []
    found = [_of(trouble, threshold) for trouble in troubles]
    going_on = {condition.key for condition in found}
    ended = Said("camera_well")
    rule = Rule.CAMERA_UNTRUSTED
    return found + [
        Condition(rule, threshold, False, ended, station=key.split("/")[1], known_as=key)
        for key in over
        if key not in going_on
    ]


def _of(trouble: Trouble, threshold: CameraUntrusted) -> Condition:
    evidence = json.loads(trouble.evidence)
    facts = {"kind": trouble.kind, "zone": trouble.zone, "key": str(trouble.key), "evidence": evidence}
    return Condition(
        Rule.CAMERA_UNTRUSTED,
        threshold,
        None if trouble.changes >= threshold.changes else True,
        Said("camera", phase="start", kind=trouble.kind),
        station=trouble.station,
        device=trouble.device,
        name=str(trouble.key),
        item=trouble.kind,
        event=trouble.event,
        facts=facts,
    )
