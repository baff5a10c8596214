"""Modbus RTU frames (MODBUS over Serial Line V1.02, Application Protocol V1.1b3): bytes in; frames and noise out.

    slave  function  data  CRC-16 (polynomial A001 reflected, initial FFFF), low byte first

Strategy. The standard separates frames by silence; a USB adapter batches bytes, so silence means nothing here. A frame
is found by its length, which follows from the function and a byte count, and by its CRC. Nothing marks the beginning of
a frame: what does not check out is dropped one byte at a time and the search goes on, so that a leading or trailing 00,
half an echo or a burst of noise costs nothing behind it.

    function          a request has                              a reply has
    1, 2              8 bytes, 1 to 2000 bits                    5 + count
    3, 4              8 bytes, 1 to 125 registers                5 + count (even)
    5, 6, 8, 22       8 bytes; 22: 10                            the same bytes (8: diagnostics, mostly)
    15, 16            9 + count, which the quantity must give    8
    23                13 + count                                 5 + count (even)
    7, 11             4 bytes                                    5; 8
    12, 17            4 bytes                                    5 + count
    20, 21            5 + count                                  5 + count
    24                6 bytes                                    6 + count (of two bytes)
    43                7 bytes (14: who are you)                  what its objects say
    function | 80     -                                          5: an exception and its code

A broadcast (slave 0) is a request to write, and has no reply.

The shortest form whose CRC is right is the frame, except where the other is just one byte longer (`_is_likely`). A
wrong frame is found by chance once in about a million random bytes; a decoder that polls narrows the search to the
lengths that its own requests can have as answers.

What was dropped is `Noise`, except where the answer to the request before it began: that is a frame with a bad
`checksum` (or one that was `truncated`), and its range ends at the next good frame or at its own length.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from firmware_adapters.contract import FrameRejected, Noise

LONGEST = 256
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge, come back later",
    6: "busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}
READS = (1, 2, 3, 4)
_SILENCE = b"\x00\xff"
_SINGLE_WRITES = (5, 6, 8)  # 8 writes nothing, and looks like them
_MULTIPLE_WRITES = (15, 16)
_BARE = {7: 5, 11: 8}
_REPORTS = (12, 17)
_FILES = (20, 21)
_ANY_SIZE = (*_REPORTS, *_FILES, 24, 43)
_BROADCAST = 0
_MAY_BEGIN = re.compile(
    rb"[\x01-\xf7][\x01-\x08\x0b\x0c\x0f-\x11\x14-\x18\x2b\x81-\x88\x8b\x8c\x8f-\x91\x94-\x98\xab]"
    rb"|\x00[\x05\x06\x0f\x10]|[\x00-\xf7]\Z",
    re.DOTALL,
)


def _after_byte(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


_BYTE = tuple(map(_after_byte, range(256)))


@cache
def _words() -> tuple[int, ...]:
    """The register after 16 bits, for each of its values: bytes are summed in pairs, which is twice as fast."""
    once = (crc >> 8 ^ _BYTE[crc & 0xFF] for crc in range(0x10000))
    return tuple(crc >> 8 ^ _BYTE[crc & 0xFF] for crc in once)


def crc16(data: bytes | bytearray | memoryview) -> int:
    table = _words()
    odd = len(data) & 1
    crc = 0xFFFF >> 8 ^ _BYTE[0xFF ^ data[0]] if odd else 0xFFFF
    for word in struct.unpack_from(f"<{len(data) // 2}H", data, odd):
        crc = table[crc ^ word]
    return crc


def with_crc(body: bytes) -> bytes:
    return body + crc16(body).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose CRC is right. Writes of one value and three bytes of bits look the same in both directions."""

    offset: int
    data: bytes
    can_be_request: bool
    can_be_reply: bool

    @property
    def slave(self) -> int:
        return self.data[0]

    @property
    def function(self) -> int:
        """Without the bit that makes it an exception."""
        return self.data[1] & 0x7F

    @property
    def exception(self) -> int | None:
        return self.data[2] if self.data[1] & 0x80 else None

    @property
    def address(self) -> int:
        """Of a request: the first register or bit, counted from 0."""
        return int.from_bytes(self.data[2:4], "big")

    @property
    def quantity(self) -> int:
        """Of a request."""
        return int.from_bytes(self.data[4:6], "big")

    @property
    def payload(self) -> bytes:
        """Of a reply that carries values."""
        return self.data[3:-2]

    def is_answered_by(self, reply: "Frame") -> bool:
        """By slave, function and size; never by an exception."""
        if not reply.can_be_reply or (reply.slave, reply.data[1]) != (self.slave, self.data[1]):
            return False
        if self.function in (*_SINGLE_WRITES, *_MULTIPLE_WRITES):
            return reply.data[2:6] == self.data[2:6]
        if self.function == 22:
            return reply.data == self.data
        return self.function in _ANY_SIZE or len(reply.data) == self.answer_size

    @property
    def answer_size(self) -> int:
        """Bytes of the answer to this request; 0 where only the answer knows."""
        function = self.function
        if function in (1, 2):
            return 5 + (self.quantity + 7) // 8
        if function in _ANY_SIZE:
            return 0
        fixed = {**dict.fromkeys((*_SINGLE_WRITES, *_MULTIPLE_WRITES), 8), 22: 10, **_BARE}
        return fixed.get(function) or 5 + 2 * self.quantity

    @property
    def answer_head(self) -> bytes:
        """How the answer to this request begins, as far as can be told."""
        if self.function in (*_SINGLE_WRITES, *_MULTIPLE_WRITES, 22):
            return self.data[:6]
        if self.function in _BARE or self.function in _ANY_SIZE:
            return self.data[:2]
        return self.data[:2] + bytes(((self.answer_size - 5) & 0xFF,))


