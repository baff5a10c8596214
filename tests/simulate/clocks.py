"""The one time of a simulation. Each side reads it through a clock of its own, which may be wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A morning in the district: counters of a day that begins anew at the station's midnight are not cut by UTC's.
BEGIN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
WRONG = {"1970": datetime(1970, 1, 1, 0, 5, tzinfo=UTC), "2039": datetime(2039, 5, 6, tzinfo=UTC)}


@dataclass(slots=True)
class Time:
    """The true time. `passed_s` is monotonic; `now` is the truth."""

    passed_s: float = 1000.0

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    def wait(self, seconds: float) -> None:
        self.passed_s += max(0.0, seconds)


@dataclass(slots=True)
class Clock:
    """The clock of one machine, which may be wrong."""

    time: Time
    off: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.time.now + self.off

    def set(self, to: datetime) -> None:
        self.off = to - self.time.now
