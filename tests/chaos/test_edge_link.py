"""The cable is the enemy: unplugged in mid-frame, back under another name, flapping, and full of garbage."""

from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for
from wire.kinds.device import DeviceEvent

pytestmark = pytest.mark.chaos


@pytest.fixture
def station() -> str:
    return f"m-{uuid4().hex[:8]}"


def test_a_cable_pulled_in_mid_frame_and_back_under_another_name_leaves_no_half_result(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with running(settings_document(tmp_path, broker.port, station)) as agent:
            names = set()
            for number in range(5):
                whole = line(str(number))
                cord.write(line(f"before{number}") + whole[:20])
                cord.expect(ACK)
                names.add(str(cord.path.resolve()))
                cord.unplug()
                wait_for(lambda: not agent.devices[0].is_open)
                cord.plug()
                wait_for(lambda: agent.devices[0].is_open)
                cord.write(whole)
                cord.expect(ACK)
            assert agent.spool.counts().dead_letters == 5, "each half frame is a dead letter"
            wait_for(lambda: len(centre.results()) == 10)
        assert sorted(centre.records()) == sorted(
            [f"{number}" for number in range(5)] + [f"before{n}" for n in range(5)]
        )
        centre.assert_whole()


def test_a_loose_plug_does_not_flood_the_stream(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        document = settings_document(tmp_path, broker.port, station)
        document["device"][0]["settle_s"] = 30.0
        with running(document) as agent:
            for _ in range(20):
                cord.unplug()
                wait_for(lambda: not agent.devices[0].is_open)
                cord.plug()
                wait_for(lambda: agent.devices[0].is_open)
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: centre.records() == ["1"])
        assert not [event for event in centre.events() if isinstance(event, DeviceEvent)]


def test_garbage_at_full_speed_loses_no_result_and_stays_bounded(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    random = Random(7)
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        document = settings_document(tmp_path, broker.port, station)
        document["spool"]["dead_letters"] = 50
        with running(document) as agent:
            for number in range(40):
                # No R| at the start of a line, so that the garbage claims nothing.
                garbage = random.randbytes(20_000).replace(b"R|", b"..") + b"\n"
                cord.write(garbage + line(str(number)), timeout_s=60)
            wait_for(lambda: len(centre.results()) == 40, timeout_s=60)
            counts = agent.spool.counts()
            assert counts.dead_letters == 50
            assert counts.dead_dropped > 0
            assert agent.devices[0].intake.dead_letters == counts.dead_letters + counts.dead_dropped
        assert sorted(map(int, centre.records())) == list(range(40))


def test_a_decoder_that_crashes_is_restarted_its_bytes_are_kept_and_others_work_on(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    other = Cable(tmp_path / "other")
    document = settings_document(tmp_path, broker.port, station)
    document["device"].append({**document["device"][0], "name": "other", "port": str(other.path)})
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with running(document) as agent:
            poison = line("1").replace(b"12.5", b"x2.5")
            body = poison.partition(b"*")[0]
            cord.write(body + b"*%02X\n" % (sum(body) % 256))  # float("x2.5") raises inside the fake decoder
            wait_for(lambda: agent.spool.counts().dead_letters == 1)
            other.write(line("2"))
            other.expect(ACK)
            wait_for(lambda: agent.devices[0].is_open, timeout_s=30)
            cord.write(line("3"))
            cord.expect(ACK)
            wait_for(lambda: len(centre.records()) >= 2, what="both results")
        centre.assert_whole()
        states = [event.data.state for event in centre.events() if isinstance(event, DeviceEvent)]
        assert "fault" in states
        assert sorted(centre.records()) == ["2", "3"]
    other.unplug()