Size = Callable[[bytearray], int | None]


def _always(size: int) -> Size:
    return lambda _: size


def _counted(buffer: bytearray) -> int | None:
    """Function, count, and so many bytes."""
    if len(buffer) < 3:
        return None
    return 5 + buffer[2] if 1 <= buffer[2] <= 250 else 0


def _fifo(buffer: bytearray) -> int | None:
    """Up to 31 registers behind a count of bytes and one of registers."""
    if len(buffer) < 6:
        return None
    count, registers = int.from_bytes(buffer[2:4], "big"), int.from_bytes(buffer[4:6], "big")
    return 6 + count if count == 2 + 2 * registers and registers <= 31 else 0


def _identity(buffer: bytearray) -> int | None:
    """Function 43, 14: seven bytes, then objects with a number and a length each."""
    if len(buffer) < 8:
        return None if len(buffer) < 3 or buffer[2] == _IDENTITY else 0
    at = 8
    for _ in range(buffer[7]):
        if len(buffer) < at + 2:
            return None
        at += 2 + buffer[at + 1]
    return at + 2 if buffer[2] == _IDENTITY and at + 2 <= LONGEST else 0


def _asks_identity(buffer: bytearray) -> int | None:
    return None if len(buffer) < 3 else 7 if buffer[2] == _IDENTITY else 0


_IDENTITY = 14
_OTHER_REQUESTS: dict[int, Size] = {
    **dict.fromkeys(_SINGLE_WRITES, _always(8)),
    **dict.fromkeys((*_BARE, *_REPORTS), _always(4)),
    **dict.fromkeys(_FILES, _counted),
    22: _always(10),
    24: _always(6),
    43: _asks_identity,
}
_OTHER_REPLIES: dict[int, Size] = {
    **dict.fromkeys((*_SINGLE_WRITES, *_MULTIPLE_WRITES), _always(8)),
    **{function: _always(size) for function, size in _BARE.items()},
    **dict.fromkeys((*_REPORTS, *_FILES), _counted),
    22: _always(10),
    24: _fifo,
    43: _identity,
}


