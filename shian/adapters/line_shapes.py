"""The shapes of the lines of an unknown device: their ends, their charset, their columns or patterns.

Proposals only: the person who has the device before him says the meaning of a number.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters import written_times
from wire.units import pattern

CHARSETS = ("ascii", "utf-8", "gb18030", "cp437", "latin-1")
SEPARATORS = (";", "\t", "|", ",")  # a comma may be a decimal one: the others first
_DIGITS = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3}(?!\w))?(?![.,]?\d)")
_SIGN = re.compile(r"[+-][ \t]*$")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")  # 1,234 may be a thousand or one and a bit
_UNITS = re.compile(pattern())
_MARK = re.compile(r"(?:ST|US|QT|OL|GS|NT|TR|S [SD]|[GNT?])(?:,?(?:GS|NT|TR))?,?")
_CODE = re.compile(r"0\d+")  # a number would not begin with 0
_HYPHEN = re.compile(r"[^\W_]-$")
_UNIT_BEHIND = re.compile(rf"(?P<gap>[ \t]*)(?P<unit>{_UNITS.pattern})(?![^\W\d_]|[/／])")
_BEFORE_A_LINE = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t")
_MOST_LINES = 2000
_MOST_PATTERNS = 12
_ENOUGH = 0.8
_TOO_FEW = 5


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines that a separator cuts into as many cells each; `names` are proposed, `sample` is the first line."""

    separator: str
    names: tuple[str, ...]
    sample: str
    lines: int
    has_comma: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of line: the pattern that takes it, and how many of the lines. `label`: the text before the value."""

    pattern: str
    sample: str
    lines: int
    label: str = ""
    has_comma: bool = False

    @property
    def item(self) -> str:
        """Return the label as the name of an item, or an empty text: one of a balance's marks (`ST,GS`, `N`) names
        none."""
        is_mark = _MARK.fullmatch(self.label)
        return "" if is_mark else re.sub(r"\W+", "_", self.label).strip("_").casefold()

    @property
    def unit(self) -> str:
        found = re.search(r"\(\?P<unit>([^)]*)\)", self.pattern)
        return found[1] if found else ""


def lines_of(data: bytes) -> list[bytes]:
    """Split data into lines without their ends, blank ones left out. The first and the last may be cut, and are left
    out as well if there are more than two."""
    cleaned = (line.lstrip(_BEFORE_A_LINE).rstrip(b"\x00") for line in re.split(rb"[\r\n]+", data))
    lines = [line for line in cleaned if line.strip()][:_MOST_LINES]
    return lines[1:-1] if len(lines) > 4 and not data.endswith((b"\r", b"\n")) else lines


def delimiter_of(data: bytes) -> str:
    r"""Return `\r\n`, `\r` or `\n` where all lines end with it, `any` where they do not, `gap` where none ends."""
    pairs = data.count(b"\r\n")
    singles = {"\r": data.count(b"\r") - pairs, "\n": data.count(b"\n") - pairs}
    if not pairs and not any(singles.values()):
        return "gap"
    if pairs:
        return "any" if any(singles.values()) else "\r\n"
    kinds = [end for end, count in singles.items() if count]
    return kinds[0] if len(kinds) == 1 else "any"


def charsets_of(lines: Sequence[bytes]) -> dict[str, str]:
    """Return each charset in which all lines can be read, with the first line that is not ASCII as it reads in it.
    Plain ASCII is the only one where there is nothing to choose."""
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
    """Find columns: four of five lines, at least three, have the same number of cells."""
    for separator in SEPARATORS:
        counts = Counter(line.count(separator) for line in lines)
        most, count = counts.most_common(1)[0] if counts else (0, 0)
        if most >= 2 and count >= _ENOUGH * len(lines):
            of_kind = [line for line in lines if line.count(separator) == most]
            rows = [line.split(separator) for line in of_kind]
            names = _names(rows)
            place = names.index("value") if "value" in names else None
            has_comma = place is not None and any("," in row[place] for row in rows)
            return Columns(separator, names, of_kind[0], count, has_comma)
    return None


def _names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Name the columns. `value` is the first column of numbers of which some have a point, `unit` the first of
    units."""
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    numeric = [
        all(_number(cell) for cell in column if cell)
        and any(column)
        and not all(_is(written_times.DATE, cell) for cell in column)
        for column in columns
    ]
    with_point = [
        is_numeric and any("." in cell or "," in cell for cell in column)
        for is_numeric, column in zip(numeric, columns, strict=True)
    ]
    dates, times = (
        next(
            (place for place, cells in enumerate(columns) if any(cells) and all(_is(form, cell) for cell in cells)),
            None,
        )
        for form in (written_times.DATE, written_times.TIME)
    )
    units = [any(column) and all(_UNITS.fullmatch(cell) for cell in column if cell) for column in columns]
    value = with_point.index(True) if any(with_point) else numeric.index(True) if any(numeric) else None
    unit = units.index(True) if any(units) else None
    special = {dates: "date", times: "time" if dates is not None else "clock", unit: "unit", value: "value"}
    return tuple(special.get(place, f"column_{place + 1}") for place in range(len(columns)))


def _is(form: re.Pattern[str], cell: str) -> bool:
    """Return True for a date, perhaps with a time behind it, or for a time."""
    found = form.match(cell)
    rest = cell[found.end() :].strip("T ") if found else ""
    return found is not None and (not rest or written_times.TIME.fullmatch(rest) is not None)


def _number(text: str) -> bool:
    return re.fullmatch(r"[<>]?[+-]?\d+(?:[.,]\d+)?", text) is not None


