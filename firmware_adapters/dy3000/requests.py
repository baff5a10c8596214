"""The requests that this host may send to a tester of the DY-3000 family: identity, items, records, and the records of
some days. Each is a documented read; the commands between them (44, 46 ...) are not documented and are not in this
code."""

import re
from datetime import date, datetime, time

from firmware_adapters.asking import Request
from firmware_adapters.clocks import dos_stamp
from firmware_adapters.dy3000.frames import IDENTITY, ITEMS, RANGES, RECORDS, encode

_NOTHING = bytes(5)
_FIRST = b"\0\1\0\0\0"

REQUESTS = (
    Request("identity", re.compile(re.escape(encode(IDENTITY, _NOTHING)))),
    Request("items", re.compile(b"|".join(re.escape(encode(command, _NOTHING)) for command in ITEMS))),
    Request("records", re.compile(b"|".join(re.escape(encode(command, _FIRST)) for command in RECORDS))),
    Request("days", re.compile(rb"(?s:\x03\xff[\x43\x63\x73]\x00{5}\x08\x00.{10})")),
)


def identity() -> bytes:
    return encode(IDENTITY, _NOTHING)


def items(series: int) -> bytes:
    """Return the request for the items; `series` is 0 for the DY-3000, 1 for the DY-6600, 2 for the DY-7200."""
    return encode(ITEMS[series], _NOTHING)


def records(series: int) -> bytes:
    """Return the request for the records, as documented: 03 FF 45 00 01 00 00 00 00 00 B8 00."""
    return encode(RECORDS[series], _FIRST)


def days(series: int, first: date, last: date) -> bytes:
    """Return the request for records from the first moment of `first` to the last of `last`, as two 32-bit times."""
    stamps = (dos_stamp(datetime.combine(first, time.min)), dos_stamp(datetime.combine(last, time(23, 59, 58))))
    return encode(RANGES[series], _NOTHING, b"".join(stamp.to_bytes(4, "little") for stamp in stamps))
