"""What the lines of an unknown device look like: their ends, their charset, their columns or patterns.

Proposals only: what a number means says the person who has the device before him.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CHARSETS = ("ascii", "utf-8", "gb18030", "cp437", "latin-1")
SEPARATORS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"(?<![^\W\d_])[+-]?\d+(?:\.\d+)?")
_UNITS = re.compile(r"(?:%(?:RH)?|pH|RLU|Abs|°C|degC|[mμuk]?g|[mμun]?g/(?:kg|g|m?L|L|100g)|ppm|ppb)")
_UNIT_BEHIND = re.compile(rf"(?P<gap>[ \t]*)(?P<unit>{_UNITS.pattern})(?![^\W\d_])")
_MOST_LINES = 2000
_MOST_PATTERNS = 4
_ENOUGH = 0.8


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines that a separator cuts into as many cells each; `names` are proposed, `sample` is the first line."""

    separator: str
    names: tuple[str, ...]
    sample: str
    lines: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of line: the pattern that takes it, and how many of the lines."""

    pattern: str
    sample: str
    lines: int

    @property
    def unit(self) -> str:
        found = re.search(r"\(\?P<unit>([^)]*)\)", self.pattern)
        return found[1] if found else ""


def lines_of(data: bytes) -> list[bytes]:
    """Without their ends, blank ones left out; the first and the last may be cut, and are left out as well if there
    are more than two."""
    lines = [line.strip(b"\x00") for line in re.split(rb"[\r\n]+", data) if line.strip(b"\x00 \t")][:_MOST_LINES]
    return lines[1:-1] if len(lines) > 4 and not data.endswith((b"\r", b"\n")) else lines


def delimiter_of(data: bytes) -> str:
    """`\\r\\n`, `\\r` or `\\n` where all lines end with it, `any` where they do not, `gap` where none ends."""
    pairs = data.count(b"\r\n")
    singles = {"\r": data.count(b"\r") - pairs, "\n": data.count(b"\n") - pairs}
    if not pairs and not any(singles.values()):
        return "gap"
    if pairs:
        return "any" if any(singles.values()) else "\r\n"
    kinds = [end for end, count in singles.items() if count]
    return kinds[0] if len(kinds) == 1 else "any"


def charsets_of(lines: Sequence[bytes]) -> dict[str, str]:
    """Each charset in which all lines can be read, with how the first line that is not ASCII reads in it. Plain ASCII
    is the only one where there is nothing to choose."""
    beyond = next((line for line in lines if not line.isascii()), None)
    if beyond is None:
        return {"ascii": (lines[0] if lines else b"").decode("ascii")}
    possible = {}
    for charset in CHARSETS[1:]:
        try:
            for line in lines:
                line.decode(charset)
        except UnicodeDecodeError:
            continue
        possible[charset] = beyond.decode(charset)
    return possible


def columns_of(lines: Sequence[str]) -> Columns | None:
    """Where four of five lines have the same number of cells, three at least."""
    for separator in SEPARATORS:
        counts = Counter(line.count(separator) for line in lines)
        most, count = counts.most_common(1)[0] if counts else (0, 0)
        if most >= 2 and count >= _ENOUGH * len(lines):
            of_kind = [line for line in lines if line.count(separator) == most]
            return Columns(separator, _names([line.split(separator) for line in of_kind]), of_kind[0], count)
    return None


def _names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """`value` is the first column of numbers of which some have a point, `unit` the first of units."""
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    numeric = [all(_number(cell) for cell in column if cell) and any(column) for column in columns]
    with_point = [
        is_numeric and any("." in cell for cell in column) for is_numeric, column in zip(numeric, columns, strict=True)
    ]
    units = [any(column) and all(_UNITS.fullmatch(cell) for cell in column if cell) for column in columns]
    value = with_point.index(True) if any(with_point) else numeric.index(True) if any(numeric) else None
    unit = units.index(True) if any(units) else None
    special = {unit: "unit", value: "value"}
    return tuple(special.get(place, f"column_{place + 1}") for place in range(len(columns)))


def _number(text: str) -> bool:
    return re.fullmatch(r"[<>]?[+-]?\d+(?:\.\d+)?", text) is not None


def shapes_of(lines: Sequence[str]) -> list[Shape]:
    """The most frequent kinds of lines first. Lines without a number, or with many, need a person."""
    kinds: Counter[str] = Counter()
    samples: dict[str, str] = {}
    for line in lines:
        pattern = pattern_of(line)
        if pattern:
            kinds[pattern] += 1
            samples.setdefault(pattern, line)
    return [Shape(pattern, samples[pattern], count) for pattern, count in kinds.most_common(_MOST_PATTERNS)]


def pattern_of(line: str) -> str | None:
    """A pattern for lines like this one, or None where no number can be told to be the value: it is the first that a
    unit follows, else the only one. Other numbers go to `extra`; the rest of the line stays as it is."""
    numbers = list(_NUMBER.finditer(line))
    with_unit = [number for number in numbers if _UNIT_BEHIND.match(line, number.end())]
    if not with_unit and len(numbers) != 1:
        return None
    value = (with_unit or numbers)[0]
    parts, at = [], 0
    for place, number in enumerate(numbers, 1):
        parts += [_literal(line[at : number.start()]), _group("value" if number is value else f"number_{place}")]
        at = number.end()
        unit = _UNIT_BEHIND.match(line, at) if number is value else None
        if unit:
            parts += ["[ \\t]{1,8}" if unit["gap"] else "", f"(?P<unit>{re.escape(unit['unit'])})"]
            at = unit.end()
    return "".join(parts) + _literal(line[at:])


def _group(name: str) -> str:
    return rf"(?P<{name}>[+-]?[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?)"


def _literal(text: str) -> str:
    parts = (part for part in re.split(r"([ \t]+)", text) if part)
    return "".join("[ \\t]{1,12}" if part.isspace() else re.escape(part) for part in parts)
