"""The requests to the DY-3000 family, and their times."""

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from firmware_adapters.contract import RoundRead, Send
from firmware_adapters.dy3000 import FAMILY, requests
from firmware_adapters.profile import Profile, ProfileError


def _asked(profile: Profile, rounds: int, today: Callable[[], date] | None = None) -> list[bytes]:
    """Return the requests of the first rounds, to the virtual tester of the same profile."""
    decoder, simulator = FAMILY.decoder(profile, today=today), FAMILY.simulator(profile, Random(1))
    sent, now = [output.data for output in decoder.start(0.0) if isinstance(output, Send)], 0.0
    while sum(request == requests.identity() for request in sent) <= rounds:
        outputs = decoder.receive(simulator.receive(sent[-1], now), now) if sent else []
        assert decoder.deadline is not None
        now = max(now, decoder.deadline)
        while not any(isinstance(output, Send) for output in outputs):
            outputs = decoder.tick(now)
            now = max(now, decoder.deadline)
        sent += [output.data for output in outputs if isinstance(output, Send)]
    return sent[:-1]


def test_without_a_day_only_the_records_are_asked() -> None:
    assert _asked(FAMILY.profile("dy-7200"), 2) == [requests.identity(), requests.records(2)] * 2


def test_with_a_day_a_month_at_first_contact_then_the_days_about_today() -> None:
    asked = _asked(FAMILY.profile("dy-7200"), 2, lambda: date(2026, 3, 9))
    assert asked == [
        requests.identity(),
        requests.records(2),
        requests.days(2, date(2026, 2, 7), date(2026, 3, 10)),
        requests.identity(),
        requests.records(2),
        requests.days(2, date(2026, 3, 8), date(2026, 3, 10)),
    ]


def test_records_that_nobody_can_read_are_fetched_once_a_connection() -> None:
    profile = FAMILY.profile("dy-3000")
    decoder = FAMILY.decoder(profile)
    decoder.start(0.0)
    identity = bytes.fromhex("03 FE 20 00 00 00 00 00 08 00 D5 1D 44 45 56 49 43 45 37 32")
    decoder.receive(identity, 0.0)
    assert decoder.tick(1.0) == [Send(requests.records(0))]
    decoder.receive(bytes.fromhex("03 FE 45 00 00 00 00 00 02 00 BA 03 01 02"), 1.0)
    assert decoder.tick(4.1) == [RoundRead()]
    assert decoder.tick(40.0) == [Send(requests.identity())]
    decoder.receive(identity, 40.0)
    assert decoder.tick(41.0) == [RoundRead()], "nothing else, and nothing of it could be read"


@pytest.mark.parametrize(
    "settings",
    [{}, {"series": "5000"}, {"series": "3000", "record": {"size": 4, "value_at": 3}}],
)
def test_a_profile_that_makes_no_sense_names_its_fault(settings: dict[str, object]) -> None:
    profile = FAMILY.profile().model_copy(update={"settings": settings})
    with pytest.raises(ProfileError, match="settings"):
        FAMILY.decoder(profile)
