"""Numbers by which devices say that they have none: the ends of a register, 9.99e37, all nines. They are proposed as
not available where they stand far from every other value; a person, or --yes, agrees. Pure."""

import math
import struct
from collections.abc import Iterable, Sequence

from firmware_adapters.astm.values import parse_number

_ENDS = frozenset(("32767", "32768", "65535", "2147483647", "2147483648", "4294967295"))
_MARKS = {
    "u16": frozenset(("8000", "7fff", "ffff")),
    "s16": frozenset(("8000", "7fff")),
    "u32": frozenset(("80000000", "7fffffff", "ffffffff")),
    "s32": frozenset(("80000000", "7fffffff")),
}
_HUGE = 1e36
_FAR = 2.0


def of_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts of values that look like marks for no value, each once."""
    written = dict.fromkeys(text.strip() for text in texts if text.strip())
    numbers = {text: parse_number(text.replace(",", ".").replace(" ", "")) for text in written}
    marks = [text for text, number in numbers.items() if number is not None and _is_mark(text, number)]
    others = [abs(number) for text, number in numbers.items() if number is not None and text not in marks]
    return [text for text in marks if abs(numbers[text] or 0.0) >= _FAR * max(others, default=0.0)]


def of_registers(kind: str, words: Sequence[bytes]) -> list[str]:
    """Return the contents of a register of this type, in hexadecimal, that look like marks for no value."""
    seen = dict.fromkeys(word.hex() for word in words)
    if kind == "f32":
        return [text for text in seen if _is_no_float(bytes.fromhex(text))]
    marks = _MARKS.get(kind, frozenset())
    # 8001 beside 8000, as 7ffe beside 7fff, is a counter that runs through.
    others = {int(text, 16) for text in seen if text not in marks}
    return [text for text in seen if text in marks and not others & {int(text, 16) - 1, int(text, 16) + 1}]


def _is_mark(text: str, number: float) -> bool:
    digits = "".join(char for char in text if char.isdigit())
    is_nines = len(digits) >= 4 and not digits.strip("9")
    return abs(number) >= _HUGE or digits in _ENDS or is_nines


def _is_no_float(data: bytes) -> bool:
    """Return True for a mark, in either order of the two registers."""
    for ordered in (data, data[2:] + data[:2]):
        (number,) = struct.unpack(">f", ordered)
        if math.isfinite(number) and (_HUGE <= abs(number) < 1e38 or abs(number) in (99999.0, 999999.0, 9999.0)):
            return True
    return False
