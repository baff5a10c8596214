"""Groups one behind the other in the lines of an unknown device (analyte, value, unit; analyte, value, unit), however
many there are. Proposals only, and pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from shian.adapters.line_patterns import literal, plain
from shian.adapters.line_shapes import BOUNDS, LIMITS, Shape
from wire.units import pattern

_MARKS = (";", "|", "\t", ",", " ")
_UNIT = rf"(?:{pattern()})(?![^\W\d_]|[/／])"
_ENOUGH = 0.3
_LEAST = 2
_MOST_HEADS = 3
_MOST_TRIED = 200
_NO_LETTER = r"\x00-@\[-`{-\x7f"  # the ASCII that is none; both matchers can read it so
_WORD = rf"[^{_NO_LETTER}](?:[^{_NO_LETTER}]|[0-9_().%/+-]){{0,24}}"
_PLAIN_WORD = rf"[^{_NO_LETTER}](?:[^{_NO_LETTER}]|[().%/+-]){{0,24}}"
_WORDS = rf"{_PLAIN_WORD}(?: {_PLAIN_WORD}){{1,3}}"  # `S-01 Pb` is a sample and an analyte
_NO_NUMBER = r"-{1,12}[.,]-{1,12}|-{2,12}|ND|OL|OVER|ERR|未检出"
_GROUPS = r"(?P<groups>\S.*)"


@dataclass(frozen=True, slots=True)
class _Form:
    """Form of a group: the mark behind it, the mark between its parts where that is another, and its unit."""

    mark: str
    between: str
    has_unit: bool

    def group(self, unit: str) -> str:
        """Write the group for both matchers: Python's finds it, RE2 takes the lines of the profile apart."""
        mark = re.escape(self.mark)
        part = rf"[ \t]*{mark}[ \t]*" if self.between else r"(?:[ \t]*[:=][ \t]*|[ \t]+)"
        decimals = r"\.[0-9]{1,8}" if self.mark == "," else r"[.,][0-9]{1,8}"
        number = rf"(?:[<>]?[+-]?[0-9]{{1,12}}(?:{decimals}){'?' if self.has_unit else ''}|{_NO_NUMBER})"
        behind = (part if self.between else r"[ \t]*") + f"(?P<unit>{unit})" if self.has_unit else ""
        end = r"(?:[ \t]+|$)" if self.mark == " " else rf"[ \t]*(?:{mark}[ \t]*|$)"
        name = _WORD if self.mark == " " else f"(?:{_WORDS}|{_WORD})"
        return rf"(?P<item>{name}){part}(?P<value>{number}){behind}{end}"

    def found(self, least: int) -> re.Pattern[str]:
        """Compile a pattern of a line that ends with at least so many groups."""
        one = re.sub(r"\?P<\w+>", "?:", self.group(_UNIT))
        begin = r"(?:^|(?<=[ \t]))" if self.mark == " " else rf"(?:^|(?<={re.escape(self.mark)})|(?<=[ \t:]))"
        return re.compile(rf"{begin}(?:{one}){{{least},}}$")


def groups_in(lines: Sequence[str]) -> dict[str, Shape]:
    """Return the shape of each line with groups; none where too few lines have two of them."""
    forms = [_Form(mark, *rest) for rest in product(("", "same"), (True, False)) for mark in _MARKS]
    # Lines from all of the capture: to try every form on every one takes minutes where they are long.
    tried = lines[:: len(lines) // _MOST_TRIED + 1]
    counts = [sum(form.found(_LEAST).search(line) is not None for line in tried) for form in forms]
    best = max(range(len(forms)), key=lambda place: counts[place])
    if counts[best] < max(_LEAST, _ENOUGH * len(tried)):
        return {}
    form = forms[best]
    found = form.found(1)
    heads = {line: line[: at.start()] for line in dict.fromkeys(lines) if (at := found.search(line))}
    units = dict.fromkeys(unit[0] for line, head in heads.items() for unit in re.finditer(_UNIT, line[len(head) :]))
    one = re.compile(form.group(_UNIT))
    if any(_has_limit(line[len(head) :], one) for line, head in heads.items()):
        return {}  # LIMIT 0.50 mg/kg FOUND 0.35 mg/kg: one of the groups was not measured
    each = form.group("|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True)))
    return {line: Shape(head + _GROUPS, line, 1, each=each) for line, head in _patterns(heads)}


def _has_limit(text: str, group: re.Pattern[str]) -> bool:
    """Return True where one of the groups is what the others are held against."""
    return LIMITS.search(text) is not None or 0 < len(BOUNDS.findall(text)) < len(group.findall(text))


def _patterns(heads: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the pattern of what stands before its groups. Where there are many, it is a text."""
    made = {line: plain(head) for line, head in heads.items()}
    if len(set(made.values())) <= _MOST_HEADS:
        yield from made.items()
        return
    for line, head in heads.items():
        kept = head.rstrip(" \t;|,:")
        yield line, r"(?P<text_1>\S.*?)" + literal(head[len(kept) :]) if kept else ""
