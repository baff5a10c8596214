"""The value field of a result record: a number, a bound, a word, or nothing (LIS02-A2 9.4).

    5.1        the number             <15  > 400   a bound: never a number        NA  No Result  --.--  empty: no number
    -1^0.20    a flag and the number  5.1^mg/dL    the number and its unit        NEGATIVE^      a word

A bound is not read as its number: a result "< 15" that became 15 would be a lie in either direction.
"""

import math
import re
from dataclasses import dataclass

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_BELOW = ("<", "≤", "＜")
_ABOVE = (">", "≥", "＞")
_TO_THE_SECOND = re.compile(r"\d{14}(?!\d)", re.ASCII)
_QUALITATIVE = ("-1", "0", "1")
# What Sysmex calls the two forms that it sends each result in.
_FORMS = ("RAW", "MAINFORMAT")
_FLAG_WORDS = frozenset(("L", "H", "LL", "HH", "<", ">", "N", "A", "AA", "U", "D", "B", "W"))


@dataclass(frozen=True, slots=True)
class Value:
    """Number and unit as far as the field carries them, and the flags."""

    number: float | None = None
    unit: str = ""
    flags: tuple[str, ...] = ()


def parse_number(text: str) -> float | None:
    """Parse a finite decimal number in ASCII digits, with no text beside it."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def bound_flag(text: str) -> str | None:
    """Return below_range or above_range when `text` is a bound such as `<15`, `>=400` or `<`."""
    text = text.strip()
    if text.startswith(_BELOW):
        return "below_range"
    return "above_range" if text.startswith(_ABOVE) else None


def read_value(components: tuple[str, ...], position: int | None = None) -> Value:
    """Read the value among the components of the field; `position` (from 1) where the profile knows which one it is."""
    if position is not None:
        components = components[position - 1 : position]
    components = tuple(component for component in components if component not in _FORMS)
    if not any(components):
        return Value(flags=("no_value",))
    for component in components:
        flag = bound_flag(component)
        if flag:
            return Value(flags=(flag,))
    numbers = [(place, number) for place, text in enumerate(components) if (number := parse_number(text)) is not None]
    if len(numbers) == 2 and numbers[0][0] == 0 and components[0] in _QUALITATIVE:
        return Value(numbers[1][1], _unit_after(components, numbers[1][0]), (f"qualitative:{components[0]}",))
    match numbers:
        case []:
            return Value()
        case [(place, number)]:
            return Value(number, _unit_after(components, place))
        case _:
            return Value(flags=("ambiguous_value",))


def unit_among(components: tuple[str, ...], mark: str) -> str:
    """Return the unit of a field of units: its first component (`mg/dL^P`: of plasma), but for a power of ten whose
    sign is `mark`, written without an escape (`10^9/L`)."""
    said = [part for part in components if part]
    if len(said) > 1 and said[0].endswith("10") and said[1][0].isdigit():
        return mark.join(said)
    return said[0] if said else ""


def _unit_after(components: tuple[str, ...], place: int) -> str:
    unit = components[place + 1] if place + 1 < len(components) else ""
    is_unit = unit not in _FLAG_WORDS and any(char.isalpha() or char in "%‰" for char in unit)
    return unit if is_unit else ""


def has_seconds(text: str) -> bool:
    """Return True when a time YYYYMMDDHHMMSS is written to the second: only such a time is shared by no other test."""
    return _TO_THE_SECOND.match(text) is not None
