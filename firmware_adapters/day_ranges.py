"""Which days to ask a tester for that is asked by first and last day."""

from collections.abc import Callable
from datetime import date, timedelta


class DayRanges:
    """At first contact `first_days` back; then from yesterday, or from the day that was answered last. One day ahead,
    for the tester's clock may be fast. Without `today` (nobody told the day) there is nothing to ask."""

    def __init__(self, today: Callable[[], date] | None, first_days: int) -> None:
        self._today = today
        self._first_days = first_days
        self._asked: date | None = None
        self._answered: date | None = None

    def next(self) -> tuple[date, date] | None:
        if self._today is None:
            return None
        today = self._asked = self._today()
        back = timedelta(days=self._first_days)
        if self._answered is not None:
            back = min(max(today - self._answered, timedelta(0)) + timedelta(days=1), timedelta(days=366))
        return today - back, today + timedelta(days=1)

    def answered(self) -> None:
        """The answer to the latest range came in whole."""
        self._answered = self._asked
