"""The families that are installed. A family is an entry point in the group `shian.adapters`, so that others can add
theirs:

[project.entry-points."shian.adapters"]
astm = "firmware_adapters.astm:FAMILY"
"""

import re
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
from firmware_adapters.own_profiles import NONE_OF_ONES_OWN, OwnProfiles
from firmware_adapters.profile import Identity, Profile, ProfileError, load_profile, parse_profile
from wire.terms import RecordKind, TimeSource

GROUP = "shian.adapters"


NOTHING_NAMED = Identity(record=RecordKind.NONE, time=TimeSource.NONE)


# What a decoder may raise over the content of a profile.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, re.error)


class UnknownFamilyError(LookupError):
    """No entry point of that name."""


class MakeDecoder(Protocol):
    """Maker of a decoder. `today` tells the station's local day to families whose analyzers are asked by day; others
    ignore it. Without it such a decoder asks only questions that need no date. Called at most once a request, never in
    passive decoding."""

    def __call__(
        self, profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None
    ) -> Decoder: ...


def _without_today(make: MakeDecoder) -> MakeDecoder:
    """Wrap a family's maker that does not know `today`, so that it can be called with it."""

    def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
        return make(profile, passive=passive)

    return decoder


@dataclass(frozen=True, slots=True)
class Family:
    """A protocol family. `package` holds its shipped profiles in profiles/*.toml; `default_profile` is one of them.

    `requests` is everything that its decoders may ever say to an analyzer, requests and answers alike, and
    `profile_requests` what they may say besides with one profile (tests/contract/test_no_erase.py).
    `quirks` are the names that its profiles may use.
    `brings` says whether a continuous value of an item, on a channel, may come with a profile; without it any may.
    `identity` is the most that its protocol says of a test's number and time: no profile may claim more. A family that
    does not say it claims nothing, so that nothing that it sends again is folded."""

    name: str
    package: str
    default_profile: str
    decoder: MakeDecoder
    simulator: Callable[[Profile, Random], Simulator]
    requests: tuple[Request, ...] = ()
    profile_requests: Callable[[Profile], tuple[Request, ...]] | None = None
    quirks: frozenset[str] = frozenset()
    identity: Identity = NOTHING_NAMED
    brings: Callable[[Profile, str, int | None], bool] | None = None

    def __post_init__(self) -> None:
        if "today" not in signature(self.decoder).parameters:
            object.__setattr__(self, "decoder", _without_today(self.decoder))

    def request_table(self, profile: Profile) -> tuple[Request, ...]:
        """Return all requests that may be sent with this profile. Raises ProfileError."""
        return self.requests + (self.profile_requests(profile) if self.profile_requests else ())

    def may_bring(self, profile: Profile, item: str, channel: int | None) -> bool:
        """Return whether a continuous value of that item, on that channel, may come with this profile."""
        return self.brings is None or self.brings(profile, item, channel)

    def shipped(self) -> Mapping[str, Profile]:
        folder = files(self.package) / "profiles"
        texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
        profiles = (parse_profile(text, f"{self.package}/profiles/{name}") for name, text in sorted(texts.items()))
        return {profile.name: profile for profile in profiles}

    def profile(self, name: str | None = None, own: OwnProfiles = NONE_OF_ONES_OWN) -> Profile:
        """Return a profile by its name among the shipped ones and the user's `own`, or by the path of its file (a name
        with a '/' or ending in .toml). It is checked whole. Raises ProfileError."""
        wanted = name or self.default_profile
        is_file = "/" in wanted or wanted.endswith(".toml")
        profile = load_profile(Path(wanted)) if is_file else self._named(wanted, own)
        self.check(profile)
        return profile

    def check(self, profile: Profile) -> None:
        """Check everything that only the family can know of a profile. Raises ProfileError."""
        if profile.family != self.name:
            raise profile.fault(("family",), f"profile {profile.name!r} is of {profile.family!r}, not {self.name!r}")
        profile.check_quirks(self.quirks)
        if profile.identity and (key := self.identity.claims_more(profile.identity.record, profile.identity.time)):
            most, said = getattr(self.identity, key), getattr(profile.identity, key)
            raise profile.fault(("identity", key), f"{self.name} knows no more than {most.value!r}, not {said.value!r}")
        try:
            self.decoder(profile, passive=True)
        except ProfileError:
            raise
        except _MISTAKES as exc:  # one that the family did not foresee: it must not hide the other profiles
            raise profile.fault(("settings",), f"{type(exc).__name__}: {exc}") from exc

    def _named(self, wanted: str, own: OwnProfiles) -> Profile:
        known = [*self.shipped().values(), *(profile for profile in own.profiles if profile.family == self.name)]
        found = [profile for profile in known if profile.name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise ProfileError(f"profile {wanted!r} is there twice: {' and '.join(profile.place for profile in found)}")
        there_are = ", ".join(profile.name for profile in known)
        message = f"no profile {wanted!r} in family {self.name!r}; there are: {there_are}"
        raise ProfileError("\n".join((message, *own.broken)))


@cache
def family(name: str) -> Family:
    """Load one family. The others are not imported, so a broken one of somebody else does no harm. Raises
    UnknownFamilyError."""
    points = entry_points(group=GROUP)
    if name not in points.names:
        raise UnknownFamilyError(f"no adapter {name!r}; there are: {', '.join(sorted(points.names))}")
    loaded = points[name].load()
    if not isinstance(loaded, Family):
        raise UnknownFamilyError(f"adapter {name!r}: {points[name].value} is not a Family")
    return loaded


def families() -> Mapping[str, Family]:
    """Return all installed families by name."""
    return {name: family(name) for name in sorted(entry_points(group=GROUP).names)}
