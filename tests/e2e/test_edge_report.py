"""The status that an agent gives of itself on its topic, between a pty and a real broker."""

from pathlib import Path
from uuid import uuid4

import pytest

from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import ACK, NAK, line
from tests.support.waiting import wait_for
from wire.status import DeviceStatus


@pytest.fixture
def station() -> str:
    return f"m-{uuid4().hex[:8]}"


def device(centre: Centre) -> DeviceStatus:
    """Return the device as the newest status has it."""
    return centre.status.devices[0]


def test_a_status_counts_what_a_device_brought_in(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    document = settings_document(tmp_path, broker.port, station)
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord, running(document):
        cord.write(line("1") + line("2") + line("1") + b"garbage\n" + line("3").replace(b"12.5", b"99.5"))
        cord.expect(ACK * 3 + NAK)
        wait_for(lambda: device(centre).dead_letters == 2, what="a status with the dead letters")
        found = device(centre)
        assert (found.name, found.is_open, found.is_due, found.is_expected) == ("reader", True, False, True)
        assert (found.results, found.repeats) == (2, 1)
        assert found.last_bytes_at is not None
        assert found.last_result_at is not None
        cord.unplug()
        wait_for(lambda: not device(centre).is_open, what="a status with the link down")


def test_what_waits_and_what_is_refused_is_in_the_status(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        centre.is_silent = True
        with running(settings_document(tmp_path, broker.port, station)):
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: centre.status.waiting >= 2 and centre.status.oldest_waiting_s > 0)
            centre.refuses = lambda _: "unknown_station"
            centre.is_silent = False
            wait_for(lambda: centre.status.refused >= 2 and centre.status.waiting == 0)
            assert centre.status.oldest_waiting_s == 0


def test_a_full_disk_is_told_at_once_and_taken_back(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    document = settings_document(tmp_path, broker.port, station)
    document["uplink"] = document["uplink"] | {"status_s": 3600.0}
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord, running(document) as agent:
        wait_for(lambda: centre.statuses)
        assert centre.status.full_since is None
        agent.spool._free_bytes = lambda: 0
        cord.write(line("1"))
        wait_for(lambda: centre.status.full_since, what="a status that says full")
        agent.spool._free_bytes = lambda: 1 << 40
        wait_for(lambda: centre.status.full_since is None, what="a status that says that there is room")


def test_a_silent_device_is_due(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    document = settings_document(tmp_path, broker.port, station)
    document["device"][0] |= {"silent_s": 1.5}
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord, running(document) as agent:
        wait_for(lambda: device(centre).is_due, what="a status that says due")
        agent.devices[0]._silence._patience_s = 3600.0  # it speaks, and need not do so every second
        cord.write(line("1"))
        wait_for(lambda: device(centre).last_bytes_at and not device(centre).is_due)


def test_a_device_that_only_repeats_itself_is_due(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    # A tester that is asked for a day in which it does not live repeats itself like this.
    document = settings_document(tmp_path, broker.port, station)
    document["device"][0] |= {"silent_s": 1.5}
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord, running(document) as agent:

        def is_due_while_it_speaks() -> bool:
            cord.write(line("1"))
            cord.expect(ACK)
            return device(centre).repeats > 0 and device(centre).is_due

        wait_for(is_due_while_it_speaks, what="a status that says due")
        agent.devices[0]._silence._patience_s = 3600.0
        cord.write(line("2"))
        cord.expect(ACK)
        wait_for(lambda: not device(centre).is_due, what="a status that takes it back")