def shapes_of(lines: Sequence[str]) -> list[Shape]:
    """Return the most frequent kinds of lines first. Lines without a number, or with many, need a person. The first
    line may be the rest of one, met in its middle: it is no kind of its own."""
    kinds: Counter[str] = Counter()
    samples: dict[str, Shape] = {}
    for place, line in enumerate(lines):
        shape = shape_of(line)
        if shape and (place or len(lines) < _TOO_FEW):
            kinds[shape.pattern] += 1
            samples.setdefault(shape.pattern, shape)
    return [replace(samples[pattern], lines=count) for pattern, count in kinds.most_common(_MOST_PATTERNS)]


def shape_of(line: str) -> Shape | None:
    """Return a kind for lines like this one, or None where no number can be told to be the value: it is the first that
    a unit follows, else the only one, else the only one with a point. A date and a time are fields of their own and
    never the value. Other numbers go to `extra`; the rest of the line stays as it is. The pattern takes the line
    itself."""
    moments = list(written_times.spans_of(line))
    numbers = [
        found
        for found in _DIGITS.finditer(line)
        if not any(begin < found.end() and found.start() < end for _, begin, end in moments)
    ]
    value = _value_of(line, numbers)
    if value is None or _AMBIGUOUS.fullmatch(value[0]) or _HYPHEN.search(line[: value.start()]):
        return None
    if _CODE.fullmatch(line.strip()):
        return None
    unit = _UNIT_BEHIND.match(line, value.end())
    others = [number for number in numbers if not unit or not value.end() <= number.start() < unit.end()]  # mg/100g
    parts: list[str] = []
    at, label = 0, ""
    spans: list[tuple[str | re.Match[str], int, int]] = [*moments, *((number, *number.span()) for number in others)]
    spans.sort(key=lambda span: span[1])
    for place, (what, begin, end) in enumerate(spans, 1):
        if isinstance(what, str):
            parts += [_literal(line[at:begin]), f"(?P<{what}>{written_times.pattern_of(line[begin:end])})"]
            at = end
            continue
        before, sign = _unsigned(line[at:begin], is_between=place > 1)
        if what is value:
            is_first = all(isinstance(span[0], str) for span in spans[: place - 1])
            label = before.strip(" \t:=") if is_first else ""
            parts += [_literal(before.rstrip(" \t")), *_value_group(line[:begin], what[0])]
        else:
            parts += [_literal(before), _group(f"number_{place}", what[0], "[+-]?" if sign else "")]
        at = end
        if unit and what is value:
            parts += [_blanks(1, unit["gap"]), f"(?P<unit>{re.escape(unit['unit'])})"]
            at = unit.end()
    rest = line[at:].rstrip(" \t")
    parts += [_literal(rest), _blanks(0, line[at + len(rest) :])]
    shape = Shape("".join(parts), line, 1, label, "," in value[0])
    return shape if _takes(shape.pattern, line) else None


def _takes(made: str, line: str) -> bool:
    try:
        return compile_pattern(made).fullmatch(line) is not None
    except ValueError:  # longer than what RE2 runs
        return False


def _value_of(line: str, numbers: Sequence[re.Match[str]]) -> re.Match[str] | None:
    with_unit = [number for number in numbers if _UNIT_BEHIND.match(line, number.end())]
    with_point = [number for number in numbers if "." in number[0]]
    for found in (with_unit[:1], numbers, with_point):
        if len(found) == 1:
            return found[0]
    return None


def _unsigned(text: str, *, is_between: bool) -> tuple[str, str]:
    """Split the text before a number into the text itself and the number's sign with the blanks behind it. In `1 - 5`
    there is no sign."""
    sign = _SIGN.search(text)
    if sign is None or (is_between and not text[: sign.start()].strip()):
        return text, ""
    return text[: sign.start()], sign[0]


def _value_group(before: str, number: str) -> tuple[str, str]:
    """Write the group of the value, before which blanks and a sign may stand. Where nothing else does, one of them
    must: a line met in its middle has lost them."""
    if before[-1:] not in (" ", "\t", "+", "-"):
        return "", _group("value", number, "[+-]?")
    blanks = _blanks(0, before[len(before.rstrip(" \t+-")) :] + " ")
    if before.strip(" \t+-"):
        return blanks, _group("value", number, f"[+-]?{blanks}")
    return "", _group("value", number, rf"(?:{_blanks(1, before)}[+-]?|[+-]){blanks}")


def _group(name: str, number: str, sign: str) -> str:
    """Write a group with as many parts as the sample has: a number without its point is half a number."""
    mark = next((mark for mark in ".," if mark in number), "")
    whole, _, part = number.partition(mark) if mark else (number, "", "")
    rest = rf"{re.escape(mark)}[0-9]{{1,{max(8, len(part))}}}" if mark else ""
    rest += "[eE][+-]?[0-9]{1,3}" if "e" in number.casefold() else ""
    return rf"(?P<{name}>{sign}[0-9]{{1,{max(12, len(whole))}}}{rest})"


def _literal(text: str) -> str:
    parts = (part for part in re.split(r"([ \t]+)", text) if part)
    return "".join(_blanks(1, part) if part.isspace() else re.escape(part) for part in parts)


def _blanks(least: int, seen: str) -> str:
    """Write blanks, at least twice as many as were seen: a longer number takes the place of some, a shorter leaves
    more."""
    return f"[ \\t]{{{least},{max(16, 2 * len(seen))}}}" if seen else ""
