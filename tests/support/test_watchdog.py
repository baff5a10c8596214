"""A run that is killed in the middle of a test leaves no process behind."""

import subprocess
import sys
from pathlib import Path

from shian.local.leftovers import born
from tests.support.edge_station import ROOT, as_toml, settings_document
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

# As pytest with a test: an agent, started by a thread that is over, and a grandchild in a session of its own.
RUN = """
import subprocess, sys, threading
from pathlib import Path
from tests.support import processes, watchdog
from tests.support.waiting import wait_for

folder = Path(sys.argv[1])
watchdog.start()
agent = processes.shian("edge", folder, ["edge", "run", "--config", folder / "edge.toml"])
thread = threading.Thread(target=agent.start)
thread.start()
thread.join()
code = "import subprocess; it = subprocess.Popen(['sleep', '600'], start_new_session=True); print(it.pid, flush=True)"
between = subprocess.Popen([sys.executable, "-c", code + "; it.wait()"], stdout=subprocess.PIPE, text=True)
wait_for(lambda: "port_opened" in agent.log.read_text(), timeout_s=60)
print(agent.pid, between.pid, between.stdout.readline(), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_run_started_ends_with_it(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    document = settings_document(tmp_path, 1)
    document["device"][0]["adapter"], document["device"][0]["profile"] = "astm", "virtual-food"
    (tmp_path / "edge.toml").write_text(as_toml(document))
    argv = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            pids = [int(word) for word in run.stdout.readline().split()]
            assert [born(pid) is not None for pid in pids] == [True, True, True]
        finally:
            run.kill()
    wait_for(lambda: not any(born(pid) for pid in pids), timeout_s=30, what="the end of what it started")
    cable.unplug()
