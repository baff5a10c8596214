"""Analyzers that measure at a pace, and the ground truth: every value they were given, in a file."""

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from firmware_adapters.contract import Specimen
from tests.support.system import System
from wire.terms import Verdict

_FAILS = 0.05


@dataclass(frozen=True, slots=True)
class Truth:
    """One test that was made. (station, device, measured_at) names it: no analyzer makes two in a second."""

    station: str
    device: str
    measured_at: str
    number: str
    value: float
    is_failed: bool


@dataclass(slots=True)
class Feeder:
    """A thread that lets the analyzers of `system` measure, `rate` tests a second in all, and writes them down."""

    system: System
    rng: Random
    rate: float
    file: Path
    made: list[Truth] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="feeder")

    def __enter__(self) -> "Feeder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        clocks: dict[tuple[str, str], datetime] = {}
        places = list(self.system.analyzers)
        with self.file.open("a", encoding="utf-8") as file:
            while not self._ending.wait(self.rng.expovariate(self.rate)):
                place = self.rng.choice(places)
                now = datetime.now(self.system.zone).replace(tzinfo=None, microsecond=0)
                at = clocks[place] = max(now, clocks.get(place, now) + timedelta(seconds=1))
                specimen = self._specimen(at)
                truth = Truth(*place, at.isoformat(), specimen.number, specimen.value, specimen.verdict is Verdict.FAIL)
                file.write(
                    json.dumps([truth.station, truth.device, truth.measured_at, truth.number, truth.value]) + "\n"
                )
                file.flush()
                self.system.rack.measure(self.system.analyzers[place], specimen)
                self.made.append(truth)

    def _specimen(self, at: datetime) -> Specimen:
        is_failed = self.rng.random() < _FAILS
        value = self.rng.uniform(55, 99) if is_failed else self.rng.uniform(0, 45)
        return Specimen(
            number=str(len(self.made) + 1),
            commodity=self.rng.choice(["菠菜", "韭菜", "芹菜"]),
            item="pesticide_inhibition",
            value=round(value, 1),
            measured_at=at,
            verdict=Verdict.FAIL if is_failed else Verdict.PASS,
        )
