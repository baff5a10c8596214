"""The functions of Modbus: the sizes of their requests and replies (Application Protocol V1.1b3).

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
    function | 80     -                                          5: an exception and its code, whichever it is

A broadcast (slave 0) is a request to write, and has no reply.
"""

import re
from collections.abc import Callable

LONGEST = 256
# Makers have codes of their own beside these.
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
SINGLE_WRITES = (5, 6, 8)  # 8 writes nothing, and looks like them
MULTIPLE_WRITES = (15, 16)
READ_AND_WRITE = 23
# Function and size of the reply.
BARE = {7: 5, 11: 8}
_REPORTS = (12, 17)
_FILES = (20, 21)
ANY_SIZE = (*_REPORTS, *_FILES, 24, 43)
_IDENTITY = 14
_BROADCAST = 0
# Slave and function of a frame.
MAY_BEGIN = re.compile(
    rb"[\x01-\xf7][\x01-\x08\x0b\x0c\x0f-\x11\x14-\x18\x2b\x81-\x88\x8b\x8c\x8f-\x91\x94-\x98\xab]"
    rb"|\x00[\x05\x06\x0f\x10]|[\x00-\xf7]\Z",
    re.DOTALL,
)

Size = Callable[[bytearray], int | None]


def _always(size: int) -> Size:
    return lambda _: size


def _counted(buffer: bytearray) -> int | None:
    """Measure a function, a count, and so many bytes."""
    if len(buffer) < 3:
        return None
    return 5 + buffer[2] if 1 <= buffer[2] <= 250 else 0


def _fifo(buffer: bytearray) -> int | None:
    """Measure up to 31 registers behind a count of bytes and one of registers."""
    if len(buffer) < 6:
        return None
    count, registers = int.from_bytes(buffer[2:4], "big"), int.from_bytes(buffer[4:6], "big")
    return 6 + count if count == 2 + 2 * registers and registers <= 31 else 0


def _identity(buffer: bytearray) -> int | None:
    """Measure function 43, 14: seven bytes, then objects with a number and a length each."""
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


_OTHER_REQUESTS: dict[int, Size] = {
    **dict.fromkeys(SINGLE_WRITES, _always(8)),
    **dict.fromkeys((*BARE, *_REPORTS), _always(4)),
    **dict.fromkeys(_FILES, _counted),
    22: _always(10),
    24: _always(6),
    43: _asks_identity,
}
_OTHER_REPLIES: dict[int, Size] = {
    **dict.fromkeys((*SINGLE_WRITES, *MULTIPLE_WRITES), _always(8)),
    **{function: _always(size) for function, size in BARE.items()},
    **dict.fromkeys((*_REPORTS, *_FILES), _counted),
    22: _always(10),
    24: _fifo,
    43: _identity,
}


def request_size(buffer: bytearray) -> int | None:
    """Return the bytes of the frame if it is a request; 0 when it cannot be one, None while that is not known."""
    function = buffer[1]
    if function in READS:
        if len(buffer) < 6:
            return None
        quantity = int.from_bytes(buffer[4:6], "big")
        return 8 if 1 <= quantity <= (2000 if function < 3 else 125) else 0
    if function in _OTHER_REQUESTS:
        return _OTHER_REQUESTS[function](buffer)
    place, rest = (6, 9) if function in MULTIPLE_WRITES else (10, 13)
    if function not in (*MULTIPLE_WRITES, READ_AND_WRITE):
        return 0
    if len(buffer) <= place:
        return None
    quantity, count = int.from_bytes(buffer[place - 2 : place], "big"), buffer[place]
    is_possible = 1 <= count <= 246 and count == ((quantity + 7) // 8 if function == 15 else 2 * quantity)
    return rest + count if is_possible else 0


def reply_size(buffer: bytearray) -> int | None:
    """Return the bytes of the frame if it is a reply; 0 when it cannot be one, None while that is not known."""
    function = buffer[1]
    if buffer[0] == _BROADCAST:
        return 0
    if function in _OTHER_REPLIES:
        return _OTHER_REPLIES[function](buffer)
    if len(buffer) < 3:
        return None
    if function & 0x80:
        return 5
    count = buffer[2]
    is_possible = 1 <= count <= 250 and (function in (1, 2) or count % 2 == 0)
    return 5 + count if is_possible else 0
