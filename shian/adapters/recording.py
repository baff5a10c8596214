"""Record the bytes of one or two lines, and pass them on where there are two ends. Nothing is sent of our own: bytes
that are written to a link were read from the other."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.device.link import Link
from edge.errors import LinkLostError
from shian.adapters.capture_file import CaptureWriter, Chunk, Sender

_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class Ear:
    """A link that is read. `pass_to`: where its bytes go on to, in a bridge."""

    link: Link
    sender: Sender
    pass_to: Link | None = None


@dataclass(slots=True)
class Count:
    chunks: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Recording:
    """Recording of one or two lines. `clock` is monotonic, in seconds; the recording begins when it is made."""

    writer: CaptureWriter
    clock: Callable[[], float]
    counts: dict[Sender, Count] = field(default_factory=lambda: {"device": Count(), "host": Count()})
    trouble: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began_at: float = 0.0

    def __post_init__(self) -> None:
        self._began_at = self.clock()

    def run(self, ears: list[Ear], stop: threading.Event, tell: Callable[[], None]) -> None:
        """Record until `stop` is set or a link is lost (`trouble` says which). `tell` is called now and then."""
        threads = [threading.Thread(target=self._listen, args=(ear, stop), name=ear.sender) for ear in ears]
        for thread in threads:
            thread.start()
        while not stop.wait(_WAIT_S):
            tell()
        for thread in threads:
            thread.join()
        tell()

    def _listen(self, ear: Ear, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                data = ear.link.read(_WAIT_S)
                if data:
                    self._take(ear.sender, data)
                    if ear.pass_to:
                        ear.pass_to.write(data)
        except (LinkLostError, OSError) as exc:
            self.trouble = self.trouble or str(exc)
            stop.set()

    def _take(self, sender: Sender, data: bytes) -> None:
        with self._lock:
            self.writer.write(Chunk(self.clock() - self._began_at, sender, data))
            count = self.counts[sender]
            count.chunks += 1
            count.bytes += len(data)
