"""Big-endian 32-bit floats, as the TT testers write their numbers."""

import math
import struct

from firmware_adapters.floats import shortest_float32

_LARGEST = 1e7
# The absorbance of a well as bright as the lamp's reference to the last bit of a float is 2.6e-8.
_SMALLEST = 1e-8


def float_at(data: bytes | bytearray, place: int) -> float:
    number: float = struct.unpack_from(">f", data, place)[0]
    return number


def is_plausible(number: float) -> bool:
    """Return True for a measured number, or one that says it is none (NaN, infinity). Random bytes are mostly
    neither."""
    return not math.isfinite(number) or number == 0 or _SMALLEST <= abs(number) <= _LARGEST


def shortest(number: float) -> str:
    """Return the shortest decimal that is this 32-bit float again, or NA: all digits that the device gave, and no
    more."""
    return shortest_float32(number) if math.isfinite(number) else "NA"
