"""The beginning and end of a line: bytes -> lines. Their content is read by `interpreter`.

Rules
- With "any", CR, LF, CR LF and LF CR end a line. Blank lines and the second half of an end make no output.
- Control characters before a line are noise: NUL from a plugged cable, an XON, a bell. Within a line they stay in it,
  and no pattern will match.
- A line that does not end within `max_length` is rejected (`too_long`), and the bytes behind it up to its end are
  noise.
- With "scan" an ETX ends a line as well, and an STX before a line belongs to it. A 1D at the head is text: it is the
  FNC1 of a code.
- With "gap" only `end_line` ends a line. A partial line is never dropped for being slow: it waits for its end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_adapters.contract import FrameRejected, Noise

ANY, GAP, SCAN = "any", "gap", "scan"
STX = b"\x02"
_BEFORE_A_LINE = rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_PARTS_OF_A_SCAN = rb"[\x02\x03\x1d]"
_OTHER_HALVES = {0x0D: b"\n", 0x0A: b"\r", 0x03: b""}


@dataclass(frozen=True, slots=True)
class Line:
    """Line as it came. `data` is with its head and its end, `raw` without."""

    offset: int
    data: bytes
    end_size: int
    head_size: int = 0

    @property
    def raw(self) -> bytes:
        return self.data[self.head_size : len(self.data) - self.end_size]


Found = Line | FrameRejected | Noise


def _end_of(delimiter: str) -> bytes:
    return {ANY: rb"[\r\n]", SCAN: rb"[\r\n\x03]"}.get(delimiter, b"")


class LineFramer:
    def __init__(self, delimiter: str, max_length: int, charset: str) -> None:
        self._is_any = delimiter in (ANY, SCAN)
        self._is_scan = delimiter == SCAN
        mark = delimiter.encode(charset)
        self._mark_size = 1 if self._is_any else len(mark)
        self._end = None if delimiter == GAP else re.compile(_end_of(delimiter) or re.escape(mark))
        kept = _PARTS_OF_A_SCAN if self._is_scan else re.escape(mark[:1])
        self._junk = re.compile(rb"(?:(?!" + kept + rb")" + _BEFORE_A_LINE + rb")+")
        self._longest = max_length
        self._buffer = bytearray()
        self._offset = 0
        self._other_half = b""
        self._is_too_long = False

    @property
    def is_holding(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Found]:
        self._buffer += data
        while self._buffer:
            if self._other_half:
                self._skip_other_half()
            elif self._is_too_long:
                rest = self._skip_rest()
                if rest is None:
                    return
                yield rest
            elif junk := self._junk.match(self._buffer):
                yield Noise(self._offset, self._cut(junk.end()))
            elif found := self._line():
                yield found
            else:
                return

    def end_line(self) -> Iterator[Line]:
        """End a line by silence, where silence ends one: the held bytes are a line."""
        if self._end is None:
            self._is_too_long = False
        if self._end is None and self._buffer:
            offset = self._offset
            yield Line(offset, self._cut(len(self._buffer)), 0)

    def give_up(self, reason: str) -> Iterator[Found]:
        """Give up: no more bytes will come."""
        yield from self.end_line()
        if self._buffer:
            offset, rest = self._offset, self._cut(len(self._buffer))
            yield Noise(offset, rest) if self._is_too_long else FrameRejected(reason, offset, rest)
        self._is_too_long = False

    def _line(self) -> Line | FrameRejected | None:
        limit = self._longest + self._mark_size
        found = self._end.search(self._buffer, 0, limit) if self._end else None
        if found is None:
            if len(self._buffer) < limit:
                return None
            self._is_too_long = True
            return FrameRejected("too_long", self._offset, self._cut(self._longest))
        offset, data = self._offset, self._cut(found.end())
        self._other_half = _OTHER_HALVES[data[-1]] if self._is_any else b""
        head = len(data) - len(data.lstrip(STX)) if self._is_scan else 0
        return Line(offset, data, self._mark_size, head)

    def _skip_other_half(self) -> None:
        half, self._other_half = self._other_half, b""
        if self._buffer.startswith(half):
            self._cut(1)

    def _skip_rest(self) -> Noise | None:
        """Drop the rest of a line that was too long, with its end."""
        found = self._end.search(self._buffer) if self._end else None
        self._is_too_long = not found
        size = found.end() if found else len(self._buffer) - (self._mark_size - 1)
        if size <= 0:
            return None
        offset = self._offset
        return Noise(offset, self._cut(size))

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._offset += size
        return cut
