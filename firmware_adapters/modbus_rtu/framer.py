"""Finding the frames of Modbus RTU: bytes in; frames and noise out.

The standard separates frames by silence; a USB adapter batches bytes, so silence means nothing here. A frame
is found by its length, which follows from the function and a byte count, and by its CRC. Nothing marks the beginning of
a frame: bytes that do not check out are dropped one at a time and the search goes on, so that a leading or trailing 00,
half an echo or a burst of noise costs nothing behind it.

The shortest form whose CRC is right is the frame, except where the other is just one byte longer (`_is_likely`). A
wrong frame is found by chance once in about a million random bytes; a decoder that polls narrows the search to the
lengths that its own requests can have as answers.

Dropped bytes are `Noise`, except where the answer to the request before it began: that is a frame with a bad
`checksum` (or one that was `truncated`), and its range ends at the next good frame or at its own length.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware_adapters.checksums import crc16_modbus
from firmware_adapters.contract import FrameRejected, Noise
from firmware_adapters.modbus_rtu.frames import Frame
from firmware_adapters.modbus_rtu.functions import LONGEST, MAY_BEGIN, reply_size, request_size

_SILENCE = b"\x00\xff"


@dataclass(slots=True)
class _Rejected:
    reason: str
    offset: int
    end: int
    data: bytearray = field(default_factory=bytearray)


Found = Frame | FrameRejected | Noise


class Framer:
    """Framer of a bus. `feed` takes bytes and yields the items found one by one: after each, `awaited` may be set to
    the request that is open. Call `give_up` when no more bytes will come.

    A decoder that polls says which `reply_sizes` there can be. One that only listens does not: then bytes other than 00
    and FF behind a request end the wait for its answer. They may have been the answer, and the next reply must not pass
    for it. A part of the request itself, as an adapter echoes it, ends nothing, unless an answer could begin like it.
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
        """Return how many bytes have been fed."""
        return self._offset + len(self._buffer)

    @property
    def is_holding(self) -> bool:
        """Return True while bytes were fed that have not come out yet."""
        return bool(self._buffer or self._rejected)

    def feed(self, data: bytes) -> Iterator[Found]:
        self._buffer += data
        yield from self._scan(None)
        yield from self._close_noise()

    def give_up(self, reason: str) -> Iterator[Found]:
        """Let out all held bytes; an answer that misses its rest is rejected with `reason`."""
        yield from self._scan(reason)
        yield from self._close()

    def _scan(self, final: str | None) -> Iterator[Found]:
        while self._buffer:
            start = MAY_BEGIN.search(self._buffer)
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
        """Return the size of the frame at the head of the buffer, and whether a size of 0 is the last word."""
        if len(self._buffer) < 2:
            return 0, False
        request, reply = self._narrowed(request_size(self._buffer), reply_size(self._buffer))
        sizes = sorted({size for size in (request, reply) if size})
        if len(sizes) == 2 and sizes[1] == sizes[0] + 1 and self._is_likely(sizes[1], request, reply):
            sizes.reverse()
        is_short = False
        for size in sizes:
            is_short = is_short or len(self._buffer) < size
            if is_short and not is_final:
                return 0, False
            if len(self._buffer) >= size and crc16_modbus(memoryview(self._buffer)[:size]) == 0:
                return size, True
        # None: a length that depends on bytes still to come, so more bytes may make a frame of this.
        return 0, not is_short and None not in (request, reply)

    def _is_likely(self, longer: int, request: int | None, reply: int | None) -> bool:
        """Return True when the longer form is the likely one. A frame whose sum ends with 00 is right without that byte
        as well. The awaited answer decides, or whether this line is known to carry requests."""
        awaited = self.awaited
        if awaited and self._buffer.startswith(awaited.data[:2]) and awaited.answer_size == reply:
            return longer == reply
        return self._hears_requests and longer == request

    def _narrowed(self, request: int | None, reply: int | None) -> tuple[int | None, int | None]:
        """Narrow the sizes down: a decoder that polls only reads, and the echo of its request has 8 bytes."""
        if self._reply_sizes is None:
            return request, reply
        return request if request in (8, None) else 0, reply if reply is None or reply in self._reply_sizes else 0

    def _take(self, size: int) -> Frame:
        frame = Frame(
            self._offset,
            bytes(self._buffer[:size]),
            can_be_request=request_size(self._buffer) == size,
            can_be_reply=reply_size(self._buffer) == size,
        )
        # One frame that can only be a request proves that this line carries both directions.
        self._hears_requests = self._hears_requests or not frame.can_be_reply
        self._advance(size)
        echoed, self._behind_request = self._behind_request.rstrip(_SILENCE), b""
        if echoed and self.awaited and self.awaited.answer_head.startswith(echoed):
            self.awaited = None
        return frame

    def _judge_dropped(self, cut_by: str | None) -> None:
        """Judge a head that begins no good frame: it may be the awaited answer, damaged."""
        awaited = self.awaited
        if awaited is None or self._rejected or not self._buffer.startswith(awaited.answer_head):
            return
        if not awaited.answer_size:
            return
        is_short = len(self._buffer) < awaited.answer_size
        reason = cut_by if cut_by and is_short else "checksum"
        self._rejected = _Rejected(reason, self._offset, self._offset + awaited.answer_size)
        # A listener cannot know whether the master asks again: the next reply must not pass for this answer.
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
        # A part of the request is its echo by the adapter; any other bytes may have been the answer.
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