def _request_size(buffer: bytearray) -> int | None:
    """Bytes of the frame if it is a request; 0 when it cannot be one, None while that is not known."""
    function = buffer[1]
    if function in READS:
        if len(buffer) < 6:
            return None
        quantity = int.from_bytes(buffer[4:6], "big")
        return 8 if 1 <= quantity <= (2000 if function < 3 else 125) else 0
    if function in _OTHER_REQUESTS:
        return _OTHER_REQUESTS[function](buffer)
    place, rest = (6, 9) if function in _MULTIPLE_WRITES else (10, 13)
    if function not in (*_MULTIPLE_WRITES, 23):
        return 0
    if len(buffer) <= place:
        return None
    quantity, count = int.from_bytes(buffer[place - 2 : place], "big"), buffer[place]
    is_possible = 1 <= count <= 246 and count == ((quantity + 7) // 8 if function == 15 else 2 * quantity)
    return rest + count if is_possible else 0


def _reply_size(buffer: bytearray) -> int | None:
    """The same for a reply."""
    function = buffer[1]
    if buffer[0] == _BROADCAST:
        return 0
    if function in _OTHER_REPLIES:
        return _OTHER_REPLIES[function](buffer)
    if len(buffer) < 3:
        return None
    if function & 0x80:
        return 5 if buffer[2] in EXCEPTIONS else 0
    count = buffer[2]
    is_possible = 1 <= count <= 250 and (function in (1, 2) or count % 2 == 0)
    return 5 + count if is_possible else 0


@dataclass(slots=True)
class _Rejected:
    reason: str
    offset: int
    end: int
    data: bytearray = field(default_factory=bytearray)


Found = Frame | FrameRejected | Noise


class Framer:
    """`feed` bytes, take what is found one by one: after each, `awaited` may be set to the request that is open.
    `give_up` when no more bytes will come.

    Who polls says which `reply_sizes` there can be. Who only listens does not: then bytes other than 00 and FF behind
    a request end the wait for its answer. They may have been the answer, and the next reply must not pass for it. A
    part of the request itself, as an adapter echoes it, ends nothing, unless an answer could begin like it.
    """

    def __init__(self, reply_sizes: frozenset[int] | None = None) -> None:
        self._reply_sizes = reply_sizes
        self._is_listening = reply_sizes is None
        self._buffer = bytearray()
        self._offset = 0
        self._noise = bytearray()
        self._rejected: _Rejected | None = None
        self._behind_request = b""
        self._hears_requests = False
        self.awaited: Frame | None = None

    @property
    def offset(self) -> int:
        """How many bytes have been fed."""
        return self._offset + len(self._buffer)

    @property
    def is_holding(self) -> bool:
        """Bytes were fed that have not come out yet."""
        return bool(self._buffer or self._rejected)

    def feed(self, data: bytes) -> Iterator[Found]:
        self._buffer += data
        yield from self._scan(None)
        yield from self._close_noise()

    def give_up(self, reason: str) -> Iterator[Found]:
        """All that is held comes out; an answer that misses its rest is rejected with `reason`."""
        yield from self._scan(reason)
        yield from self._close()

    def _scan(self, final: str | None) -> Iterator[Found]:
        while self._buffer:
            start = _MAY_BEGIN.search(self._buffer)
            yield from self._drop(start.start() if start else len(self._buffer))
            if not self._buffer:
                return
            size, is_certain = self._find(is_final=bool(final))
            if size:
                yield from self._close()
                yield self._take(size)
            elif is_certain or final:
                self._judge_dropped(None if is_certain else final)
                yield from self._drop(1)
            else:
                return

    def _find(self, *, is_final: bool) -> tuple[int, bool]:
        """(size of the frame at the head of the buffer, whether 0 is the last word)."""
        if len(self._buffer) < 2:
            return 0, False
        request, reply = self._narrowed(_request_size(self._buffer), _reply_size(self._buffer))
        sizes = sorted({size for size in (request, reply) if size})
        if len(sizes) == 2 and sizes[1] == sizes[0] + 1 and self._is_likely(sizes[1], request, reply):
            sizes.reverse()
        is_short = False
        for size in sizes:
            is_short = is_short or len(self._buffer) < size
            if is_short and not is_final:
                return 0, False
            if len(self._buffer) >= size and crc16(memoryview(self._buffer)[:size]) == 0:
                return size, True
        return 0, not is_short and None not in (request, reply)

    def _is_likely(self, longer: int, request: int | None, reply: int | None) -> bool:
        """A frame whose sum ends with 00 is right without that byte as well. What is waited for decides, or whether
        this line is known to carry requests."""
        awaited = self.awaited
        if awaited and self._buffer.startswith(awaited.data[:2]) and awaited.answer_size == reply:
            return longer == reply
        return self._hears_requests and longer == request

    def _narrowed(self, request: int | None, reply: int | None) -> tuple[int | None, int | None]:
        """Who polls reads only: the echo of its request has 8 bytes."""
        if self._reply_sizes is None:
            return request, reply
        return request if request in (8, None) else 0, reply if reply is None or reply in self._reply_sizes else 0

    def _take(self, size: int) -> Frame:
        frame = Frame(
            self._offset,
            bytes(self._buffer[:size]),
            can_be_request=_request_size(self._buffer) == size,
            can_be_reply=_reply_size(self._buffer) == size,
        )
        self._hears_requests = self._hears_requests or not frame.can_be_reply
        self._advance(size)
        echoed, self._behind_request = self._behind_request.rstrip(_SILENCE), b""
        if echoed and self.awaited and self.awaited.answer_head.startswith(echoed):
            self.awaited = None
        return frame

    def _judge_dropped(self, cut_by: str | None) -> None:
        """The head of the buffer begins no good frame. Was it the answer that is waited for?"""
        awaited = self.awaited
        if awaited is None or self._rejected or not self._buffer.startswith(awaited.answer_head):
            return
        if not awaited.answer_size:
            return
        is_short = len(self._buffer) < awaited.answer_size
        reason = cut_by if cut_by and is_short else "checksum"
        self._rejected = _Rejected(reason, self._offset, self._offset + awaited.answer_size)
        if self._is_listening:
            self.awaited = None

    def _drop(self, count: int) -> Iterator[Found]:
        if count and self._rejected:
            yield from self._close_noise()
            taken = min(count, self._rejected.end - self._offset)
            self._rejected.data += self._buffer[:taken]
            self._advance(taken)
            count -= taken
            if self._offset == self._rejected.end:
                yield from self._close()
        dropped = self._buffer[:count]
        self._noise += dropped
        self._advance(count)
        if self._is_listening and self.awaited:
            self._hear_behind(self.awaited, dropped)

    def _hear_behind(self, request: Frame, dropped: bytes | bytearray) -> None:
        behind = (self._behind_request + dropped).lstrip(_SILENCE)
        self._behind_request = behind[: LONGEST + 1]
        if behind.rstrip(_SILENCE) not in request.data:
            self.awaited = None

    def _advance(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count

    def _close(self) -> Iterator[Found]:
        """Let out what lies before this place: first the noise, then the rejected range behind it."""
        rejected, self._rejected = self._rejected, None
        if rejected:
            yield FrameRejected(rejected.reason, rejected.offset, bytes(rejected.data))
        yield from self._close_noise()

    def _close_noise(self) -> Iterator[Found]:
        if self._noise:
            noise = bytes(self._noise)
            self._noise.clear()
            yield Noise(self._offset - len(noise), noise)
