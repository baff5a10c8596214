"""Counts the results of a device within the last hour, to the minute, for the station's status."""

import threading
from collections import Counter, deque
from collections.abc import Callable

from edge.device.last_results import LastResult

_MINUTE_S = 60.0
_MINUTES = 60


class LastHour:
    """Counts by name. Sixty minutes are kept, however many events they have. Not shared by threads."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, Counter[str]]] = deque()

    def add(self, counts: Counter[str], now: float) -> None:
        """Add counts at `now`, in seconds of a clock that never goes back."""
        minute = int(now // _MINUTE_S)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, Counter()))
        self._minutes[-1][1].update(counts)
        self._forget(minute)

    def totals(self, now: float) -> Counter[str]:
        self._forget(int(now // _MINUTE_S))
        total: Counter[str] = Counter()
        for _, counts in self._minutes:
            total.update(counts)
        return total

    def _forget(self, minute: int) -> None:
        while self._minutes and self._minutes[0][0] <= minute - _MINUTES:
            self._minutes.popleft()


class Tally:
    """The results, repeats and dead letters of one device, for any thread.

    `news` goes up with every new result and every look at a continuous value, and never for a repeat: an answer that a
    tester gives each time that it is asked is no news."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._hour = LastHour()
        self.last_result: LastResult | None = None
        self.news = 0

    def look(self) -> None:
        """Note a continuous value that is too much like the one before to be recorded."""
        with self._lock:
            self.news += 1

    def count(
        self, *, results: int = 0, repeats: int = 0, dead_letters: int = 0, last_result: LastResult | None = None
    ) -> None:
        with self._lock:
            self._hour.add(Counter(results=results, repeats=repeats, dead_letters=dead_letters), self._monotonic())
            self.last_result = last_result or self.last_result
            self.news += results

    def remember(self, last_result: LastResult | None) -> None:
        """Take the last result of an agent before this one, as long as there is nothing newer."""
        with self._lock:
            self.last_result = self.last_result or last_result

    def last_hour(self) -> Counter[str]:
        """Return the counts by `results`, `repeats`, `dead_letters`."""
        with self._lock:
            return self._hour.totals(self._monotonic())
