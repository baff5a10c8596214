"""A spool that is an older state of itself, or two of them at once: a test that an analyzer was told is recorded
reaches the database once, and every failed test has its alert. Each harm twice in a row.

Real agent processes between ptys and a real broker, a real ingest and a real PostgreSQL. The truth is a file that is
written when the agent has answered."""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest

from edge.commands import status as status_view
from edge.spool import view as spool_view
from edge.spool.view import NoSpoolError
from storage.findings import Finding
from storage.stations import Station, enrol
from storage.walk import walk
from tests.support import services
from tests.support.edge_station import EdgeProcess, cable, edge_process, settings_document
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

STATION = "m1"
CLONE_S = float(os.environ.get("SHIAN_CLONE_S", "10"))
DRAIN_S = 150.0
_REPEAT_S = 2.0


@dataclass(slots=True)
class Truth:
    """Every test that an agent answered; each has a number of its own, and every fourth failed."""

    file: Path
    made: list[tuple[str, bool]] = field(default_factory=list)

    def measure(self, cord: Cable, count: int) -> None:
        """Let the analyzer send `count` tests, one after the other; one without an answer is sent again."""
        for _ in range(count):
            number, is_failed = str(len(self.made) + 1), len(self.made) % 4 == 3
            cord.read()
            sent_at = -_REPEAT_S

            def is_answered(text: bytes = line(number, "66.0" if is_failed else "12.5")) -> bool:
                nonlocal sent_at
                if monotonic() - sent_at > _REPEAT_S:
                    cord.write(text)
                    sent_at = monotonic()
                return ACK in cord.read()

            wait_for(is_answered, timeout_s=60, what=f"an answer to test {number}")
            self.made.append((number, is_failed))
            with self.file.open("a") as file:
                file.write(json.dumps({"number": number, "is_failed": is_failed}) + "\n")


@dataclass(slots=True)
class Box:
    """A box with its data folder, its agent and its analyzer."""

    folder: Path
    agent: EdgeProcess
    cord: Cable

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def wait_until_drained(self) -> None:
        def is_drained() -> bool:
            try:
                found = spool_view.summary(self.data)
            except NoSpoolError:
                return False
            return found.sequence > 0 and found.waiting + sum(found.refused.values()) == 0

        wait_for(is_drained, timeout_s=DRAIN_S, what=f"the spool in {self.folder.name} to empty")

    def status(self) -> dict[str, Any]:
        return status_view.as_document(self.data)


@contextmanager
def box(folder: Path, port: int, data: Path | None = None) -> Iterator[Box]:
    """Run a box; with `data` its folder is a copy of that."""
    folder.mkdir()
    if data is not None:
        shutil.copytree(data, folder / "data")
    document = settings_document(folder, port, STATION)
    with cable(folder) as cord, edge_process(folder, document) as agent:
        yield Box(folder, agent, cord)


@dataclass(slots=True)
class Centre:
    dsn: str
    port: int

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    def alerts(self, rule: str) -> list[dict[str, Any]]:
        return [facts for (facts,) in self.rows(f"SELECT facts FROM alert WHERE rule = '{rule}' AND state = 'open'")]

    def findings(self) -> Counter[str]:
        with psycopg.connect(self.dsn) as connection:
            return Counter(finding.kind.value for finding in walk(connection) if isinstance(finding, Finding))


@pytest.fixture
def centre(dsn: str) -> Iterator[Centre]:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))
    # More tests fail here within a minute than a station's budget of alerts for an hour.
    budgets = {"alerts": {"failed_test": 100_000}}
    with services.broker() as broker, ingesting(dsn, broker.port, budgets=budgets):
        yield Centre(dsn, broker.port)


