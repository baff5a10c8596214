"""The district's day of a time. Pure: ingest counts by it, and the walk of the ledger counts again."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


class Days:
    """Days of one zone. Its offset never changes within a UTC quarter of an hour, so a day is looked up once for each:
    zoneinfo costs more than the rest of a row."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, date] = {}

    def day(self, at: datetime) -> date:
        """Return the day of `at`."""
        quarter = int(at.timestamp() // 900)
        found = self._known.get(quarter)
        if found is None:
            if len(self._known) > 10_000:
                self._known.clear()
            found = self._known[quarter] = at.astimezone(self._zone).date()
        return found
