"""A device that says nothing, within and outside of its hours."""

from datetime import UTC, datetime, timedelta

from edge.device.silence import Silence
from edge.hours import Hours

START = datetime(2026, 1, 12, 0, 0, tzinfo=UTC)  # a Monday


class Watched:
    """Looked at once a minute, as the agent does once a second."""

    def __init__(self, *hours: str, patience_s: float = 3600.0) -> None:
        self.silence = Silence(tuple(Hours.parse(line) for line in hours), patience_s)
        self.now = 0.0

    def look(self, *, until: float, is_linked: bool = True) -> bool:
        """Go on until so many hours after Monday 00:00; what the last look said."""
        is_due = False
        while self.now < until * 3600:
            self.now += 60.0
            local = START + timedelta(seconds=self.now)
            is_due = self.silence.see(is_linked=is_linked, local=local, now=self.now)
        return is_due


def test_a_silent_device_is_due_within_its_hours_and_not_outside_of_them() -> None:
    device = Watched("06:00-14:00")
    assert not device.look(until=6.9), "the night counts for nothing"
    assert device.look(until=7.2)
    assert device.look(until=13.9)
    assert not device.look(until=14.1), "outside nothing is expected"
    assert device.look(until=30.1), "and the next morning it is still silent"
    device.silence.hear()
    assert not device.look(until=30.5)


def test_silence_is_added_up_over_short_days() -> None:
    device = Watched("Mon-Fri 06:00-06:40")
    assert not device.look(until=6.6)
    assert not device.look(until=30.2)
    assert device.look(until=30.5)


def test_a_device_whose_link_is_down_is_not_due() -> None:
    device = Watched()
    assert not device.look(until=10.0, is_linked=False)
    assert not device.look(until=10.9)
    assert device.look(until=11.1)
    assert not device.look(until=11.2, is_linked=False)


def test_without_hours_it_is_always_expected() -> None:
    assert Watched().silence.is_expected(START)
    assert not Watched("06:00-14:00").silence.is_expected(START)
