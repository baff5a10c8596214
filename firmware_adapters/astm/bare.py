"""Messages without frames: files of records, and senders that leave the link layer out. Bytes outside frames in,
messages and noise out.

    H|\\^&|...    P|1    O|1|...    R|1|...    L|1|N        each ended by CR, LF or both

Nothing vouches for such text but its shape, so that it is believed only whole: from a header that declares its
delimiters to a terminator. A message without its terminator is rejected (`truncated`). A digit before the header, any
control character within, or ETX or ETB behind it says that the text is the rest of a frame: noise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_adapters.contract import FrameRejected, Noise

LONGEST = 256 * 1024
_LONGEST_START = 6
_MARK = rb"[!-/:-@\[-`{-~]"
_HEADER = re.compile(rb"(?<![0-9A-Za-z])H(" + _MARK + rb")" + _MARK + rb"{1,4}\1")
_MAY_BEGIN = re.compile(rb"H" + _MARK + rb"{0,5}\Z")
_LINE_END = re.compile(rb"[\r\n]+(?=[^\r\n])")
_OPEN_END = re.compile(rb"[\r\n]+\Z")
_WRECK = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class BareMessage:
    """Text from the H of a header to the line end of its L."""

    offset: int
    data: bytes

    @property
    def records(self) -> Iterator[tuple[int, bytes]]:
        """Yield each record with its offset, without its line end."""
        return ((self.offset + found.start(), found[0]) for found in re.finditer(rb"[^\r\n]+", self.data))


class BareReader:
    """Reader of bare messages. Give `feed` the bytes between frames, in order; call `close` where a frame or a control
    character follows, or nothing."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        self._is_open = False
        self._may_start = True
        self._line = 0
        self._searched = 0

    @property
    def is_open(self) -> bool:
        """Return True from a header on until its terminator."""
        return self._is_open

    def feed(self, data: bytes, offset: int) -> Iterator[BareMessage | FrameRejected | Noise]:
        if not self._buffer:
            self._offset = offset
        self._buffer += data
        while self._buffer:
            if not self._is_open:
                yield from self._open()
            if not self._is_open:
                return
            found = self._read_lines()
            if found is None:
                return
            yield found

    def close(self) -> Iterator[BareMessage | FrameRejected | Noise]:
        if self._is_open:
            last = bytes(self._buffer[self._line :]).rstrip(b"\r\n")
            offset, data = self._offset, self._cut(len(self._buffer))
            yield BareMessage(offset, data) if _ends(last, data) else FrameRejected("truncated", offset, data)
        elif self._buffer:
            yield Noise(self._offset, self._cut(len(self._buffer)))
        self._may_start = True

    def _open(self) -> Iterator[Noise]:
        """Look for a header; the bytes before it are noise."""
        start = next((header for header in _HEADER.finditer(self._buffer) if header.start() or self._may_start), None)
        kept = start or _MAY_BEGIN.search(self._buffer, max(0, len(self._buffer) - _LONGEST_START))
        before = kept.start() if kept else len(self._buffer)
        if before:
            yield Noise(self._offset, self._cut(before))
        self._is_open = start is not None

    def _read_lines(self) -> BareMessage | FrameRejected | Noise | None:
        """Go on to the terminator; None when more is needed."""
        while True:
            end = _LINE_END.search(self._buffer, self._searched)
            wreck = _WRECK.search(self._buffer, self._searched, end.end() + 1 if end else len(self._buffer))
            if wreck is not None:
                return Noise(self._offset, self._cut(wreck.end()))
            if (end.start() if end else len(self._buffer)) > LONGEST:
                return FrameRejected("too_long", self._offset, self._cut(LONGEST))
            if end is None:
                open_end = _OPEN_END.search(self._buffer, self._searched)
                self._searched = open_end.start() if open_end else len(self._buffer)
                return None
            line = bytes(self._buffer[self._line : end.start()])
            self._line = self._searched = end.end()
            if _ends(line, self._buffer):
                return BareMessage(self._offset, self._cut(end.end()))

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._offset += size
        self._is_open = False
        self._may_start = not cut[-1:].isalnum()
        self._line = self._searched = 0
        return cut


def _ends(line: bytes, message: bytes | bytearray) -> bool:
    return line == b"L" or line.startswith(b"L" + message[1:2])
