"""The four requests that this host may send to a pesticide tester, and no other.

An erase command sits one byte from a read command on several testers, so every request is one that is documented byte
for byte, and only the model it is documented for is asked with it. The count request (type 12) is known by its type
alone: it is recognised in captures and never sent.
"""

import re
from datetime import date

from firmware_adapters.asking import Request, exactly
from firmware_adapters.pesticide.frames import LZ_BY_DAY, LZ_COUNT, PING, TL_READ, Frame, encode

LZ_PING = encode(PING, b"\0\0")
TL_LAST = encode(TL_READ, b"\xff\0\0\0")
TL_ALL = encode(TL_READ, b"\xff\xff\xff\xff")
REQUESTS = (
    exactly("ping (LZ-4000T)", LZ_PING),
    Request("a day (LZ-4000T)", re.compile(rb"(?s:\x7e\x10\x03\x00[\x00-\x63][\x01-\x0c][\x01-\x1f].\xaa)")),
    exactly("the last record (TL-310)", TL_LAST),
    exactly("all records (TL-310)", TL_ALL),
    Request("a day (TL-310)", re.compile(rb"(?s:\x7e\x15\x04\x00\xff[\x00-\x63][\x01-\x0c][\x01-\x1f].\xaa)")),
)


def can_ask(day: date) -> bool:
    """Return True when the year can be sent in two digits."""
    return 2000 <= day.year <= 2099


def lz_day(day: date) -> bytes:
    """Return the request for the records of one day. The year is two digits: 20yy."""
    return encode(LZ_BY_DAY, _yy_mm_dd(day))


def tl_day(day: date) -> bytes:
    return encode(TL_READ, b"\xff" + _yy_mm_dd(day))


def is_request(frame: Frame) -> bool:
    """Return True when the host said a frame of a capture: it has the exact form of a request."""
    match frame.kind, len(frame.payload):
        case (0x00, 2):
            return frame.payload == b"\0\0"
        case (int(kind), 3):
            return kind in (LZ_BY_DAY, LZ_COUNT)
        case (int(kind), 4):
            return kind == TL_READ and frame.payload[0] == 0xFF
        case _:
            return False


def _yy_mm_dd(day: date) -> bytes:
    if not can_ask(day):
        raise ValueError(f"the device knows the years 2000 to 2099 only, not {day.year}")
    return bytes((day.year - 2000, day.month, day.day))
