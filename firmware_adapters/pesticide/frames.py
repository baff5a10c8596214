"""Frames of the length-framed pesticide testers: bytes in; whole frames, rejected frames and noise out.

The frame, derived from the four frames that are documented byte for byte

    7E 00 02 00 00 00 07 AA           ping               length field 2, 8 bytes
    7E 15 04 00 FF 00 00 00 2B AA     TL-310, last       length field 4, 10 bytes
    7E 15 04 00 FF FF FF FF 4D AA     TL-310, all        length field 4, 10 bytes
    7E 10 03 00 yy MM dd crc AA       LZ-4000T, by day   length field 3, 9 bytes

is `7E type length-low length-high payload crc AA`. The length counts the payload alone, so a frame is length + 6
bytes: records of 26 and 27 bytes carry 20 (14 00) and 21 (15 00), and `7E 16 15 00` is documented as such. The check
is a CRC-8 (polynomial 0x31, most significant bit first, initial value 0, no final xor) over type, length and payload.
That is the only choice of range, bit order and initial value that gives 07, 2B and 4D alike (contract tests hold it).

Rules
- A frame is found by its length and its check. 7E and AA occur inside about half of the records: neither ends a frame.
- What fails its check is dropped one byte at a time, so a good frame is found even where it begins inside the bad one.
  The rejected range ends at that good frame, at the next exact record head, or at the claimed end, whichever is first:
  the parts never overlap, and every byte comes out in exactly one of them.
- A bad candidate counts as a rejected frame when it began as one of the family's: a known type, or an end mark where
  its length says. Any other 7E is noise.
- A length above 64 is a lie (the longest documented payload has 21 bytes), as is a longer record than its layout. It is
  refused at once: waiting for it would swallow the good frames behind. So the buffer never holds more than 70 bytes.
- The result depends on the bytes alone, never on how they were cut. Only `give_up` (the line fell silent, the file
  ended) makes a frame's missing rest final.

Doubts: the types of the replies to ping and count are not documented. 10 is answered by 11 and 15 by 16, so 01 and 13
are likely, the request's own type is possible; any type with a good check is a whole frame.
"""

from dataclasses import dataclass, field

from firmware_adapters.contract import FrameRejected, Noise

HEAD = 0x7E
END = 0xAA
OVERHEAD = 6
LONGEST_PAYLOAD = 64
LONGEST_NOISE = 1024

PING, PONG = 0x00, 0x01
LZ_BY_DAY, LZ_RECORD = 0x10, 0x11
LZ_COUNT, LZ_COUNTED = 0x12, 0x13
TL_READ, TL_RECORD = 0x15, 0x16

RECORD_LENGTHS = {LZ_RECORD: 20, TL_RECORD: 21}
_KNOWN = frozenset((PING, PONG, LZ_BY_DAY, LZ_RECORD, LZ_COUNT, LZ_COUNTED, TL_READ, TL_RECORD))


def _crc_table() -> tuple[int, ...]:
    table = []
    for start in range(256):
        crc = start
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc8(data: bytes | bytearray) -> int:
    """Polynomial 0x31, most significant bit first, initial value 0."""
    crc = 0
    for byte in data:
        crc = _CRC[crc ^ byte]
    return crc


def encode(kind: int, payload: bytes) -> bytes:
    body = bytes((kind, len(payload) & 0xFF, len(payload) >> 8)) + payload
    return bytes((HEAD, *body, crc8(body), END))


@dataclass(frozen=True, slots=True)
class Whole:
    """A frame that passed its check."""

    offset: int
    data: bytes

    @property
    def kind(self) -> int:
        return self.data[1]

    @property
    def payload(self) -> bytes:
        return self.data[4:-2]


@dataclass(slots=True)
class _Rejected:
    """A rejected range that is still being collected; it ends before `end` if something better begins there."""

    reason: str
    offset: int
    end: int
    data: bytearray = field(default_factory=bytearray)


