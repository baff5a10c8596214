"""The month whose report is due by mail. Pure."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class DueMonth(NamedTuple):
    """Month whose report is due: its first day, and the day after its last. `moment`: since when it is due."""

    first: date
    until: date
    moment: datetime


def due_month(now: datetime, zone: ZoneInfo, day: int, hour: int) -> DueMonth:
    """Return the last month whose report is due by now: `day` and `hour` of the month after it have come. Older ones
    are due no more, however late it is."""
    moment = _moment(now.astimezone(zone).date(), zone, day, hour)
    if now < moment:
        moment = _moment(moment.date().replace(day=1) - timedelta(days=1), zone, day, hour)
    until = moment.date().replace(day=1)
    return DueMonth((until - timedelta(days=1)).replace(day=1), until, moment)


def _moment(on: date, zone: ZoneInfo, day: int, hour: int) -> datetime:
    return datetime.combine(on.replace(day=day), time(hour), zone)
