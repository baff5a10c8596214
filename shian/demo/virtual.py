"""Virtual analyzers: a family's simulator at the end of a pty, speaking the real protocol to a real edge."""

import errno
import os
import re
import selectors
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.registry import Family
from process.bell import Bell

log = structlog.get_logger()

_READ = 4096
_IDLE_S = 0.5
_BUSY_S = 0.005
_ABSENT_S = 0.05


def analyzer_time(zone: ZoneInfo) -> datetime:
    """Return the clock of an analyzer in the district: local, without a zone. The zone of this machine, often UTC,
    would give each night results of another day."""
    return datetime.now(zone).replace(tzinfo=None, microsecond=0)


@dataclass(slots=True)
class VirtualAnalyzer:
    """A simulator on a pty. `port` is the name that an edge opens; it stays the same when the edge restarts.

    While nobody has the port open, the analyzer keeps its bytes, as one does whose line shows no host; a transfer that
    was under way is left to the protocol's own timers."""

    name: str
    simulator: Simulator
    port: Path
    has_host: bool = False
    handle: int = -1
    _pending: bytearray = field(default_factory=bytearray)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Make the pty and the link `port` that points to it."""
        self.handle, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.handle, False)
        self.port.parent.mkdir(parents=True, exist_ok=True)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(slave))
        # From now on reading gives EIO until somebody opens the other end.
        os.close(slave)

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
        self.handle = -1
        self.port.unlink(missing_ok=True)

    def measure(self, specimen: Specimen) -> None:
        with self._lock:
            self.simulator.measure(specimen)

    def clear(self, simulator: Simulator) -> None:
        """Replace the analyzer by a new one of the same model on the same line: the memory of the old one was
        cleared."""
        with self._lock:
            self.simulator = simulator

    def wait_s(self, now: float) -> float:
        """Return the time in which nothing is due."""
        if not self.has_host:
            return _ABSENT_S
        if self._pending:
            return _BUSY_S
        with self._lock:
            deadline = self.simulator.deadline
        return _IDLE_S if deadline is None else min(max(deadline - now, 0.0), _IDLE_S)

    def serve(self, now: float) -> None:
        """Answer what the host sent, and send what is due."""
        try:
            heard = os.read(self.handle, _READ)
        except BlockingIOError:
            heard = b""
        except OSError as exc:
            # EIO means that nobody has the other end open.
            if exc.errno != errno.EIO:
                raise
            self.has_host = False
            # Bytes that no host has read are lost, as on a real line.
            self._pending.clear()
            return
        self.has_host = True
        with self._lock:
            if heard:
                self._pending += self.simulator.receive(heard, now)
            if (deadline := self.simulator.deadline) is not None and deadline <= now:
                self._pending += self.simulator.tick(now)
        self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        try:
            sent = os.write(self.handle, self._pending)
        except BlockingIOError:
            return
        del self._pending[:sent]


class Rack:
    """The server of all its analyzers, in one thread. Time passes `haste` times as fast for them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, haste: float = 1.0) -> None:
        self._real_clock = clock
        self._haste = haste
        self._analyzers: list[VirtualAnalyzer] = []
        self._thread = threading.Thread(target=self._run, name="virtual-analyzers")
        self._is_ending = False
        self.failure: Exception | None = None

    def __enter__(self) -> "Rack":
        self._bell = Bell()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending = True
        if self._thread.is_alive():
            self.wake()
            self._thread.join()
        for analyzer in self._analyzers:
            analyzer.close()
        self._bell.close()

    def start(self, analyzers: list[VirtualAnalyzer]) -> None:
        for analyzer in analyzers:
            analyzer.open()
            self._analyzers.append(analyzer)
        self._thread.start()

    def measure(self, analyzer: VirtualAnalyzer, specimen: Specimen) -> None:
        analyzer.measure(specimen)
        self.wake()

    def wake(self) -> None:
        self._bell.ring()

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as exc:
            log.exception("virtual_analyzers_died")
            self.failure = exc

    def _loop(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            while not self._is_ending:
                now = self._clock()
                for key, _ in selector.select(self._pause(now)):
                    if key.fileobj is self._bell:
                        self._bell.clear()
                now = self._clock()
                for analyzer in self._analyzers:
                    analyzer.serve(now)
                    self._watch(selector, analyzer)

    def _clock(self) -> float:
        return self._real_clock() * self._haste

    def _pause(self, now: float) -> float:
        return min((analyzer.wait_s(now) for analyzer in self._analyzers), default=_IDLE_S) / self._haste

    @staticmethod
    def _watch(selector: selectors.BaseSelector, analyzer: VirtualAnalyzer) -> None:
        """Watch a line with a host only: one without a host is always "ready" and must not be waited on."""
        is_watched = analyzer.handle in selector.get_map()
        if analyzer.has_host and not is_watched:
            selector.register(analyzer.handle, selectors.EVENT_READ)
        elif is_watched and not analyzer.has_host:
            selector.unregister(analyzer.handle)


def impatient_profile(family: Family, name: str, poll_s: float, folder: Path) -> Path:
    """Write a copy of a shipped profile to `folder` that asks its analyzer every `poll_s` seconds: patience suits a
    market, but not somebody who watches a demo or a test."""
    text = (files(family.package) / "profiles" / f"{name}.toml").read_text("utf-8")
    hasty, count = re.subn(r"^poll_s = .*$", f"poll_s = {poll_s}", text, flags=re.MULTILINE)
    if not count:
        hasty += f"\n[settings]\npoll_s = {poll_s}\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(hasty, "utf-8")
    return path
