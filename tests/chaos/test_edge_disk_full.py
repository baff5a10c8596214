"""The disk of the edge is full: no answer to the analyzer, an alarm, and it goes on by itself."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for
from wire.kinds.agent import AgentEvent

pytestmark = pytest.mark.chaos


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a tmpfs of 8 MiB as the disk, which only root may do."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs root; tests/unit/edge/spool/test_full.py injects the same errors")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("min_free_mib", [1, 3])
def test_a_full_disk_is_refused_alarmed_and_survived(
    broker: LocalBroker, tmp_path: Path, small_disk: Path, min_free_mib: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.uplink.uplink._GOODBYE_S", 60.0)  # its last word is waited for
    station = f"full-{min_free_mib}"
    document = settings_document(tmp_path, broker.port, station)
    document["spool"]["min_free_mib"] = min_free_mib
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with running(document) as agent:
            cord.write(line("before"))
            cord.expect(ACK)
            filler = small_disk / "filler"
            fill(filler, leave=0 if min_free_mib == 1 else 2 << 20)
            cord.write(line("during"))
            wait_for(lambda: agent.spool.full_since is not None)
            wait_for(lambda: agent.metrics.full_refusals._value.get() >= 3)
            assert cord.read() == b"", "the analyzer is left without an answer"
            filler.unlink()
            wait_for(lambda: "during" in centre.records(), what="the batch that was kept in hand")
            assert agent.spool.full_since is None
            assert cord.read() == b"", "a late answer could be taken for another one"
            wait_for(lambda: answered(cord, "after"), what="answers again")
        wait_for(lambda: {"before", "during", "after"} <= set(centre.records()))
        wait_for(lambda: states(centre)[-1:] == ["stopped"], what="the agent's last word")
        centre.assert_whole()
        assert states(centre) == ["started", "spool_full", "spool_writable", "stopped"]


def states(centre: Centre) -> list[str]:
    return [event.data.state for event in centre.events() if isinstance(event, AgentEvent)]


def fill(path: Path, *, leave: int) -> None:
    with path.open("wb", buffering=0) as file:
        found = os.statvfs(path.parent)
        size = found.f_bavail * found.f_frsize - leave
        try:
            for _ in range(size // 4096 + (0 if leave else 10)):
                file.write(bytes(4096))
        except OSError:
            return


def answered(cord: Cable, record: str) -> bool:
    """Ask as an analyzer does that was not answered: again."""
    cord.write(line(record))
    try:
        wait_for(lambda: ACK in cord.read(), timeout_s=1.0)
    except AssertionError:
        return False
    return True
