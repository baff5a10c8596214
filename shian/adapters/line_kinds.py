"""The kind of each line of a capture, where it helps to know the others: words in place of numbers, groups that repeat,
lines that say nothing. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, reduce
from operator import xor

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters import written_times
from shian.adapters.line_columns import SEPARATORS, is_bare, named_by
from shian.adapters.line_groups import groups_in
from shian.adapters.line_shapes import WORDS, Shape, shape_of, shape_of_word
from shian.adapters.line_tables import tables_in
from shian.adapters.line_words import merged, with_words
from wire.units import pattern, unit_of

_A_NUMBER = re.compile(r"(?:[<>≤≥＜＞]=?[ \t]*)?[+-]?[ \t]*\d+(?:[.,]\d+)*")
_ONE_UNIT = re.compile(rf"(?<![\w.]){pattern()}(?![\w/])")

_LEAST, _ENOUGH = 3, 0.8
_MANY, _MOSTLY = 4, 0.6
_CODE = re.compile(r"(?<!\w)([^\W\d_]{1,12})([0-9]+)(?!\w)")
SUMS: Mapping[str, Callable[[str], str]] = {
    "sum8": lambda text: f"{sum(text.encode('ascii', 'replace')) & 0xFF:02X}",
    "xor8": lambda text: f"{reduce(xor, text.encode('ascii', 'replace'), 0):02X}",
    "nmea": lambda text: SUMS["xor8"](text[:-1].lstrip("$!")) if text[-1:] == "*" else "",
}


class Kinds:
    """Kinds of the lines of one capture."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.groups: Mapping[str, Shape] = groups_in(lines)
        self.check = _check_of(lines)
        self.table = tables_in(lines)
        self._codes = _codes_in(lines)
        every = list(dict.fromkeys(lines))
        self._numbers = {line: self._number(line) for line in every}
        numbers = {line: shape for line, shape in self._numbers.items() if shape}
        self._heads = {_head(line, shape) for line, shape in numbers.items()}
        coded = {line: self._with_codes(shape) for line, shape in numbers.items()}
        found = _with_headings(merged(with_words(coded, every)), every)
        self._known: dict[str, Shape | None] = {
            **found,
            **dict.fromkeys((*self.table.headings, *self.table.sums)),
            **self.table.shapes,
        }

    def __call__(self, line: str) -> Shape | None:
        if line not in self._known:
            self._known[line] = self._kind(line)
        return self._known[line]

    def _kind(self, line: str) -> Shape | None:
        number = self._numbers[line] if line in self._numbers else self._number(line)
        shape = number or self._word(line)
        return self._with_codes(shape) if shape else None

    def _with_codes(self, shape: Shape) -> Shape:
        """Return a shape that takes other codes, too: S-1 and S-2 are two samples, and no two kinds of line."""
        if shape.each:
            return shape
        pattern, label = shape.pattern, shape.label
        for number, stem in enumerate(self._codes, 1):
            name = "code" if number == 1 else f"code_{number}"
            code = re.compile(rf"(?<![\w<]){stem}\d+(?![\w>])")
            pattern = code.sub(f"(?P<{name}>{stem}[0-9]{{1,12}})", pattern, count=1)
            label = code.sub("", label).strip(" \t:=：,;|")
        return replace(shape, pattern=pattern, label=label)

    def _number(self, line: str) -> Shape | None:
        if self.check and line[-2:] == SUMS[self.check](line[:-2]):
            shape = shape_of(line[:-2])
            return shape and replace(
                shape, pattern=f"{shape.pattern}(?P<check>[0-9A-F]{{2}})", check=self.check, sample=line
            )
        return self.groups.get(line) or shape_of(line)

    def _word(self, line: str) -> Shape | None:
        """Return the kind of a line whose value is a word, where another line has a number at that place."""
        found = WORDS.search(line)
        shape = shape_of_word(line) if found else None
        return shape if found and shape and form(line[: found.start()]) in self._heads else None


def _with_headings(found: Mapping[str, Shape], lines: Sequence[str]) -> dict[str, Shape]:
    """Return the shapes, named by the one line of titles above their cells, where there is one."""
    titles = {
        (mark, line.count(mark)): [other for other in lines if other.count(mark) == line.count(mark)]
        for mark in SEPARATORS
        for line in lines
        if line not in found and line.count(mark) > 1 and is_bare(line, mark)
    }
    named = {**found}
    for (mark, _), alike in titles.items():
        headings = [line for line in alike if line not in found and is_bare(line, mark)]
        if len(headings) == 1:
            patterns: dict[str, list[str]] = {}
            for line in alike:
                if line in named:
                    patterns.setdefault(named[line].pattern, []).append(line)
            for of_kind in patterns.values():
                shape = named_by(headings[0], named[of_kind[0]], of_kind)
                named |= dict.fromkeys(of_kind, shape)
    return named


def _codes_in(lines: Sequence[str]) -> list[str]:
    """Return the letters of codes that are another in nearly every line (S1, S2, S3), and so name samples and no
    channels."""
    seen: dict[str, list[str]] = {}
    for line in lines:
        for word in _CODE.finditer(line):
            seen.setdefault(word[1], []).append(word[2])
    return [stem for stem, digits in seen.items() if len(set(digits)) >= max(_MANY, _MOSTLY * len(digits))]


def _check_of(lines: Sequence[str]) -> str:
    """Return the checksum with which nearly all lines end, at least three of them, or an empty text."""
    for name, summed in SUMS.items():
        right = sum(line.isascii() and len(line) > 4 and line[-2:] == summed(line[:-2]) for line in lines)
        if right >= max(_LEAST, _ENOUGH * len(lines)):
            return name
    return ""


@lru_cache(maxsize=8192)
def form(line: str) -> str:
    """Return what lines of one kind have in common: letters and marks, not dates, numbers and blanks."""
    for name, begin, end in reversed(list(written_times.spans_of(line))):
        line = f"{line[:begin]} <{name}> {line[end:]}"
    line = WORDS.sub(lambda word: word[0] if word[0][0] == "-" else " # ", line)
    return " ".join(_A_NUMBER.sub(" # ", line).split())


def _head(line: str, shape: Shape) -> str:
    found = compile_pattern(shape.pattern).fullmatch(line) if not shape.each else None
    return form(line[: found.start(found.re.groupindex["value"])].rstrip("+-<>≤≥＜＞ \t")) if found else form(line)


def unit_above(lines: Sequence[str], kinds: Kinds) -> str:
    """Return the one unit that lines without a value name (`No  Sample  NO3 mg/kg`), or an empty text."""
    named: Counter[str] = Counter()
    for line in dict.fromkeys(lines):
        if not re.search(r"\d[.,]\d", line) and kinds(line) is None:
            named.update(unit[0] for unit in _ONE_UNIT.finditer(line) if "/" in unit[0] and unit_of(unit[0]))
    return next(iter(named)) if len(named) == 1 else ""
