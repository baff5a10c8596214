"""An agent with one cable, a real broker and the smallest centre: in a thread for looking inside, or in a process for
killing."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.agent import Agent
from edge.settings import EdgeSettings
from edge.spool import view as spool_view
from edge.station_clock import utc_now
from firmware_adapters.registry import Family
from tests.support.line_family import find_family
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
# Patience of a test, not of a district.
QUICK = {"receipt_s": 1.0, "receipt_longest_s": 2.0, "reconnect_s": 0.05, "reconnect_longest_s": 0.5, "status_s": 1.0}


def settings_document(folder: Path, port: int, station: str = "m1", **more: Any) -> dict[str, Any]:
    device = {"name": "reader", "port": str(folder / "port"), "adapter": "line", "settle_s": 0.05}
    return {
        "station": station,
        "data": str(folder / "data"),
        "broker": {"port": port},
        "uplink": QUICK,
        "spool": {"min_free_mib": 1, "retry_s": 0.1},
        "device": [device],
        **more,
    }


@contextmanager
def running(
    document: dict[str, Any],
    *,
    is_awaited: bool = True,
    families: Callable[[str], Family] = find_family,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Agent]:
    """Run the agent in a thread, its spool open; stop it cleanly at the end. `is_awaited`: its ports and its desk are
    open, too, when the test goes on. `families` finds its adapters, the test's own `line` if nothing is said. `clock`:
    its wall clock."""
    settings = EdgeSettings.model_validate(document)
    agent, stop = Agent(settings, find_family=families, clock=clock), threading.Event()
    failures: list[BaseException] = []

    def is_ready() -> bool:
        awaited = [agent.desk.is_listening, *(device.is_open for device in agent.devices)]
        return agent.spool.is_open and (not is_awaited or all(awaited))

    def work() -> None:
        try:
            agent.run(stop)
        except BaseException as exc:
            failures.append(exc)
            raise

    thread = threading.Thread(target=work, name="agent")
    thread.start()
    try:
        wait_for(lambda: failures or is_ready(), what="an open spool and open ports")
        yield agent
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
        assert failures == []


class EdgeProcess:
    """The agent in a process of its own, from a file; `kill` is kill -9."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self._folder = folder
        self._config = folder / "edge.toml"
        self._config.write_text(as_toml(document))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with (self._folder / "edge.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.edge_process", str(self._config)],
                cwd=ROOT,
                stderr=log,
                stdout=log,
            )

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def log(self) -> str:
        return (self._folder / "edge.log").read_text()


@contextmanager
def edge_process(folder: Path, document: dict[str, Any]) -> Iterator[EdgeProcess]:
    process = EdgeProcess(folder, document)
    process.start()
    try:
        yield process
    finally:
        if process._process is not None and process._process.poll() is None:
            process.kill()


@contextmanager
def cable(folder: Path) -> Iterator[Cable]:
    pair = Cable(folder / "port")
    try:
        yield pair
    finally:
        pair.unplug()


def recorded(folder: Path) -> int:
    """Return the newest number in the spool, as a look from beside it tells."""
    return spool_view.summary(folder / "data").sequence


def as_toml(document: dict[str, Any]) -> str:
    """Write enough of TOML for these settings: JSON's scalars are TOML's."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in document.items() if not isinstance(value, dict | list)]
    for key, value in document.items():
        if isinstance(value, dict):
            lines += [f"[{key}]", *(f"{name} = {json.dumps(item)}" for name, item in value.items())]
        elif isinstance(value, list):
            for row in value:
                lines += [f"[[{key}]]", *(f"{name} = {json.dumps(item)}" for name, item in row.items())]
    return "\n".join(lines) + os.linesep
