"""Every family can be told the day, also one whose maker never heard of it."""

from datetime import date
from random import Random

import pytest

from firmware_adapters.contract import Decoder, Simulator
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family, families


def test_a_maker_that_never_heard_of_today_is_called_without_it() -> None:
    seen: list[tuple[Profile, bool]] = []

    def make(profile: Profile, *, passive: bool = False) -> Decoder:
        seen.append((profile, passive))
        return FAMILY.decoder(profile, passive=True)

    def simulator(profile: Profile, random: Random) -> Simulator:
        return FAMILY.simulator(profile, random)

    old = Family("old", FAMILY.package, FAMILY.default_profile, make, simulator)  # type: ignore[arg-type]
    old.decoder(FAMILY.profile(), passive=True, today=date.today)
    old.decoder(FAMILY.profile())
    assert seen == [(FAMILY.profile(), True), (FAMILY.profile(), False)]


@pytest.mark.parametrize("name", sorted(families()))
def test_every_installed_family_takes_today(name: str) -> None:
    kind = families()[name]
    assert isinstance(kind.decoder(kind.profile(), passive=False, today=lambda: date(2026, 3, 5)), Decoder)
