"""Quiet hours: until when an alert that is not critical is not told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from storage.rules.rule import Quiet


def quiet_until(quiet: Quiet, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the end of the quiet hours that `now` lies in; None: it lies in none."""
    since, until = quiet.times
    here = now.astimezone(zone)
    clock = here.time().replace(tzinfo=None)
    is_over_midnight = since > until
    is_in = clock >= since or clock < until if is_over_midnight else since <= clock < until
    if not is_in:
        return None
    day = here.date() + timedelta(days=1 if is_over_midnight and clock >= since else 0)
    return datetime.combine(day, until, zone)