Found = Whole | FrameRejected | Noise


class Framer:
    """`feed` bytes, take what was found; `give_up` when no more will come."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        self._noise = bytearray()
        self._rejected: _Rejected | None = None
        self._found: list[Found] = []

    @property
    def offset(self) -> int:
        """How many bytes have been fed."""
        return self._offset + len(self._buffer)

    @property
    def is_holding(self) -> bool:
        """Bytes were fed that have not come out yet."""
        return bool(self._buffer or self._noise or self._rejected)

    def feed(self, data: bytes) -> list[Found]:
        self._buffer += data
        return self._scan(None)

    def give_up(self, reason: str) -> list[Found]:
        """All that is held comes out; a frame that misses its rest is rejected with `reason`."""
        self._scan(reason)
        self._close()
        return self._found

    def _scan(self, final: str | None) -> list[Found]:
        self._found = []
        while self._buffer:
            head = self._buffer.find(HEAD)
            self._drop(len(self._buffer) if head < 0 else head)
            if not self._buffer or not self._step(final):
                break
        return self._found

    def _step(self, final: str | None) -> bool:
        """Decide on the candidate at the head of the buffer. False: more bytes are needed."""
        buffer = self._buffer
        size = self._claimed_size()
        if size is None or len(buffer) < size:
            if final is None:
                return False
            if len(buffer) == 1 or buffer[1] in _KNOWN:
                self._reject(final, size or len(buffer))
        elif size == 0:
            if buffer[1] in _KNOWN:
                self._reject("length", RECORD_LENGTHS.get(buffer[1], 0) + OVERHEAD)
        elif crc8(buffer[1 : size - 2]) == buffer[size - 2]:
            if buffer[size - 1] == END:
                self._accept(size)
                return True
            self._reject("end_mark", size)
        elif buffer[1] in _KNOWN or buffer[size - 1] == END:
            self._reject("checksum", size)
        self._drop(1)
        return True

    def _claimed_size(self) -> int | None:
        """Bytes of the candidate frame: None while its length is not known, 0 when the length is a lie."""
        if len(self._buffer) < 4:
            return None
        length = self._buffer[2] | self._buffer[3] << 8
        longest = RECORD_LENGTHS.get(self._buffer[1], LONGEST_PAYLOAD)
        return length + OVERHEAD if length <= longest else 0

    def _accept(self, size: int) -> None:
        self._close()
        self._found.append(Whole(self._offset, bytes(self._buffer[:size])))
        self._advance(size)

    def _reject(self, reason: str, size: int) -> None:
        """Begin a rejected range, unless this candidate is only a 7E inside one."""
        is_record_head = len(self._buffer) >= 4 and RECORD_LENGTHS.get(self._buffer[1]) == self._buffer[2]
        if self._rejected is None or is_record_head:
            self._close()
            self._rejected = _Rejected(reason, self._offset, self._offset + size)

    def _drop(self, count: int) -> None:
        """Move bytes from the buffer to the open rejected range, and what lies beyond its end to the noise."""
        while count:
            if self._rejected:
                taken = min(count, self._rejected.end - self._offset)
                self._rejected.data += self._buffer[:taken]
                is_full = self._offset + taken == self._rejected.end
            else:
                taken = min(count, LONGEST_NOISE - len(self._noise))
                self._noise += self._buffer[:taken]
                is_full = len(self._noise) == LONGEST_NOISE
            self._advance(taken)
            count -= taken
            if is_full:
                self._close()

    def _advance(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count

    def _close(self) -> None:
        """Let out the noise or the rejected range that lies before this place (never both are open)."""
        if self._noise:
            self._found.append(Noise(self._offset - len(self._noise), bytes(self._noise)))
            self._noise.clear()
        if self._rejected:
            self._found.append(FrameRejected(self._rejected.reason, self._rejected.offset, bytes(self._rejected.data)))
            self._rejected = None
