"""A tester that is asked, and the decoder that asks it, without a port and without waiting."""

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_adapters.contract import Decoder, Output, Reading, Send, Simulator


@dataclass
class Bench:
    """A decoder and a simulator on one line. Time jumps from deadline to deadline; `hear` is told what the decoder
    says, as the station's intake is."""

    decoder: Decoder
    simulator: Simulator
    now: float = 0.0
    sent: list[bytes] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    hear: Callable[[list[Output]], None] = lambda _: None

    def start(self) -> None:
        self._act(self.decoder.start(self.now))

    def run(self, until: float) -> None:
        while True:
            self._deliver(self.simulator.tick(self.now))
            self._act(self.decoder.tick(self.now))
            deadlines = [
                deadline for deadline in (self.decoder.deadline, self.simulator.deadline) if deadline is not None
            ]
            at = max(self.now, min(deadlines, default=until)) + 0.001
            if at > until:
                self.now = until
                return
            self.now = at

    def _act(self, outputs: list[Output]) -> None:
        self.outputs += outputs
        self.hear(outputs)
        for output in outputs:
            match output:
                case Send(data):
                    self.sent.append(data)
                    self._deliver(self.simulator.receive(data, self.now))
                case Reading():
                    self.readings.append(output)
                case _:
                    pass

    def _deliver(self, data: bytes) -> None:
        if data:
            self._act(self.decoder.receive(data, self.now))
