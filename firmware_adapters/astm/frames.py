"""The begin and end of frames: bytes -> tokens. No order, no time, no answers; those are `link`'s.

    STX FN text ETB|ETX C1 C2 [CR LF]       (LIS01-A2 6.3)

Strategy: outside a frame jump to the next byte that means something; inside, to the next byte that a text may not
contain and that ends a frame. The buffer is one open frame, bounded; nothing is looked at twice.

Rules
- The frame is closed by its second checksum digit: the bytes behind it (CR LF, CR CR, LF, none: all were seen) are
  eaten.
- Inside a frame STX, ENQ and EOT say that the rest of it will not come.
- The checksum is the sum from FN up to and with ETB or ETX, modulo 256, in two hex digits; lower case is taken too.
- The standard allows 247 characters (E1381) or 64,000 (LIS01-A2): the latter is the bound here.

Doubts: some devices send no frame number. A frame whose first byte is no digit has the number None and keeps that byte
in its text; whether that is borne is decided in `link`.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

STX, ETX, EOT, ENQ, ACK, NAK, ETB = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x17
MAX_FRAME = 64_000 + 7
NOISE_PIECE = 4096

_MEANS_SOMETHING = re.compile(rb"[\x02\x04\x05\x06\x15]")
_ENDS_TEXT = re.compile(rb"[\x02\x03\x04\x05\x17]")
_NOT_LINE_END = re.compile(rb"[^\r\n]")
_HEX = b"0123456789ABCDEFabcdef"


@dataclass(frozen=True, slots=True)
class Control:
    """ENQ, EOT, ACK or NAK between frames."""

    byte: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A closed frame. `raw` runs from STX to the second checksum digit; `number` is None where there is no digit."""

    offset: int
    raw: bytes
    is_sound: bool

    @property
    def number(self) -> int | None:
        return self.raw[1] - 0x30 if 0x30 <= self.raw[1] <= 0x39 else None

    @property
    def text(self) -> bytes:
        return self.raw[1 if self.number is None else 2 : -3]

    @property
    def is_last(self) -> bool:
        """Return True when ETX closed the frame, the end of a message's part, and not ETB."""
        return self.raw[-3] == ETX


@dataclass(frozen=True, slots=True)
class Broken:
    """A frame that began and was not closed as it should: `reason` is truncated, too_long or checksum (it has none)."""

    reason: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes outside frames that mean nothing."""

    offset: int
    data: bytes


Token = Control | Frame | Broken | Stray


class FrameScanner:
    """Scanner of frames. `feed` takes bytes and gives tokens; `close` gives up the open frame. Offsets count the bytes
    that were fed."""

    def __init__(self) -> None:
        self._offset = 0
        self._open = bytearray()
        self._digits: int | None = None
        self._eats_line_ends = False

    @property
    def is_in_frame(self) -> bool:
        return bool(self._open)

    def close(self) -> Broken | None:
        """Give up the open frame, if any, because its rest will not come."""
        if not self._open:
            return None
        return self._leave("truncated")

    def feed(self, data: bytes) -> Iterator[Token]:
        at = 0
        while at < len(data):
            if not self._open:
                at = yield from self._scan_outside(data, at)
            elif self._digits is None:
                at = yield from self._scan_text(data, at)
            else:
                at = yield from self._scan_checksum(data, at)

    def _scan_outside(self, data: bytes, at: int) -> Generator[Token, None, int]:
        if self._eats_line_ends:
            found = _NOT_LINE_END.search(data, at)
            end = found.start() if found else len(data)
            self._offset += end - at
            at = end
            if found is None:
                return at
            self._eats_line_ends = False
        found = _MEANS_SOMETHING.search(data, at)
        end = found.start() if found else len(data)
        for first in range(at, end, NOISE_PIECE):
            piece = data[first : min(first + NOISE_PIECE, end)]
            yield Stray(self._offset, piece)
            self._offset += len(piece)
        if found is None:
            return end
        self._offset += 1
        if data[end] == STX:
            self._open.append(STX)
        else:
            self._eats_line_ends = True
            yield Control(data[end])
        return end + 1

    def _scan_text(self, data: bytes, at: int) -> Generator[Token, None, int]:
        found = _ENDS_TEXT.search(data, at)
        end = found.start() if found else len(data)
        room = MAX_FRAME - 3 - len(self._open)
        if end - at > room:
            self._take(data[at : at + room])
            yield self._leave("too_long")
            return at + room
        self._take(data[at:end])
        if found is None:
            return end
        if data[end] not in (ETX, ETB):
            yield self._leave("truncated")
            return end
        self._take(data[end : end + 1])
        self._digits = 0
        return end + 1

    def _scan_checksum(self, data: bytes, at: int) -> Generator[Token, None, int]:
        byte = data[at]
        if byte in (STX, ENQ, EOT):
            yield self._leave("truncated")
            return at
        if byte in b"\r\n":
            yield self._leave("checksum")
            self._eats_line_ends = True
            return at
        self._take(data[at : at + 1])
        if self._digits == 0:
            self._digits = 1
        else:
            whole = self._leave("")
            self._eats_line_ends = True
            yield Frame(whole.offset, whole.data, _is_sound(whole.data))
        return at + 1

    def _take(self, data: bytes) -> None:
        self._open += data
        self._offset += len(data)

    def _leave(self, reason: str) -> Broken:
        broken = Broken(reason, self._offset - len(self._open), bytes(self._open))
        self._open.clear()
        self._digits = None
        return broken


def _is_sound(raw: bytes) -> bool:
    digits = raw[-2:]
    return digits[0] in _HEX and digits[1] in _HEX and sum(raw[1:-2]) & 0xFF == int(digits, 16)
