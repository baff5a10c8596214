"""The month whose report is due by mail."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from server.records.reports.months import due_month

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 4, 3, 8, tzinfo=ZONE), date(2026, 3, 1)),
        (datetime(2026, 4, 30, 23, tzinfo=ZONE), date(2026, 3, 1)),
        # Late, and yet before the next one: the last that was due, and none before it.
        (datetime(2026, 5, 3, 7, 59, tzinfo=ZONE), date(2026, 3, 1)),
        (datetime(2026, 1, 2, 12, tzinfo=ZONE), date(2025, 11, 1)),
        (datetime(2026, 1, 3, 9, tzinfo=ZONE), date(2025, 12, 1)),
        # In the district the hour has come, while it is still night in UTC.
        (datetime(2026, 3, 3, 0, 0, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 3, 2, 23, 59, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_the_last_month_whose_moment_has_come_is_due(now: datetime, first: date) -> None:
    month = due_month(now, ZONE, 3, 8)
    assert month.first == first
    assert month.until.day == 1
    assert 28 <= (month.until - month.first).days <= 31
    assert month.moment <= now
    assert (month.moment.day, month.moment.hour) == (3, 8)
    assert month.moment.date().replace(day=1) == month.until
