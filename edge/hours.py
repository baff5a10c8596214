"""Opening hours, of a preparation area or of an analyzer: `"Mon-Fri 06:00-14:00"`, several; none: always open."""

import re
from dataclasses import dataclass
from datetime import datetime, time

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PATTERN = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))? )?(\d\d):(\d\d)-(\d\d):(\d\d)", re.IGNORECASE)
_DAY_MINUTES = 24 * 60


class HoursError(ValueError):
    """The text is not a line of opening hours."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One line of opening hours. Minutes since midnight; `until` at or before `since` is on the next day."""

    days: frozenset[int]
    since: int
    until: int

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Parse one line. Raises HoursError."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise HoursError(f"{text!r}: write it as in 'Mon-Fri 06:00-14:00' or '22:00-05:00'")
        first, last, *clock = match.groups()
        since, until = (_minutes(clock[at], clock[at + 1], text) for at in (0, 2))
        if since == until:
            raise HoursError(f"{text!r}: begins when it ends; 00:00-24:00 is the whole day")
        return cls(_days(first, last, text), since, until)

    def has(self, local: datetime) -> bool:
        """Tell whether `local`, a local time, lies within."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.since < self.until:
            return day in self.days and self.since <= minute < self.until
        # Over midnight: the evening belongs to its own day, the morning to the day before.
        is_evening = day in self.days and minute >= self.since
        return is_evening or ((day - 1) % 7 in self.days and minute < self.until)


def are_hours(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return `lines` when each is one of opening hours. Raises HoursError."""
    for line in lines:
        Hours.parse(line)
    return lines


def is_open(hours: tuple[Hours, ...], local: datetime) -> bool:
    return not hours or any(line.has(local) for line in hours)


def _minutes(hour: str, minute: str, text: str) -> int:
    if (hour, minute) == ("24", "00"):
        return _DAY_MINUTES
    try:
        at = time(int(hour), int(minute))
    except ValueError as exc:
        raise HoursError(f"{text!r}: {hour}:{minute} is no time of day") from exc
    return at.hour * 60 + at.minute


def _days(first: str | None, last: str | None, text: str) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    try:
        begin = _DAYS.index(first.lower())
        end = _DAYS.index(last.lower()) if last else begin
    except ValueError as exc:
        raise HoursError(f"{text!r}: days are {', '.join(day.title() for day in _DAYS)}") from exc
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))
