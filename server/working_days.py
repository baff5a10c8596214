"""Working days and days off, as the State Council arranges them: a Saturday may be a working day, a Tuesday a day off.

The arrangement of a year is published in the November before. `chinesecalendar` has the years that its release knows;
for others Monday to Friday count as working days. Dates of the settings go before both.
"""

from collections.abc import Collection
from datetime import date

import chinese_calendar

_SATURDAY = 5


class WorkingDays:
    """Calendar of working days. `holidays` and `workdays`: dates that the district names itself."""

    def __init__(self, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> None:
        self._named = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)

    def is_workday(self, day: date) -> bool:
        """Return True for a day on which offices work."""
        if day in self._named:
            return self._named[day]
        return bool(chinese_calendar.is_workday(day)) if _knows(day) else day.weekday() < _SATURDAY

    def is_known(self, day: date) -> bool:
        """Return True when the arrangement of that year is known, not guessed from the day of the week."""
        return day in self._named or _knows(day)


def _knows(day: date) -> bool:
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True
