"""The processes that a killed `shian up` left running: noted as they start, and ended by the next one on the folder."""

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

_PATIENCE_S = 30.0


def note(record: Path, pids: Mapping[str, int]) -> None:
    """Write down the running processes, in the order of their start."""
    text = json.dumps([{"name": name, "pid": pid, "born": born(pid)} for name, pid in pids.items()])
    # Exchanged as a whole: a kill in the middle of writing must not lose who is to be ended.
    draft = record.with_suffix(".new")
    draft.write_text(text)
    draft.replace(record)


def born(pid: int) -> int | None:
    """Return the time when a process started, in ticks since boot; None: it is gone. With the pid it names one process
    for ever."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # Field 22; the second field is the name in parentheses and may hold spaces.
    after_name = stat.rsplit(")", 1)[1].split()
    return None if after_name[0] == "Z" else int(after_name[19])


def end_leftovers(record: Path, *, patience_s: float = _PATIENCE_S) -> list[str]:
    """End the processes that an earlier `shian up` on this folder left behind, and return the names of those that still
    ran."""
    try:
        rows = json.loads(record.read_text())
    except (OSError, ValueError):
        return []
    # A pid alone may belong to another program by now; with the time of birth it cannot.
    alive = [row for row in reversed(rows) if row["born"] is not None and born(row["pid"]) == row["born"]]
    for row in alive:
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        _signal(row["pid"], signal.SIGINT if row["name"] == "postgres" else signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while any(born(row["pid"]) == row["born"] for row in alive):
        if time.monotonic() > deadline:
            for row in alive:
                if born(row["pid"]) == row["born"]:
                    _signal(row["pid"], signal.SIGKILL)
            break
        time.sleep(0.05)
    record.unlink(missing_ok=True)
    return [row["name"] for row in alive]


def _signal(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return
