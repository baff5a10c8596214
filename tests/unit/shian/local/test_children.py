"""Children are restarted with back-off, ended in order, and found again after a kill of their parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shian.local import leftovers
from shian.local.children import Child, Supervisor, child_environment
from tests.support.waiting import wait_for

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


class Watch:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def died(self, name: str, retry_s: float) -> None:
        self.seen.append(("died", name))

    def killed(self, name: str) -> None:
        self.seen.append(("killed", name))

    def started(self, name: str, pid: int) -> None:
        self.seen.append(("started", name))

    def failed(self, name: str, why: str, retry_s: float) -> None:
        self.seen.append(("failed", name))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervising = Supervisor(tmp_path / "processes.json", Watch())
    yield supervising
    supervising.stop()


def child(tmp_path: Path, argv: list[str] = SLEEPER) -> Child:
    return Child(argv, tmp_path / "logs" / "child.log", {"PATH": os.environ["PATH"]})


def test_a_child_that_dies_is_started_again_after_a_growing_wait(supervisor: Supervisor, tmp_path: Path) -> None:
    process = child(tmp_path)
    supervisor.start("child", process, now=0.0)
    pids = [process.pid]
    now = 0.0
    for backoff in (0.5, 1.0, 2.0):
        os.kill(process.pid, signal.SIGKILL)
        wait_for(lambda: not process.is_running)
        supervisor.tick(now)
        supervisor.tick(now + backoff - 0.01)
        assert not process.is_running
        now += backoff
        supervisor.tick(now)
        assert process.is_running
        pids.append(process.pid)
    assert len(set(pids)) == 4


def test_one_that_ran_well_is_started_again_soon(supervisor: Supervisor, tmp_path: Path) -> None:
    process = child(tmp_path)
    supervisor.start("child", process, now=0.0)
    supervisor.services[0].backoff_s = 30.0
    supervisor.tick(61.0)
    assert supervisor.services[0].backoff_s == 0.5


def test_a_child_that_cannot_start_is_tried_again(supervisor: Supervisor, tmp_path: Path) -> None:
    process = child(tmp_path)
    supervisor.start("child", process, now=0.0)
    process.argv = ["/no/such/program"]
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: not process.is_running)
    for now in (0.0, 0.5, 1.5):
        supervisor.tick(now)
    assert isinstance(supervisor.watch, Watch)
    assert supervisor.watch.seen == [("started", "child"), ("died", "child"), ("failed", "child"), ("failed", "child")]


def test_the_end_is_in_order_and_complete(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", Watch())
    children = [child(tmp_path) for _ in range(3)]
    for name, one in zip(("server", "edge-a", "edge-b"), children, strict=True):
        supervisor.start(name, one, now=0.0)
    pids = [child.pid for child in children]
    supervisor.stop()
    assert [leftovers.born(pid) for pid in pids] == [None] * 3
    assert not (tmp_path / "processes.json").exists()


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shian.local.children.STOP_S", 0.2)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = child(tmp_path, [sys.executable, "-c", code])
    watch = Watch()
    supervisor = Supervisor(tmp_path / "processes.json", watch)
    supervisor.start("server", process, now=0.0)
    wait_for(lambda: "deaf" in process.log.read_text())
    supervisor.stop()
    assert not process.is_running
    assert watch.seen == [("started", "server"), ("killed", "server")]


def test_leftovers_of_a_killed_parent_are_ended(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    with subprocess.Popen(SLEEPER) as left:
        leftovers.note(record, {"ingest": left.pid})
        # In real life init reaps it; here we do, while it is waited for.
        assert leftovers.end_leftovers(record) == ["ingest"]
        assert left.wait(10) == -signal.SIGTERM
    assert leftovers.end_leftovers(record) == []


def test_another_process_with_an_old_number_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    with subprocess.Popen(SLEEPER) as other:
        record.write_text(f'[{{"name": "ingest", "pid": {other.pid}, "born": 1}}]')
        assert leftovers.end_leftovers(record) == []
        assert other.poll() is None
        other.kill()


def test_bytecode_goes_to_the_data_folder_where_python_may_not_write_it(tmp_path: Path) -> None:
    forbidden = child_environment(tmp_path, {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/x"})
    assert forbidden["PYTHONPYCACHEPREFIX"] == str(tmp_path / "bytecode")
    assert "PYTHONDONTWRITEBYTECODE" not in forbidden