def compare(name: str, centre: Centre, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    """Hold the database against the truth."""
    rows = Counter(number for (number,) in centre.rows("SELECT record FROM result"))
    failed = {f"S{number}" for number, is_failed in truth.made if is_failed}
    alerted = {sample for (sample,) in centre.rows("SELECT sample FROM alert WHERE rule = 'failed_test'")}
    lost = [number for number, _ in truth.made if not rows[number]]
    doubled = [number for number, count in rows.items() if count > 1]
    folded = centre.rows("SELECT count(*) FROM folded")[0][0]
    disputed = centre.rows("SELECT count(*) FROM disputed")[0][0]
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {name}: {len(truth.made)} acknowledged, lost {len(lost)}, doubled {len(doubled)};"
            f" {len(failed)} failed, without an alert {len(failed - alerted)};"
            f" folded {folded}, disputed {disputed}, walk {dict(centre.findings())}\n"
        )
    assert (lost, doubled, failed - alerted) == ([], [], set())
    counted = centre.rows("SELECT coalesce(sum(tests), 0)::int FROM daily_result")[0][0]
    assert counted == len(truth.made)
    assert not set(centre.findings()) - {"forked"}


@pytest.mark.chaos
def test_a_copy_of_the_data_folder_that_is_put_back_twice_loses_nothing(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = Truth(tmp_path / "truth.jsonl")
    with box(tmp_path / "a", centre.port) as edge_box:
        truth.measure(edge_box.cord, 12)
        edge_box.wait_until_drained()
        assert edge_box.agent.stop() == 0
        shutil.copytree(edge_box.data, tmp_path / "copy")
        edge_box.agent.start()
        truth.measure(edge_box.cord, 12)
        edge_box.wait_until_drained()
        for _ in range(2):
            edge_box.agent.kill()
            shutil.rmtree(edge_box.data)
            shutil.copytree(tmp_path / "copy", edge_box.data)
            edge_box.agent.start()
            truth.measure(edge_box.cord, 12)
            edge_box.wait_until_drained()
        compare("restored twice", centre, truth, capsys)
        (facts,) = centre.alerts("spool_older_copy")
        assert facts["cause"] in ("behind", "diverged")
        assert centre.alerts("two_boxes") == centre.alerts("stream_forked") == []
        (earlier,) = edge_box.status()["spool"]["earlier_streams"]
        assert earlier["cause"] == facts["cause"]


@pytest.mark.chaos
def test_a_log_that_is_missing_after_a_kill_twice_loses_nothing(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = Truth(tmp_path / "truth.jsonl")
    with box(tmp_path / "a", centre.port) as edge_box:
        for _ in range(2):
            truth.measure(edge_box.cord, 8)
            edge_box.wait_until_drained()
            assert edge_box.agent.stop() == 0  # the file is whole, and the log begins anew
            edge_box.agent.start()
            truth.measure(edge_box.cord, 8)
            edge_box.wait_until_drained()
            edge_box.agent.kill()
            (edge_box.data / "spool.db-wal").unlink()
            (edge_box.data / "spool.db-shm").unlink(missing_ok=True)
            edge_box.agent.start()
            truth.measure(edge_box.cord, 8)
            edge_box.wait_until_drained()
        compare("log missing twice", centre, truth, capsys)
        assert len(centre.alerts("spool_older_copy")) == 1
        assert centre.alerts("two_boxes") == centre.alerts("stream_forked") == []
        assert len(edge_box.status()["spool"]["earlier_streams"]) == 2


@pytest.mark.chaos
def test_a_cloned_card_beside_the_original_twice_loses_nothing(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = Truth(tmp_path / "truth.jsonl")
    takeovers = 0
    with box(tmp_path / "a", centre.port) as edge_box:
        truth.measure(edge_box.cord, 8)
        edge_box.wait_until_drained()
        for round_ in range(2):
            assert edge_box.agent.stop() == 0
            with ExitStack() as closing:
                clone = closing.enter_context(box(tmp_path / f"clone-{round_}", centre.port, edge_box.data))
                edge_box.agent.start()
                until = monotonic() + CLONE_S
                while monotonic() < until:
                    truth.measure(edge_box.cord, 1)
                    truth.measure(clone.cord, 1)
                for each in (edge_box, clone):
                    each.wait_until_drained()
                    takeovers += each.status()["agent"]["takeovers"]
                assert len(centre.alerts("two_boxes")) == 1
                assert clone.agent.stop() == 0
        compare(f"two boxes for {CLONE_S:.0f} s twice, {takeovers} takeovers", centre, truth, capsys)
        assert centre.alerts("spool_older_copy") == centre.alerts("stream_forked") == []
        assert takeovers <= 8
