"""kill -9 of the agent at random moments while results flow: whatever the analyzer was told was received arrives."""

import os
from pathlib import Path
from random import Random

import pytest

from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import cable, edge_process, recorded, settings_document
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos

SEED = int(os.environ.get("SHIAN_TEST_SEED", "42"))
ROUNDS = 6


class Analyzer:
    """Patient analyzer: it sends every result until it is acknowledged."""

    def __init__(self, cord: Cable) -> None:
        self._cord = cord
        self.acknowledged = 0
        self.sent = 0

    def push(self, upto: int) -> None:
        """Send more; does not wait for the answer."""
        self._cord.write(b"".join(line(str(number)) for number in range(self.sent, upto)))
        self.sent = upto

    def listen(self) -> int:
        self.acknowledged += self._cord.read().count(ACK)
        return self.acknowledged

    def await_answers(self, count: int) -> None:
        wait_for(lambda: self.listen() >= count, timeout_s=60, what=f"{count} answers")

    def start_over(self) -> None:
        """Start over after the line went dead: everything that was not acknowledged is sent again."""
        self.listen()
        self.sent = self.acknowledged


def test_every_acknowledged_result_is_received_once_in_effect(broker: LocalBroker, tmp_path: Path) -> None:
    random, station = Random(SEED), f"kill-{SEED}"
    document = settings_document(tmp_path, broker.port, station)
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord, edge_process(tmp_path, document) as edge:
        analyzer = Analyzer(cord)
        for _ in range(ROUNDS):
            wait_for(lambda: "port_opened" in edge.log(), timeout_s=60)
            goal = analyzer.acknowledged + random.randint(100, 600)
            kill_at = random.randint(analyzer.acknowledged, goal)
            analyzer.push(goal)
            analyzer.await_answers(kill_at)
            edge.kill()
            analyzer.start_over()
            assert recorded(tmp_path) >= analyzer.acknowledged
            cord.unplug()
            cord.plug()
            (tmp_path / "edge.log").unlink()
            edge.start()
        wait_for(lambda: "port_opened" in edge.log(), timeout_s=60)
        # What was recorded in the last round may be more than what was acknowledged before the kill.
        total = max(analyzer.acknowledged, recorded(tmp_path)) + 50
        analyzer.push(total)
        analyzer.await_answers(total)
        wait_for(lambda: len(centre.results()) >= total, timeout_s=60)
        assert edge.stop() == 0
        records = sorted(map(int, centre.records()))
        assert records == list(range(total)), "lost or doubled"
        values = {event.data.record: event.data.value_text for event in centre.results()}
        assert set(values.values()) == {"12.5"}, "altered"
        assert len(centre.bodies) == 1, "one stream survives all of it"
        centre.assert_whole()


def test_two_agents_on_one_spool_are_refused(broker: LocalBroker, tmp_path: Path) -> None:
    document = settings_document(tmp_path, broker.port, "twice")
    with cable(tmp_path), edge_process(tmp_path, document) as first:
        wait_for(lambda: "port_opened" in first.log(), timeout_s=60)
        with edge_process(tmp_path, document) as second:
            assert second._process is not None
            assert second._process.wait(60) != 0
        assert "another agent is at work here" in first.log()
