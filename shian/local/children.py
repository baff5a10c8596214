"""The child processes of `shian up`: each with a log of its own, restarted with back-off, ended in order.

A child is a session of its own: Ctrl-C in the terminal reaches `shian up` alone, which ends the children one stage
after another."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shian.local import leftovers

STOP_S = 20.0
FIRST_BACKOFF_S = 0.5
LAST_BACKOFF_S = 30.0
_WELL_AFTER_S = 60.0


class Service(Protocol):
    """A process that can be supervised: a Child, a LocalPostgres, a LocalBroker."""

    @property
    def pid(self) -> int: ...
    @property
    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class Child:
    """A process of our own. Its output is appended to `log`."""

    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    was_deaf: bool = False
    _is_asked: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Return the exit code as Popen.returncode; None: the process runs, or we stopped it."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process; one that runs already goes on (shian/local/early.py)."""
        if self.is_running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._is_asked = self.was_deaf = False
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=dict(self.environment),
            )

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._is_asked = True
            self._process.terminate()

    def stop(self) -> None:
        """Send SIGTERM, then SIGKILL to a process that does not end (`was_deaf`)."""
        if self._process is None:
            return
        # Asked before, together with its neighbours: it is already on its way.
        if not self._is_asked:
            self.ask_to_stop()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.was_deaf = True
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill the process with kill -9."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None


class Watch(Protocol):
    """The place where the fate of the services is reported: the screen."""

    def died(self, name: str, retry_s: float) -> None: ...
    def killed(self, name: str) -> None: ...
    def started(self, name: str, pid: int) -> None: ...
    def failed(self, name: str, why: str, retry_s: float) -> None: ...


@dataclass(slots=True)
class Supervised:
    name: str
    service: Service
    restarts: int = 0
    backoff_s: float = FIRST_BACKOFF_S
    started_at: float = 0.0
    retry_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """A supervisor of services, in the order of their start. `tick` restarts the dead; `stop` ends all, last first."""

    record: Path
    watch: Watch
    services: list[Supervised] = field(default_factory=list)

    def start(self, name: str, service: Service, now: float) -> None:
        """Start a service. An error of its own start is raised on: at first start a failure is not bridged."""
        service.start()
        self.services.append(Supervised(name, service, started_at=now))
        self._write_record()
        self.watch.started(name, service.pid)

    def tick(self, now: float) -> None:
        for one in self.services:
            if one.service.is_running:
                if now - one.started_at > _WELL_AFTER_S:
                    one.backoff_s = FIRST_BACKOFF_S
            # Seen dead for the first time: wait before the restart, longer each time.
            elif one.retry_at is None:
                one.retry_at = now + one.backoff_s
                self.watch.died(one.name, one.backoff_s)
                one.backoff_s = min(2 * one.backoff_s, LAST_BACKOFF_S)
            elif now >= one.retry_at:
                self._restart(one, now)

    def restart(self, name: str, now: float) -> None:
        """Stop a service and start it again at once, without the wait of one that died."""
        one = next(one for one in self.services if one.name == name)
        one.service.stop()
        self._restart(one, now)

    def stop(self) -> None:
        """Stop all services. Neighbours of the same kind are asked together, so that eight agents take as long as
        one."""
        while self.services:
            stage = [self.services.pop()]
            while self.services and _kind(self.services[-1]) == _kind(stage[0]):
                stage.append(self.services.pop())
            for one in stage:
                if isinstance(one.service, Child) and one.service.is_running:
                    one.service.ask_to_stop()
            for one in stage:
                one.service.stop()
                if isinstance(one.service, Child) and one.service.was_deaf:
                    self.watch.killed(one.name)
        self.record.unlink(missing_ok=True)

    def _restart(self, one: Supervised, now: float) -> None:
        one.restarts += 1
        one.started_at = now
        one.retry_at = None
        try:
            one.service.start()
        except (OSError, RuntimeError) as exc:
            one.retry_at = now + one.backoff_s
            self.watch.failed(one.name, str(exc), one.backoff_s)
            one.backoff_s = min(2 * one.backoff_s, LAST_BACKOFF_S)
            return
        self._write_record()
        self.watch.started(one.name, one.service.pid)

    def _write_record(self) -> None:
        leftovers.note(self.record, {one.name: one.service.pid for one in self.services if one.service.is_running})


def _kind(one: Supervised) -> str:
    return one.name.split("-", 1)[0]


def child_environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of our children.

    Where Python may not write its bytecode beside the sources (a read-only installation, PYTHONDONTWRITEBYTECODE), each
    start compiles everything anew, 1 s of work for each of a dozen processes. So they keep it in `folder` instead."""
    mine = {**environ, "PYTHONUNBUFFERED": "1"}
    if mine.pop("PYTHONDONTWRITEBYTECODE", "") or not os.access(Path(__file__).parent, os.W_OK):
        mine["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    return mine
