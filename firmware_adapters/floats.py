"""Floats of 32 bits, as devices send them, in decimal."""

import struct


def shortest_float32(number: float) -> str:
    """Return the shortest decimal that is the same 32-bit float: 26.22842, not 26.228420257568359. `number` is
    finite."""
    exact = struct.pack(">f", number)
    for digits in range(6, 9):
        text = f"{number:.{digits}g}"
        if _pack(text) == exact:
            return text
    return f"{number:.9g}"


def _pack(text: str) -> bytes:
    try:
        return struct.pack(">f", float(text))
    except OverflowError:  # rounded up beyond the largest float
        return b""
