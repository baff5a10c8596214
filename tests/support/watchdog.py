"""End the processes of a test run with it, also when the run is killed with -9. An agent that lived on would open the
pseudo-terminals of later tests and take their bytes.

Whatever descends from the run bears a mark in its environment. A small process beside it waits on a pipe for the end of
the run, and then kills what bears the mark. Why not PR_SET_PDEATHSIG: it is lost where a child changes its user
(PostgreSQL), ends a child with the thread that forked it, and does not reach grandchildren (those of `shian up`).
Linux; elsewhere nobody is found.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

# Not SHIAN_...: those are settings, and tests take them out of the environment.
_NAME = "TEST_RUN_MARK"
_PAUSE_S = 0.05


def start() -> Callable[[], None]:
    """Watch from now on. The function that is returned ends the watch, and all processes that were left behind."""
    mark = uuid4().hex
    usual = {name: value for name, value in os.environ.items() if name != _NAME}
    # In a session of its own: Ctrl-C is for the run. Isolated: it starts in some milliseconds.
    argv = [sys.executable, "-I", "-S", __file__, mark]
    watchdog = subprocess.Popen(argv, stdin=subprocess.PIPE, env=usual, cwd="/", start_new_session=True)
    os.environ[_NAME] = mark

    def stop() -> None:
        watchdog.communicate()

    return stop


def _bearers(mark: str) -> list[int]:
    wanted = f"{_NAME}={mark}".encode()
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def main() -> None:
    sys.stdin.buffer.read()
    while bearers := _bearers(sys.argv[1]):
        for pid in bearers:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)  # until they are gone, and what they started meanwhile


if __name__ == "__main__":
    main()
