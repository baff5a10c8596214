"""The hours in which somebody wants to be told, by the district's clock and calendar. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from server.working_days import WorkingDays

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workday", "day_off"]
_WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The longest holidays have nine days.
_FAR_DAYS = 40
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["08:00"])]


class Window(BaseModel):
    """Hours of some days: `from` <= time < `to`. Without days: every day. Up to the next day where `to` is not after
    `from`; `24:00` is the end of the day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)

    days: Annotated[list[Day], Field(max_length=9)] = []
    begin: Annotated[Clock, Field(alias="from")] = "00:00"
    end: Annotated[Clock, Field(alias="to")] = "24:00"

    def spans(self, day: date, calendar: WorkingDays) -> tuple[datetime, datetime] | None:
        """Return the hours that begin on this day, without a zone; None: none do."""
        if self.days and not is_on(self.days, day, calendar):
            return None
        begin, end = _at(day, self.begin), _at(day, self.end)
        return begin, end if end > begin else end + timedelta(days=1)


def is_on(days: Sequence[Day], day: date, calendar: WorkingDays) -> bool:
    """Return True when one of `days` is this day."""
    kind: Day = "workday" if calendar.is_workday(day) else "day_off"
    return kind in days or _WEEK[day.weekday()] in days


def next_opening(windows: Sequence[Window], now: datetime, zone: ZoneInfo, calendar: WorkingDays) -> datetime | None:
    """Return the time from which on it is within the windows: `now` itself, or the next beginning. None: not within
    forty days."""
    if not windows:
        return now
    here = now.astimezone(zone).replace(tzinfo=None)
    later: list[datetime] = []
    for offset in range(-1, _FAR_DAYS):
        day = here.date() + timedelta(days=offset)
        for span in filter(None, (window.spans(day, calendar) for window in windows)):
            if span[0] <= here < span[1]:
                return now
            if span[0] > here:
                later.append(span[0])
        if later:
            return min(later).replace(tzinfo=zone).astimezone(now.tzinfo)
    return None


def _at(day: date, clock: str) -> datetime:
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, time.fromisoformat(clock))
