"""Virtual analyzers: a family's simulator at the end of a pty, speaking the real protocol to a real edge."""

import os
import selectors
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from firmware_adapters.contract import Simulator, Specimen

log = structlog.get_logger()

_READ = 4096
# An analyzer whose host is away does not pile up what it says for ever; a real line would have lost it.
_MAX_PENDING = 64 * 1024
_IDLE_S = 0.5


@dataclass(slots=True)
class VirtualAnalyzer:
    """One simulator on a pty. `port` is what an edge opens; it keeps its name when the edge restarts."""

    name: str
    simulator: Simulator
    port: Path
    _master: int = -1
    _slave: int = -1
    _pending: bytearray = field(default_factory=bytearray)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Make the pty and the link `port` that points to it."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port.parent.mkdir(parents=True, exist_ok=True)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._slave))

    def close(self) -> None:
        for handle in (self._master, self._slave):
            if handle >= 0:
                os.close(handle)
        self._master = self._slave = -1
        self.port.unlink(missing_ok=True)

    @property
    def handle(self) -> int:
        return self._master

    def measure(self, specimen: Specimen) -> None:
        with self._lock:
            self.simulator.measure(specimen)

    def wait_s(self, now: float) -> float:
        """How long nothing is due."""
        if self._pending:
            return 0.01
        with self._lock:
            deadline = self.simulator.deadline
        return _IDLE_S if deadline is None else min(max(deadline - now, 0.0), _IDLE_S)

    def serve(self, now: float) -> None:
        """Answer what the host sent, and send what is due."""
        try:
            heard = os.read(self._master, _READ)
        except BlockingIOError:
            heard = b""
        with self._lock:
            if heard:
                self._say(self.simulator.receive(heard, now))
            if (deadline := self.simulator.deadline) is not None and deadline <= now:
                self._say(self.simulator.tick(now))
        self._flush()

    def _say(self, data: bytes) -> None:
        if len(self._pending) + len(data) > _MAX_PENDING:
            log.warning("virtual_line_overrun", analyzer=self.name, lost=len(self._pending))
            self._pending.clear()
        self._pending += data

    def _flush(self) -> None:
        if not self._pending:
            return
        try:
            sent = os.write(self._master, self._pending)
        except BlockingIOError:
            return
        del self._pending[:sent]


class Rack:
    """Serves all its analyzers in one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._analyzers: list[VirtualAnalyzer] = []
        self._thread = threading.Thread(target=self._run, name="virtual-analyzers")
        self._is_ending = False
        self._wake_read = self._wake_write = -1
        self.failure: Exception | None = None

    def __enter__(self) -> "Rack":
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending = True
        if self._thread.is_alive():
            self.wake()
            self._thread.join()
        for analyzer in self._analyzers:
            analyzer.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def start(self, analyzers: list[VirtualAnalyzer]) -> None:
        for analyzer in analyzers:
            analyzer.open()
            self._analyzers.append(analyzer)
        self._thread.start()

    def measure(self, analyzer: VirtualAnalyzer, specimen: Specimen) -> None:
        analyzer.measure(specimen)
        self.wake()

    def wake(self) -> None:
        os.write(self._wake_write, b"!")

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as exc:
            log.exception("virtual_analyzers_died")
            self.failure = exc

    def _loop(self) -> None:
        with selectors.DefaultSelector() as selector:
            for analyzer in self._analyzers:
                selector.register(analyzer.handle, selectors.EVENT_READ, analyzer)
            selector.register(self._wake_read, selectors.EVENT_READ, None)
            while not self._is_ending:
                now = self._clock()
                wait_s = min((it.wait_s(now) for it in self._analyzers), default=_IDLE_S)
                ready = selector.select(wait_s)
                if any(key.fileobj == self._wake_read for key, _ in ready):
                    os.read(self._wake_read, _READ)
                now = self._clock()
                for analyzer in self._analyzers:
                    analyzer.serve(now)
