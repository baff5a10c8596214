"""Every family with every profile: shipped ones, and those in a folder of the user."""

from collections.abc import Callable, Iterator

from firmware_adapters.own_profiles import NONE_OF_ONES_OWN, OwnProfiles
from firmware_adapters.profile import ProfileError
from firmware_adapters.registry import families
from process.language import t
from process.terminal import say
from shian.adapters.tally import Candidate


def tell(message: str) -> None:
    """Tell a message on standard error, so that standard output stays clean for programs."""
    for line in message.splitlines():
        say(t(f"left out: {line}", f"已略过：{line}"), err=True)


def candidates(own: OwnProfiles = NONE_OF_ONES_OWN, on_broken: Callable[[str], None] = tell) -> Iterator[Candidate]:
    """Yield every profile with its family. A profile of one's own that cannot be used is told to `on_broken`: the
    others still take part."""
    known = families()
    for family in known.values():
        for profile in family.shipped().values():
            yield Candidate(family, profile)
    for message in own.broken:
        on_broken(message)
    for profile in own.profiles:
        try:
            if profile.family not in known:
                raise profile.fault(("family",), f"no adapter {profile.family!r}")
            known[profile.family].check(profile)
        except ProfileError as exc:
            on_broken(str(exc))
        else:
            yield Candidate(known[profile.family], profile)
