"""The days to ask for, of a tester that is asked by first and last day."""

from collections.abc import Callable
from datetime import date, timedelta


class DayRanges:
    """Ranges of days to ask for. At first contact `first_days` back; then from yesterday, or from the day before the
    one that was answered last. One day ahead. So a tester whose clock is up to a day off is read in every round: its
    own day lies in the range. Where our clock went back, the range is that of a first contact: the days since lie
    before the last answer. Without `today` (nobody told the day) there is nothing to ask."""

    def __init__(self, today: Callable[[], date] | None, first_days: int) -> None:
        self._today = today
        self._first_days = first_days
        self._asked: date | None = None
        self._answered: date | None = None

    def next(self) -> tuple[date, date] | None:
        if self._today is None:
            return None
        today = self._asked = self._today()
        back = timedelta(days=max(self._first_days, 1))
        if self._answered is not None and self._answered <= today:
            back = min(today - self._answered + timedelta(days=1), timedelta(days=366))
        return today - back, today + timedelta(days=1)

    def answered(self) -> None:
        """Note that the answer to the latest range came in whole."""
        self._answered = self._asked
