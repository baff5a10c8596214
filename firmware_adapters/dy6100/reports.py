"""Reports of the DY-6100: 64 bytes each, a frame and zeros behind it.

    host     FF 08 30 .. sum FE          the first records; 31: the next
    tester   FF length 30 . records sum FE, three records of 18 bytes from place 4

Rules
- The length counts the whole frame, as 08 does in the request. The sum is modulo 256.
- A report passed its check when the end mark stands where the length says and the sum before it is right. It is not
  documented what the length of an answer counts, so a right sum and end mark anywhere behind the three records will do.
- **Where the sum begins** (head, length or command) is not documented either. Without `sum_from` in the profile the
  first good report decides, until one is rejected: up to then a change of a byte by the value of the head or of the
  length passes unseen.
- The zeros behind a frame, to the end of its 64 bytes, are padding.
- Short frames are requests, or answers without records: they hold nothing to read.
- FF is the head, and erased memory is full of it; FE and FF occur in data. Found by length and sum alone.

A doubt about our requests: the three bytes behind the command are zeros here, and without `sum_from` the sum begins
behind the head, as in the sister module for colloidal gold.

On hidraw a report is written with the number of the report before it (0 where the tester has only one kind): that is
the link's business, as opening the device is.
"""

import re

from firmware_adapters.asking import Request
from firmware_adapters.checksums import sum8
from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Whole

HEAD, END = 0xFF, 0xFE
FIRST, NEXT = 0x30, 0x31
REPORT, RECORDS_AT, RECORD, RECORDS = 64, 4, 18, 3
_SHORTEST = 8
SUM_FROM = (1, 0, 2)
_FULL = RECORDS_AT + RECORD * RECORDS + 2
_HEAD = re.compile(rb"\xff(?:[\x08-\x40]|\Z)")

REQUESTS = (Request("records", re.compile(rb"(?s:\xff\x08[\x30\x31]\x00{3}.\xfe\x00{56})")),)


def request(command: int, sum_from: int) -> bytes:
    """Return a whole report with a request. `sum_from` is the first byte that is summed."""
    body = bytes((HEAD, _SHORTEST, command, 0, 0, 0))
    return (body + bytes((sum8(body[sum_from:]), END))).ljust(REPORT, b"\0")


class ReportGrammar:
    """Grammar of reports; the rules stand in the module's text."""

    def __init__(self, sum_from: int | None) -> None:
        self._fixed = sum_from
        self._sum_from = sum_from
        self._padding = range(0)  # the next byte of it, and its end

    def skip(self, buffer: bytearray, offset: int, /) -> int:
        if buffer[0] == 0 and self._padding and offset == self._padding[0]:
            return 0
        found = _HEAD.search(buffer)
        return found.start() if found else len(buffer)

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if buffer[0] == 0:
            run = len(buffer) - len(buffer.lstrip(b"\0"))
            return Mark(min(run, len(self._padding)), "padding")
        if len(buffer) < 3:
            return More(is_ours=False)
        return self._judge_frame(buffer, buffer[1]) if buffer[2] in (FIRST, NEXT) else FOREIGN

    def _judge_frame(self, buffer: bytearray, length: int) -> Judgement:
        if len(buffer) < length:
            return More(size=length)
        if self._is_end(buffer, length):
            return Whole(length, "report") if length >= _FULL else Mark(length, "short")
        for size in range(_FULL, REPORT + 1) if length > _SHORTEST else ():
            if len(buffer) < size:
                return More(size=REPORT)
            if self._is_end(buffer, size):
                return Whole(size, "report")
        return Broken("checksum", length)

    def _is_end(self, buffer: bytearray, size: int) -> bool:
        return buffer[size - 1] == END and _sum_of(buffer, size, self._sum_from) is not None

    def took(self, frame: Found) -> None:
        if frame.kind == "report":
            self._sum_from = _sum_of(frame.data, len(frame.data), self._sum_from)
        end = self._padding.stop if frame.kind == "padding" else frame.offset + REPORT
        self._padding = range(frame.offset + len(frame.data), end)

    def lost(self, end: int) -> None:  # noqa: ARG002
        self._sum_from = self._fixed
        self._padding = range(0)

    def gave_up(self, offset: int) -> None:  # noqa: ARG002
        self._padding = range(0)


def _sum_of(frame: bytearray | bytes, size: int, sum_from: int | None) -> int | None:
    """Return the place where the sum of a frame of `size` bytes begins, if the sum is right: `sum_from`, or any place
    if that is None."""
    places = SUM_FROM if sum_from is None else (sum_from,)
    return next((place for place in places if sum8(frame[place : size - 2]) == frame[size - 2]), None)
