"""Brokers die and forget; receipts and re-sends cover it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from edge.agent import Agent
from shian.local.broker import Kind, LocalBroker, best_kind
from tests.support import services
from tests.support.centre import Centre
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos


@contextmanager
def station(folder: Path, kind: Kind) -> Iterator[tuple[LocalBroker, Cable, Agent, Centre]]:
    with (
        services.broker(kind) as broker,
        cable(folder) as cord,
        running(settings_document(folder, broker.port)) as agent,
        Centre(broker.port, "m1") as centre,
    ):
        yield broker, cord, agent, centre


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_a_broker_killed_and_wiped_twice_loses_nothing(kind: Kind, tmp_path: Path) -> None:
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    random, total = Random(11), 0
    with station(tmp_path, kind) as (broker, cord, agent, centre):
        for _ in range(2):
            total = send_some(cord, total, random.randint(50, 400))
            wait_for(lambda: centre.bodies)
            broker.kill(wipe=True)
            total = send_some(cord, total, random.randint(50, 400))
            broker.start()
        total = send_some(cord, total, 50)
        wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=90, what="receipts")
        assert sorted(map(int, centre.records())) == list(range(total))
        centre.assert_whole()


def send_some(cord: Cable, start: int, count: int) -> int:
    cord.write(b"".join(line(str(number)) for number in range(start, start + count)))
    cord.expect(ACK * count)
    return start + count


def test_a_centre_that_is_away_while_the_broker_is_there_gets_everything_later(tmp_path: Path) -> None:
    with station(tmp_path, best_kind()) as (_, cord, agent, centre):
        centre.is_silent = True
        send_some(cord, 0, 500)
        wait_for(lambda: agent.metrics.resent._value.get() > 0, what="a re-send")
        assert agent.spool.counts().waiting >= 500, "a PUBACK is not a delivery"
        centre.is_silent = False
        wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=60)
        assert sorted(map(int, centre.records())) == list(range(500))
        centre.assert_whole()
