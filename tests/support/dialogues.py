# ruff: noqa: DTZ001 - the clock of a device has no zone
"""A family's decoder and its simulator on one line: what an ear on that line would have captured."""

from collections.abc import Iterable
from datetime import datetime
from random import Random

from firmware_adapters.contract import Output, Send, Specimen
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family
from shian.adapters.tally import Heard

_NOW = datetime(2026, 3, 5, 9, 41, 7)
_LONGEST_S = 40.0
_STEPS = 4000


def overheard(family: Family, profile: Profile, tests: int = 5) -> list[Heard]:
    """Return both directions of one conversation in which `tests` results are told."""
    simulator = family.simulator(profile, Random(3))
    decoder = family.decoder(profile, today=_NOW.date)
    for number in range(1, tests + 1):
        simulator.measure(Specimen(f"{number:04d}", "白菜", _item(profile), 12.5 + number, _NOW))
    heard: list[Heard] = []
    now = 0.0
    asked = _sent(decoder.start(now))
    for _ in range(_STEPS):
        heard += [Heard(now, True, asked)] if asked else []
        said = (simulator.receive(asked, now) if asked else b"") + simulator.tick(now)
        asked = _sent(decoder.receive(said, now)) if said else b""
        heard += [Heard(now, False, said)] if said else []
        asked += _sent(decoder.tick(now))
        if not said and not asked:
            due = [at for at in (decoder.deadline, simulator.deadline) if at is not None and at > now]
            if not due or min(due) > _LONGEST_S:
                break
            now = min(due)
    return heard


def _item(profile: Profile) -> str:
    mapped = next((item.code for item in profile.items.values()), None)
    listed = [*profile.settings.get("simulate", ()), *profile.settings.get("register", ())]
    return mapped or (str(listed[0]["item"]) if listed else "value")


def _sent(outputs: Iterable[Output]) -> bytes:
    return b"".join(output.data for output in outputs if isinstance(output, Send))
