"""The numbers of samples: YYMMDD-NNN, never given twice by one station.

The last number of each day stands in the spool's database. A day that comes again (a clock that was set back) goes on
where it was. A spool that was made anew, or that is an older copy of itself, has forgotten numbers: from then on a
letter stands before the number, another one each time."""

from datetime import date
from pathlib import Path

from edge.spool.file import Connection
from edge.spool.leftovers import files_aside

_NEXT = """
INSERT INTO sample_number (day, last) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last
"""
# Files put aside may be deleted later; that there were so many is not forgotten.
_ASIDE = """
INSERT INTO sample_number (day, last) VALUES ('aside', ?)
ON CONFLICT (day) DO UPDATE SET last = max(last, excluded.last) RETURNING last
"""
_EARLIER = "SELECT count(*) FROM earlier_stream"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def next_number(connection: Connection, day: date, folder: Path) -> str:
    """Return the next number of the day, inside a transaction of the spool."""
    (last,) = connection.execute(_NEXT, (day.isoformat(),)).fetchone()
    (earlier,) = connection.execute(_EARLIER).fetchone()
    (aside,) = connection.execute(_ASIDE, (len(files_aside(folder)),)).fetchone()
    return f"{day:%y%m%d}-{_series(earlier + aside)}{last:03d}"


def plain(number: str) -> str:
    """Return the number as an analyzer's keys may write it: without a hyphen, in capitals."""
    return number.replace("-", "").replace(" ", "").upper()


def _series(number: int) -> str:
    text = ""
    while number > 0:
        number, place = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[place] + text
    return text
