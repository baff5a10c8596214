"""A virtual DY-5800: pushes a record for each test as soon as it can. Shares no code with the decoder."""

from collections import deque
from random import Random

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict


class VirtualPusher:
    """Records of `size` bytes, one every `apart_s`."""

    def __init__(self, profile: Profile, random: Random, *, size: int = 162, apart_s: float = 0.5) -> None:
        self._names = {known.code: (name, known.unit) for name, known in profile.items.items()}
        self._random = random
        self._size = size
        self._apart_s = apart_s
        self._due = 0.0
        self._queue: deque[Specimen] = deque()
        self._holes = 0

    @property
    def deadline(self) -> float | None:
        return self._due if self._queue else None

    def measure(self, specimen: Specimen) -> None:
        self._queue.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - nobody asks it
        return b""

    def tick(self, now: float) -> bytes:
        if not self._queue or now < self._due:
            return b""
        self._due = now + self._apart_s
        return self._record(self._queue.popleft())

    def _record(self, specimen: Specimen) -> bytes:
        self._holes += 1
        item, unit = self._names.get(specimen.item, (specimen.item, "mg/kg"))
        value = "-.---" if specimen.verdict is Verdict.INVALID else f"{specimen.value:g}"
        head = f"P{self._holes % 8 + 1:03d}{specimen.number:<7}".encode() + self._text(item, 20) + self._text(unit, 10)
        numbers = f"{value:<5}{self._random.uniform(0, 2):5.3f}".encode()
        tail = numbers + specimen.measured_at.strftime("%y%m%d%H%M%S").encode() + self._text("检测员", 10)
        tail += self._text(specimen.commodity, 10) + b"X"
        return head.ljust(self._size - len(tail), b" ") + tail

    def _text(self, text: str, width: int) -> bytes:
        return text.encode("gbk")[:width].ljust(width, b" ")


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualPusher(profile, random)
