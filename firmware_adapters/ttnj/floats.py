"""Big-endian 32-bit floats, as the TT testers write their numbers."""

import math
import struct

_LARGEST = 1e7
_SMALLEST = 1e-7


def float_at(data: bytes | bytearray, place: int) -> float:
    number: float = struct.unpack_from(">f", data, place)[0]
    return number


def is_plausible(number: float) -> bool:
    """A measured number, or one that says it is none (NaN, infinity). Random bytes are mostly neither."""
    return not math.isfinite(number) or number == 0 or _SMALLEST <= abs(number) <= _LARGEST


def shortest(number: float) -> str:
    """The shortest decimal that is this 32-bit float again: all that the device said, and no digit more."""
    if not math.isfinite(number):
        return "NA"
    wanted = struct.pack(">f", number)
    text = ""
    for digits in range(6, 10):
        text = f"{number:.{digits}g}"
        if struct.pack(">f", float(text)) == wanted:
            break
    return f"{float(text):.10f}".rstrip("0").rstrip(".") if "e" in text and 1e-6 <= abs(number) <= 1e9 else text
