"""A live decoder and a simulator on one line, with a clock that jumps to the next deadline."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from firmware_adapters.contract import Output, Reading, Send, Simulator
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.pesticide.decoder import PesticideDecoder
from firmware_adapters.profile import Profile


@dataclass
class Line:
    """Line between decoder and tester. `sent` holds the requests with their times, `outputs` everything else. `to_host`
    may damage or drop answers."""

    profile: Profile
    simulator: Simulator
    today: Callable[[], date] | None = None
    to_host: Callable[[bytes], bytes] = bytes
    now: float = 100.0
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.decoder = PesticideDecoder(self.profile, today=self.today)
        self.end = self.now
        self._act(self.decoder.start(self.now))

    def run(self, seconds: float) -> None:
        self.end += seconds
        while True:
            deadlines = [at for at in (self.decoder.deadline, self.simulator.deadline) if at is not None]
            at = max(self.now, min(deadlines, default=self.end))
            if at > self.end:
                self.now = self.end
                return
            self.now = at
            self._deliver(self.simulator.tick(self.now))
            self._act(self.decoder.tick(self.now))

    def requests(self) -> list[bytes]:
        requests = [data for _, data in self.sent]
        self.sent.clear()
        return requests

    def readings(self) -> list[Reading]:
        readings = [output for output in self.outputs if isinstance(output, Reading)]
        self.outputs.clear()
        return readings

    def _act(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self.sent.append((self.now, output.data))
                self._deliver(self.simulator.receive(output.data, self.now))
            else:
                self.outputs.append(output)

    def _deliver(self, answer: bytes) -> None:
        arriving = self.to_host(answer)
        if arriving:
            self._act(self.decoder.receive(arriving, self.now))


def profile(name: str, **options: float) -> Profile:
    shipped = FAMILY.profile(name)
    return shipped.model_copy(update={"options": {**shipped.options, **options}})
