"""A command that is loaded early begins when its settings are there, and not before."""

import os
import subprocess
import sys
from pathlib import Path

from shian.local.children import Child
from tests.support.processes import environment
from tests.support.waiting import wait_for


def early(settings: Path, starter: str) -> list[str]:
    arguments = [starter, str(settings), "ingest", "config", "check", "--help"]
    return [sys.executable, "-P", "-m", "shian.local.early", *arguments]


def test_it_begins_when_the_file_is_there_and_a_start_of_what_runs_changes_nothing(tmp_path: Path) -> None:
    settings, log = tmp_path / "ingest.toml", tmp_path / "log"
    child = Child(early(settings, str(os.getpid())), log, environment())
    child.start()
    pid = child.pid
    child.start()
    assert (child.pid, child.is_running, log.read_text()) == (pid, True, "")
    settings.write_text("")
    wait_for(lambda: not child.is_running, timeout_s=60, what="the command to end")
    assert child.exit_code == 0
    assert "--config" in log.read_text()


def test_it_ends_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    start = (
        "import os, subprocess, sys, time;"
        "argv = [str(os.getpid()) if one == 'PID' else one for one in sys.argv[1:]];"
        "print(subprocess.Popen(argv).pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", start, *early(tmp_path / "ingest.toml", "PID")],
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert starter.stdout
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_for(lambda: not _lives(pid), timeout_s=60, what="it to end")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
