"""The station's own clock, and its knowledge of the true time. Pure but for the clocks that it is given.

A box without a battery begins in 1970 and does not know it. The programs can know two things. No true time lies before
`RELEASED`, since the program was made later. And every receipt of the centre tells the centre's time (`at`): the way
back makes it late, never early, so the latest of the last few is the nearest. That time is remembered against a clock
that nobody sets (seconds since the machine was switched on, sleep included), so the wall clock may be put right or
wrong at any moment and the difference is known at once.

An event keeps the wall clock's time, which the station would show anybody. While that is wrong, the event tells by how
much (`clockoffset`), and the centre does not believe the time. Everything else here goes by `now`: the day whose limits
apply, the day that an analyzer is asked about, opening hours, ages."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import structlog

from wire.clocks import TOLERANCE_S

log = structlog.get_logger()

# No release of this program is older: to be raised with one, never beyond its day. A test holds it against the limits.
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
_RECEIPTS = 8


def utc_now() -> datetime:
    return datetime.now(UTC)


def since_boot_s() -> float:
    """Return seconds that no setting of the clock changes and that go on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Trouble(StrEnum):
    """The known fault of the wall clock. `unset`: it lies before the program was made, and no centre was heard; `off`:
    the centre has another time."""

    NONE = ""
    UNSET = "unset"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ClockVerdict:
    """The judgement on the wall clock. `offset_s`: station minus centre, 0.0 without trouble; for an unset clock, the
    least by which it is wrong."""

    trouble: Trouble = Trouble.NONE
    offset_s: float = 0.0


class Stamp(NamedTuple):
    """One look at the clocks. `time` is the wall clock's, which an event carries together with `offset_s`; `now` is the
    better one, by which ages count."""

    time: datetime
    offset_s: float | None
    now: datetime


class StationClock:
    """The clock of the station, for any thread. `wall` is the wall clock as it is."""

    def __init__(self, wall: Callable[[], datetime] = utc_now, elapsed_s: Callable[[], float] = since_boot_s) -> None:
        self.wall = wall
        self._elapsed_s = elapsed_s
        self._lock = threading.Lock()
        self._heard: deque[float] = deque(maxlen=_RECEIPTS)
        self._has_answer = False
        self._told = ClockVerdict()

    def hear(self, at: datetime | None) -> None:
        """Take note of the time in a receipt. An older centre sends none, and a centre whose own clock was never set
        sends none that is of use."""
        with self._lock:
            self._has_answer = True
            if at is not None and at >= RELEASED:
                self._heard.append(at.timestamp() - self._elapsed_s())
        self.look()

    @property
    def is_confirmed(self) -> bool:
        """Tell whether `now` may decide what is old: a centre has told the time, or one that tells none has
        answered."""
        return bool(self._heard) or (self._has_answer and self.wall() >= RELEASED)

    @property
    def knows_day(self) -> bool:
        """Tell whether `now` is of today, as far as anybody knows."""
        return self.verdict().trouble is not Trouble.UNSET

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is known to be wrong with the wall clock."""
        return self.verdict().trouble is Trouble.NONE

    def now(self) -> datetime:
        """Return the wall clock's time, or a better one where that is known to be wrong."""
        return self.stamp().now

    def stamp(self) -> Stamp:
        wall = self.wall()
        verdict = self._judge(wall)
        if verdict.trouble is Trouble.NONE:
            return Stamp(wall, None, wall)
        return Stamp(wall, verdict.offset_s, wall - timedelta(seconds=verdict.offset_s))

    def verdict(self) -> ClockVerdict:
        return self._judge(self.wall())

    def _judge(self, wall: datetime) -> ClockVerdict:
        centre = self._centre()
        true = RELEASED.timestamp() if centre is None else centre
        offset = round(wall.timestamp() - true, 3)
        # Without the centre only the impossible is known: a time before this program was made.
        if centre is None and offset < 0:
            return ClockVerdict(Trouble.UNSET, offset)
        if centre is None or abs(offset) <= TOLERANCE_S:
            return ClockVerdict()
        return ClockVerdict(Trouble.OFF, offset)

    def look(self) -> ClockVerdict:
        """Return the judgement for people, which stays the same until it has changed by more than the tolerance. Log
        such a change."""
        found = self.verdict()
        with self._lock:
            moved = abs(found.offset_s - self._told.offset_s) > TOLERANCE_S
            is_news = found.trouble is not self._told.trouble or (found.trouble is Trouble.OFF and moved)
            if is_news:
                self._told = found
            told = self._told
        if is_news and found.trouble:
            log.warning("station_clock_wrong", trouble=found.trouble.value, offset_s=round(found.offset_s))
        elif is_news:
            log.info("station_clock_right_again")
        return told

    def _centre(self) -> float | None:
        """Return the centre's time as a timestamp, once it was heard."""
        with self._lock:
            return max(self._heard) + self._elapsed_s() if self._heard else None
