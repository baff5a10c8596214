"""A rule of any kind, as a part of requests and answers."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from storage.rules.over_time import (
    CameraBlind,
    FailureRate,
    NoTestsBy,
    ReadingOut,
    SilentDevice,
    SilentStation,
    Unstable,
)
from storage.rules.rule import EventRule

_EVENT = "on_events"


def _tag(rule: Any) -> str:
    """Return which form a rule has: one over time says `check`."""
    if isinstance(rule, dict):
        return str(rule.get("check", _EVENT))
    return str(getattr(rule, "check", _EVENT))


RuleForm = Annotated[
    Annotated[EventRule, Tag(_EVENT)]
    | Annotated[NoTestsBy, Tag("no_tests_by")]
    | Annotated[SilentStation, Tag("silent_station")]
    | Annotated[SilentDevice, Tag("silent_device")]
    | Annotated[FailureRate, Tag("failure_rate")]
    | Annotated[ReadingOut, Tag("reading_out")]
    | Annotated[CameraBlind, Tag("camera_blind")]
    | Annotated[Unstable, Tag("unstable")],
    Discriminator(_tag),
]
