"""The demo district as data (district.toml), and the samples that its analyzers measure: seeded, without a clock."""

import math
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.contract import Specimen
from shian.failures import CannotError
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Verdict

FAIL_RATE = 0.01
_PERIOD_S = 900.0
# The first visitor should not wait two minutes for an alert: this sample of a run fails.
_FIRST_FAILURE = 12


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Model):
    code: str
    parent: str | None = None
    name: str
    name_en: str


class Item(_Model):
    """An item with the range of its values: around `usual` and never above `passes_to`, or a failure in the range
    given. Without that range nothing fails: no limit is known and the analyzer says no verdict."""

    code: str
    unit: str
    usual: float
    spread: float
    passes_to: float
    fails_from: float | None = None
    fails_to: float = 0.0


class Test(_Model):
    """A test: the item that is tested for, and the foods."""

    item: str
    commodities: Annotated[tuple[str, ...], Field(min_length=1)]


class Equipment(_Model):
    """A device or camera with the titles that an officer would give it."""

    name: str
    title: str = ""
    title_en: str = ""


class Device(Equipment):
    """An analyzer. `is_operated`: it tests what somebody lays out at the station's screen, and nothing by itself."""

    adapter: str
    profile: str
    tests: Annotated[tuple[Test, ...], Field(min_length=1)]
    is_operated: bool = False


class Happening(_Model):
    """A fault before a camera, in seconds from the beginning of its film; the words of wire.cameras."""

    what: Literal["covered", "dark", "defocused", "moved", "frozen", "unattended", "rodent"]
    since_s: float
    until_s: float


class Zone(_Model):
    name: str
    polygon: tuple[tuple[float, float], ...]
    motion: str = "always"


class Camera(Equipment):
    """A camera and the scene that is drawn for it, of whole minutes. `hours`, `unattended_s`: as in edge.toml."""

    seed: int
    minutes: int
    cooks: int = 1
    is_night: bool = False
    hours: tuple[str, ...] = ()
    unattended_s: float = 900.0
    zone: tuple[Zone, ...] = ()
    happening: tuple[Happening, ...] = ()


class Station(_Model):
    name: Annotated[str, Field(pattern=rf"^{STATION_PATTERN}$")]
    title: str
    title_en: str
    area: str
    kind: str
    latitude: float
    longitude: float
    device: tuple[Device, ...]
    camera: tuple[Camera, ...] = ()

    @property
    def has_screen(self) -> bool:
        """Tell whether the station has a screen of its own."""
        return any(device.is_operated for device in self.device)


class District(_Model):
    area: tuple[Area, ...]
    item: tuple[Item, ...]
    station: tuple[Station, ...]

    def can_fail(self, device: Device) -> bool:
        """Tell whether every test of `device` can fail."""
        failing = {item.code for item in self.item if item.fails_from is not None}
        return {test.item for test in device.tests} <= failing


def camera_name(station: Station, camera: Camera) -> str:
    """Return the name of a camera in its district: that of its film and of its stream."""
    return f"{station.name}-{camera.name}"


@cache
def shipped() -> District:
    document = tomllib.loads((files("shian.demo") / "district.toml").read_text("utf-8"))
    return District.model_validate(document)


def read(path: Path | None) -> District:
    """Return the district of a file, or the shipped one. Raises CannotError."""
    if path is None:
        return shipped()
    try:
        return District.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as exc:
        raise CannotError(f"{path}: {exc}") from exc


def fail_rate(at_s: float) -> float:
    """Return the chance of a failure: 1 % over a quarter of an hour, between 0.3 and 1.7 % within it."""
    return FAIL_RATE * (1 + 0.7 * math.sin(2 * math.pi * at_s / _PERIOD_S))


@dataclass(slots=True)
class Samples:
    """The specimens that the analyzers of a district measure, one after another."""

    rng: Random
    items: dict[str, Item]
    has_early_failure: bool = True
    _made: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def next(self, station: str, device: Device, at: datetime, at_s: float, *, must_fail: bool = False) -> Specimen:
        """Return the next sample at `device`. `at` is the device's own clock, `at_s` the time since the start of the
        demo."""
        self._made += 1
        is_failed = must_fail or self.rng.random() < fail_rate(at_s)
        is_failed = is_failed or (self.has_early_failure and self._made == _FIRST_FAILURE)
        test = self.rng.choice(device.tests)
        item = self.items[test.item]
        is_failed = is_failed and item.fails_from is not None
        place = f"{station}/{device.name}"
        self._numbers[place] = number = self._numbers.get(place, 0) + 1
        return Specimen(
            number=str(number),
            commodity=self.rng.choice(test.commodities),
            item=item.code,
            value=measured(self.rng, item, is_failed=is_failed),
            measured_at=at,
            verdict=Verdict.FAIL if is_failed else Verdict.PASS,
        )


def measured(rng: Random, item: Item, *, is_failed: bool) -> float:
    """Return a value as one measures it of `item`."""
    if is_failed and item.fails_from is not None:
        return round(rng.uniform(item.fails_from, item.fails_to), 2)
    return round(min(max(rng.gauss(item.usual, item.spread), 0.0), item.passes_to), 2)


@dataclass(slots=True)
class Pace:
    """The turns of `count` analyzers: on average they measure `rate` samples a second together."""

    rng: Random
    count: int
    rate: float
    _due: list[float] = field(default_factory=list)

    def due(self, now: float) -> list[int]:
        """Return the analyzers whose turn it is."""
        if not self._due:
            # At the start everybody measures soon, one after another.
            self._due = [now + index / self.rate for index in range(self.count)]
        ready = [index for index, at in enumerate(self._due) if at <= now]
        for index in ready:
            self._due[index] = now + self.rng.expovariate(self.rate / self.count)
        return ready
