# ruff: noqa: DTZ001 - the clocks of devices have no zone
"""Times as testers write them. Every reader keeps how the device wrote it, and gives the moment that it most likely is.

An impossible moment is None with the flag `bad_time`; it is never replaced by the clock of this computer. Years of two
digits are 2000 to 2099.

Six bytes are binary or BCD. Where the facts do not say which, `Coding.AUTO` decides by the bytes alone, so a record
that is read again is read in the same way:
- only one coding gives a moment: that one;
- the binary year is 2032 or later, the BCD year is in the 2020s (0x20 .. 0x29): BCD;
- both are possible and differ (years 2010 to 2025 only): binary, with the flag `ambiguous_clock`.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wire.terms import TimeSource

_FAR_YEAR = 32
_WRITTEN = re.compile(
    r"(?P<year>\d{4}|\d{2})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})[:：时](?P<minute>\d{1,2})(?:[:：分](?P<second>\d{1,2})秒?|分)?)?(?:\.\d+)?"
)
_DIGITS = re.compile(
    r"(?P<year>\d{2}(?:\d{2})?)(?P<month>\d{2})(?P<day>\d{2})(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?"
)


class Coding(StrEnum):
    """Coding of two decimal digits in a byte."""

    BINARY = "binary"
    BCD = "bcd"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the device. `text` is as the device wrote it, `at` its likeliest meaning. `parts` counts the given ones
    of year, month, day, hour, minute, second."""

    at: datetime | None
    text: str
    flags: tuple[str, ...] = ()
    parts: int = field(default=6, compare=False)

    def source(self, *, is_kept: bool) -> TimeSource:
        """Return how far the time names a test, if it is the test's own. A time to the minute is shared by the tests of
        a minute: it names one only where the tester keeps them (`is_kept`), for there equal ones are counted."""
        if not self.text:
            return TimeSource.NONE
        return TimeSource.TEST if self.parts > 5 or (is_kept and self.parts == 5) else TimeSource.DAY


def is_reset(at: datetime) -> bool:
    """Return True when a clock that lost its power would say this: such clocks begin in 1970, 1980 or 2000, and no
    tester here is that old."""
    return at.year <= 2000


def bcd_number(data: bytes | bytearray) -> int | None:
    """Read decimal digits, the most significant first; None where a digit is none."""
    text = data.hex()
    return int(text) if text.isdecimal() else None


def fields_of(*numbers: int) -> Moment:
    """Return the time of year (from 2000), month, day, hour, minute, second, or of the first three to five of them."""
    year, month, day, hour, minute, second = (*numbers, 0, 0, 0)[:6]
    text = f"{year:02d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    at = _moment(*numbers)
    return Moment(at, text, () if at else ("bad_time",), min(len(numbers), 6))


def six_bytes(data: bytes | bytearray, coding: Coding = Coding.BINARY) -> Moment:
    """Read yy MM dd HH mm ss, or their first three or five."""
    binary = tuple(data)
    digits = data.hex()
    as_bcd = tuple(int(digits[place : place + 2]) for place in range(0, len(digits), 2)) if digits.isdecimal() else None
    if coding is Coding.BCD:
        return fields_of(*as_bcd) if as_bcd else Moment(None, data.hex(" "), ("bad_time",))
    if coding is Coding.BINARY or as_bcd is None or as_bcd == binary or _moment(*as_bcd) is None:
        return fields_of(*binary)
    if _moment(*binary) is None or (binary[0] >= _FAR_YEAR and 20 <= as_bcd[0] <= 29):
        return fields_of(*as_bcd)
    moment = fields_of(*binary)
    return Moment(moment.at, moment.text, ("ambiguous_clock",), moment.parts)


def dos_time(stamp: int) -> Moment:
    """Read 32 bits as in a FAT directory, but the year counts from 2000: yy<<25 MM<<21 dd<<16 HH<<11 mm<<5 ss/2."""
    day, clock = stamp >> 16, stamp & 0xFFFF
    return fields_of(day >> 9, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2)


def dos_stamp(at: datetime) -> int:
    """Encode a time as those 32 bits. Raises ValueError for years that they cannot carry."""
    if not 2000 <= at.year <= 2127:
        raise ValueError(f"the device knows the years 2000 to 2127 only, not {at.year}")
    day = (at.year - 2000) << 9 | at.month << 5 | at.day
    return day << 16 | at.hour << 11 | at.minute << 5 | at.second // 2


def written(text: str) -> Moment:
    """Read a time in words and digits: 2012-01-31 9:05:00, 12/1/31, 2012年1月31日 9:05, 120131, 20120131090500."""
    text = text.strip()
    found = _WRITTEN.fullmatch(text) or _DIGITS.fullmatch(text)
    if not found:
        return Moment(None, text, ("bad_time",) if text else ())
    parts = sum(part is not None for part in found.groups())
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    at = _moment(year % 100 if len(found["year"]) == 2 else year - 2000, month, day, hour, minute, second)
    return Moment(at, text, () if at else ("bad_time",), parts)


def is_written(text: str) -> bool:
    """Return True when the text has the form of a day or time with marks between its numbers, even of an impossible
    one."""
    return _WRITTEN.fullmatch(text.strip()) is not None


def _moment(year: int, month: int, day: int, *clock: int) -> datetime | None:
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    if not 0 <= year <= 127:
        return None
    try:
        return datetime(2000 + year, month, day, hour, minute, second)
    except ValueError:
        return None
