"""Which families there are. A family is an entry point in the group `shian.adapters`, so that others can add theirs:

[project.entry-points."shian.adapters"]
astm = "firmware_adapters.astm:FAMILY"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from inspect import signature
from pathlib import Path
from random import Random
from typing import Protocol

from firmware_adapters.asking import Request
from firmware_adapters.contract import Decoder, Simulator
from firmware_adapters.profile import Profile, ProfileError, load_profile, parse_profile

GROUP = "shian.adapters"


class UnknownFamilyError(LookupError):
    """No entry point of that name."""


class MakeDecoder(Protocol):
    """`today` tells the station's local day to families whose analyzers are asked by day; others ignore it. Without it
    such a decoder asks only what needs no date. Called at most once a request, never in passive decoding."""

    def __call__(
        self, profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None
    ) -> Decoder: ...


def _without_today(make: MakeDecoder) -> MakeDecoder:
    """A family whose maker never heard of `today` can still be called with it."""

    def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
        return make(profile, passive=passive)

    return decoder


@dataclass(frozen=True, slots=True)
class Family:
    """A protocol family. `package` holds its shipped profiles in profiles/*.toml; `default_profile` is one of them.

    `requests` is everything that its decoders may ever say to an analyzer, requests and answers alike, and
    `profile_requests` what they may say besides with one profile (tests/contract/test_no_erase.py)."""

    name: str
    package: str
    default_profile: str
    decoder: MakeDecoder
    simulator: Callable[[Profile, Random], Simulator]
    requests: tuple[Request, ...] = ()
    profile_requests: Callable[[Profile], tuple[Request, ...]] | None = None

    def __post_init__(self) -> None:
        if "today" not in signature(self.decoder).parameters:
            object.__setattr__(self, "decoder", _without_today(self.decoder))

    def request_table(self, profile: Profile) -> tuple[Request, ...]:
        """What may be said with this profile. Raises ProfileError."""
        return self.requests + (self.profile_requests(profile) if self.profile_requests else ())

    def shipped(self) -> Mapping[str, Profile]:
        folder = files(self.package) / "profiles"
        texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
        profiles = (parse_profile(text, f"{self.package}/profiles/{name}") for name, text in sorted(texts.items()))
        return {profile.name: profile for profile in profiles}

    def profile(self, name: str | None = None) -> Profile:
        """A shipped profile by name, or a user's own by path (anything with a '/' or ending in .toml).
        Raises ProfileError."""
        wanted = name or self.default_profile
        if "/" in wanted or wanted.endswith(".toml"):
            profile = load_profile(Path(wanted))
        else:
            shipped = self.shipped()
            if wanted not in shipped:
                raise ProfileError(f"no profile {wanted!r} in family {self.name!r}; there are: {', '.join(shipped)}")
            profile = shipped[wanted]
        if profile.family != self.name:
            raise ProfileError(f"profile {profile.name!r} is of the family {profile.family!r}, not {self.name!r}")
        return profile


@cache
def family(name: str) -> Family:
    """Only the family asked for is imported: a broken one of somebody else does not stop the others.
    Raises UnknownFamilyError."""
    points = entry_points(group=GROUP)
    if name not in points.names:
        raise UnknownFamilyError(f"no adapter {name!r}; there are: {', '.join(sorted(points.names))}")
    loaded = points[name].load()
    if not isinstance(loaded, Family):
        raise UnknownFamilyError(f"adapter {name!r}: {points[name].value} is not a Family")
    return loaded


def families() -> Mapping[str, Family]:
    """All installed families by name."""
    return {name: family(name) for name in sorted(entry_points(group=GROUP).names)}
