"""The shapes of the lines of an unknown device: their ends, their charset, their columns or patterns.

Proposals only: the person who has the device before him says the meaning of a number.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters import written_times
from shian.adapters.line_patterns import THOUSANDS, blanks, form_of_number, gap, group, literal, unsigned, value_group
from wire.units import pattern, unit_of

CHARSETS = ("ascii", "utf-8", "gb18030", "cp437", "latin-1")
# Behind a comma a number with a point is one of its own (AFM1,0.25), and so is a whole one in a cell (ST,GS,02, and
# board,12 RLU). Behind points it is one as well: Fat......3.1.
_DIGITS = re.compile(
    rf"(?:(?<![\w.])|(?<=\.\.))(?:(?<!,)(?:{THOUSANDS}|\d+(?:[.,]\d+)?(?:[eE][+-]?\d{{1,3}}(?!\w))?)"
    r"|(?<=,)\d+\.\d+|(?<=[A-Za-z],)\d{1,6}(?=,\D)|(?<=[^\W\d],)\d{1,6}(?=[ \t]))(?![.,]?\d)"
)
# Right behind letters: TPM12.5%, 含量为0.35mg/kg, F03.45 S08.61.
_GLUED = re.compile(r"(?<=[^\W\d_])\d+(?:\.\d+)?(?![.,]?\d)")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_FIELDS = re.compile(r"\d{13,}(?:[^\W\d_]|$)")  # fields without a mark between them: number, date, time, value, letter
_ANY_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
# What devices write in place of a number.
WORDS = re.compile(
    r"(?<![\w.<>-])(?:ND|N\.D\.?|N/D|BDL|[<>] ?LO[DQ]|[Nn]ot [Dd]etected|未检出|未檢出"
    r"|ERR(?:OR)?|N/?A|OVER(?: ?RANGE)?|UNDER(?: ?RANGE)?|O\.?L\.?|-{2,12}|-{1,12}[.,]-{1,12})(?![\w.<>-])"
)
# A number behind one of these is what the value is held against, and none that was measured.
LIMITS = re.compile(r"标准|限量|限值|参考|limit|\bmrl\b|standard|\bref\b|reference|cut.?off|\blo[dq]\b", re.IGNORECASE)
# So is one behind these, where another number is left.
BOUNDS = re.compile(r"\b(?:low|high|lower|upper)\b|上限|下限", re.IGNORECASE)
_LABEL = re.compile(
    r"([^\W\d][^\d\s:=：,;|<>]*(?: [^\W\d][^\d\s:=：,;|<>]*)?\d?\*?)[ \t]*[:=：]?[ \t]*[<>≤≥＜＞]?[ \t]*[+-]?[ \t]*$"
)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")  # 1,234 may be a thousand or one and a bit
_UNITS = re.compile(pattern())
MARK = re.compile(r"(?:ST|US|QT|OL|GS|NT|TR|S [SD]|[GNT?])(?:,?(?:GS|NT|TR))?,?")
_MASSES = {"G": "gross", "GS": "gross", "N": "net", "NT": "net", "T": "tare", "TR": "tare"}
_CODE = re.compile(r"0\d+")  # a number would not begin with 0
# A whole number behind one of these counts.
_COUNTED = re.compile(r"(?:\w+[ _]?)?(?:no|nr|id|序号|编号|流水号|样品号)\.?", re.IGNORECASE)
_SIGN_BEHIND = re.compile(r"-(?![\w.-])")  # 3.00- is below zero, which no pattern here could say
# What a value was multiplied with, or what was taken from it.
_SETTING = re.compile(r"dil\w*|f|factor|k|稀释\w*|系数|blank|空白\w*|slope|offset|gain", re.IGNORECASE)
# A line that sums others up is the result of no sample.
STATISTICS = re.compile(
    r"total|sum|average|avg|ave|mean|median|s\.?d\.?|std\.?|stdev|rsd|cv|min|max|minimum|maximum|range"
    r"|平均\w*|均值|合计|总计|总数|标准偏?差|最大值?|最小值?|极差|变异系数",
    re.IGNORECASE,
)
_HYPHEN = re.compile(r"[^\W_]-$")
# Between a value and its unit its uncertainty may stand: 0.35 +/- 0.01 mg/kg.
_UNCERTAIN = r"(?:[ \t]*(?:\+/?-|±)[ \t]*\d+(?:[.,]\d+)?)?"
_UNIT_BEHIND = re.compile(
    rf"(?P<gap>{_UNCERTAIN}[ \t\u3000]*\"?[|;,(\[（]?\"?[ \t]*)(?P<unit>{_UNITS.pattern})"
    r"(?![^\W\d_\u4e00-\u9fff]|[/／]|[ \t]?[:=：])(?!(?<![A-Za-z%‰℃])[\u4e00-\u9fff])"
)
# What only a unit can be: %T, %vol, µS, x1000/mL.
UNKNOWN_UNIT = re.compile(r"[ \t]{0,4}((?:[^\W\d]|[%‰°µμ])[^\s,;|]*[/%‰°·⁻][^\s,;|]*|[%‰°µμ][^\s,;|]*)")
_NEXT = re.compile(r"(?P<gap>[ \t]*)[+-]?\d")
_UNIT_BEFORE = re.compile(rf"[ \t]*[(\[（][ \t]*(?P<unit>{_UNITS.pattern})[ \t]*[)\]）]")
BEFORE_A_LINE = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t")
_LONGEST_LABEL = 96
_MOST_LINES = 2000
_MOST_PATTERNS = 12
_MOST_NUMBERS = 64
_ENOUGH = 0.8
_TOO_FEW = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of line: the pattern that takes it, and how many of the lines. `label`: the text before the value. `each`:
    the pattern of its alike groups. `items`: the group of each further value, and what it is called. `number`: how the
    values are written, where not with a point. `unit_said` and `units`: of the first value and of further ones, where
    titles above say them; `is_titled`: titles do."""

    pattern: str
    sample: str
    lines: int
    label: str = ""
    number: str = ""
    each: str = ""
    items: tuple[tuple[str, str], ...] = ()
    check: str = ""
    unit_said: str = ""
    units: tuple[tuple[str, str], ...] = ()
    is_titled: bool = False

    @property
    def item(self) -> str:
        """Return the label as the name of an item, or an empty text: one of a balance's marks (`ST,GS`, `N`) names
        none."""
        is_mark = MARK.fullmatch(self.label)
        return "" if is_mark else slug(_UNIT_BEFORE.sub("", self.label))

    @property
    def unit_before(self) -> str:
        """Return the unit that stands before the value: `NO3 (mg/kg): 1.25`."""
        if self.unit or self.unit_said:
            return "" if self.unit else self.unit_said
        found = _UNIT_BEFORE.search(self.label)
        return found["unit"] if found else self.label if _is_unit_and_label(self.label) else ""

    @property
    def mass(self) -> str:
        """Return gross, net or tare, where one of a balance's marks before or behind the value says so."""
        behind = re.search(r"(?:\[ \\t\]\{\d+,\d+\}|\\\?)([GNT])(?:\[ \\t\]\{\d+,\d+\})?$", self.pattern)
        words = re.findall(r"[A-Z]+", self.label) + ([behind[1]] if behind else [])
        return next((_MASSES[word] for word in reversed(words) if word in _MASSES), "")

    @property
    def unit(self) -> str:
        found = re.search(r"\(\?P<unit>([^)]*)\)", self.pattern)
        return found[1] if found else ""


def lines_of(data: bytes) -> list[bytes]:
    """Split data into lines without their ends, blank ones left out. The first and the last may be cut, and are left
    out as well if there are more than two."""
    cleaned = (line.lstrip(BEFORE_A_LINE).rstrip(b"\x00") for line in re.split(rb"[\r\n]+", data))
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


def shapes_of(lines: Sequence[str], kind: Callable[[str], Shape | None] | None = None) -> list[Shape]:
    """Return the most frequent kinds of lines first. Lines without a number, or with many, need a person. The first
    line may be the rest of one, met in its middle: it is no kind of its own."""
    kinds: Counter[str] = Counter()
    samples: dict[str, Shape] = {}
    for place, line in enumerate(lines):
        shape = (kind or shape_of)(line)
        if shape and (place or len(lines) < _TOO_FEW):
            kinds[shape.pattern] += 1
            samples.setdefault(shape.pattern, shape)
    return [replace(samples[pattern], lines=times) for pattern, times in kinds.most_common(_MOST_PATTERNS)]


def shape_of(line: str) -> Shape | None:
    """Return a kind for lines like this one, or None where no number can be told to be the value. Values are those
    that a unit follows, else the only number, else the only one with a point, else the labelled ones where all with a
    point have a label. A date and a time are fields of their own and never the value, and neither is a limit. Other
    numbers go to `extra`; the rest of the line stays as it is. The pattern takes the line itself. A line of more than
    64 numbers needs a person."""
    moments = list(written_times.spans_of(line))
    numbers = [found for found in _DIGITS.finditer(line) if not _is_within(found, moments)]
    values = _values_of(line, numbers) if len(numbers) <= _MOST_NUMBERS else []
    if all(_is_alone(line, value) for value in values):
        glued = [found for found in _GLUED.finditer(line) if not _is_within(found, moments)]
        if len(numbers) + len(glued) <= _MOST_NUMBERS and (found := _glued_values(line, glued)):
            numbers, values = sorted([*numbers, *glued], key=lambda number: number.start()), found
    if not values or any(_FIELDS.match(line, value.start()) for value in values):
        return None
    if any(_AMBIGUOUS.fullmatch(value[0]) for value in values):
        return None
    if _HYPHEN.search(line[: values[0].start()]) or any(_is_code(line, value) for value in values):
        return None
    if any(_SIGN_BEHIND.match(line, value.end()) for value in values):
        return None
    return _shape(line, moments, numbers, values)


def shape_of_word(line: str) -> Shape | None:
    """Return a kind for a line with the only word that devices write in place of a number, or None."""
    moments = list(written_times.spans_of(line))
    words = [found for found in WORDS.finditer(line) if not _is_within(found, moments)]
    if len(words) != 1:
        return None
    numbers = [found for found in _DIGITS.finditer(line) if not _is_within(found, [*moments, ("", *words[0].span())])]
    return _shape(line, moments, [*numbers, words[0]], words)


def _is_within(found: re.Match[str], spans: Sequence[tuple[str, int, int]]) -> bool:
    return any(begin < found.end() and found.start() < end for _, begin, end in spans)


def _shape(
    line: str,
    moments: Sequence[tuple[str, int, int]],
    numbers: Sequence[re.Match[str]],
    values: Sequence[re.Match[str]],
) -> Shape | None:
    units = {value: unit for value in values if (unit := _unit_behind(line, value))}
    names = _names(line, values, units)
    # The number in mg/100g belongs to the unit.
    others = [n for n in numbers if not any(v.end() <= n.start() < unit.end() for v, unit in units.items())]
    parts: list[str] = []
    at, label = 0, ""
    spans: list[tuple[str | re.Match[str], int, int]] = [*moments, *((number, *number.span()) for number in others)]
    spans.sort(key=lambda span: span[1])
    for place, (what, begin, end) in enumerate(spans, 1):
        if isinstance(what, str):
            parts += [literal(line[at:begin]), f"(?P<{what}>{written_times.pattern_of(line[begin:end])})"]
            at = end
            continue
        # The > of <value>0.35</value> ends a tag and is no bound.
        is_tagged = line[begin - 1 : begin] == ">" and line[end : end + 2] == "</"
        before, sign = (line[at:begin], "") if is_tagged else unsigned(line[at:begin], is_between=place > 1)
        name = names.get(what)
        if name is not None:
            if what is values[0]:
                is_first = all(isinstance(span[0], str) for span in spans[: place - 1])
                found = _label_before(line[at:begin], begin - at)
                is_told = found and (len(values) > 1 or _is_unit_and_label(found[1]))
                label = before.strip(" \t:=：") if is_first else found[1] if found and is_told else ""
            parts += [literal(before.rstrip(" \t")), *value_group(line[:begin], what[0], f"value{name}")]
        else:
            parts += [literal(before), group(f"number_{place}", what[0], _sign_of(sign))]
        at = end
        if name is not None and (unit := units.get(what)):
            parts += [gap(unit["gap"], name), f"(?P<unit{name}>{re.escape(unit['unit'])})"]
            at = unit.end()
    rest = line[at:].rstrip(" \t")
    parts += [literal(rest), blanks(0, line[at + len(rest) :])]
    ends = [units[value].end() if value in units else value.end() for value in values]
    items = tuple(
        (names[value].strip("_"), _item_of(line, value, units.get(value), after))
        for value, after in zip(values[1:], ends, strict=False)
    )
    forms = {form for value in values if (form := form_of_number(value[0]))}
    shape = Shape("".join(parts), line, 1, label, next(iter(forms), ""), "", items)
    return shape if len(forms) < 2 and _takes(shape.pattern, line) else None


def _sign_of(written: str) -> str:
    """Write what may stand before a number that is no value."""
    bound = r"(?:[<>≤≥＜＞]=?[ \t]{0,4})?" if re.search("[<>≤≥＜＞]", written) else ""
    return f"{bound}[+-]?" + (r"[ \t]{0,16}" if re.search(r"[+-][ \t]", written) else "") if written else ""


def _names(
    line: str, values: Sequence[re.Match[str]], units: Mapping[re.Match[str], re.Match[str]]
) -> dict[re.Match[str], str]:
    """Return the ending of the name of each value's group. The first has none."""
    names: dict[re.Match[str], str] = {}
    after = 0
    for place, value in enumerate(values, 1):
        name = _item_of(line, value, units.get(value), after)
        after = units[value].end() if value in units else value.end()
        name = name if re.fullmatch(r"[a-z]\w*", name, re.ASCII) and len(name) <= 24 else f"v{place}"
        names[value] = "" if place == 1 else f"_{name}" if f"_{name}" not in names.values() else f"_{name}_{place}"
    return names


def _item_of(line: str, value: re.Match[str], unit: re.Match[str] | None, after: int) -> str:
    """Return what a value is called: by its label, which begins `after` the value before, else by what its unit
    measures."""
    found = _label_before(line, value.start(), after)
    if found and not _UNITS.fullmatch(found[1]) and not MARK.fullmatch(found[1]):
        return slug(found[1])
    known = unit_of(unit["unit"]) if unit else None
    if known is None and found and not _UNITS.fullmatch(found[1]):
        return slug(found[1])
    return known.dimension[0] if known and len(known.dimension) == 1 else ""


def _label_before(line: str, place: int, after: int = 0) -> re.Match[str] | None:
    """Return the label that ends at a place, and begins `after` another. No more of the line is looked at than a label
    can take: the search takes the square of it."""
    found = _LABEL.search(line[max(after, place - _LONGEST_LABEL) : place])
    # The vol of 12.5 %vol is a part of a unit.
    return None if found and found.string[: found.start()].endswith(tuple("%‰°µμ/")) else found


def _is_alone(line: str, value: re.Match[str]) -> bool:
    """Return True for a number without a unit and without a name, or one that counts."""
    return not _unit_behind(line, value) and (_is_code(line, value) or not _label_before(line, value.start()))


def _is_code(line: str, value: re.Match[str]) -> bool:
    """Return True for 01, which has no unit and no label, and for 12 behind `No.`: the number of a line or a sample."""
    if _unit_behind(line, value):
        return False
    label = _label_before(line, value.start())
    return bool(_COUNTED.fullmatch(label[1]) and value[0].isdigit() if label else _CODE.fullmatch(value[0]))


def _is_part(line: str, number: re.Match[str]) -> bool:
    """Return True for the 2026 of a date that was not told to be one, and for a side of 1/20."""
    is_whole = not re.search(r"[.,]", number[0])
    return is_whole and bool(re.match(r"/\d", line[number.end() :]) or re.search(r"\d/$", line[: number.start()]))


def slug(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").casefold()


def numbers_with_unit(line: str) -> Iterator[tuple[str, str, int]]:
    """Yield each number that a unit follows, with the unit and where it begins."""
    at = 0
    while found := _ANY_DIGITS.search(line, at):
        unit = _UNIT_BEHIND.match(line, found.end())
        at = unit.end() if unit else found.start() + len(re.split(r"[.,]", found[0])[0])
        if unit:
            yield found[0], unit["unit"], found.start()


def _unit_behind(line: str, number: re.Match[str]) -> re.Match[str] | None:
    """Return the unit behind a number. A word that stands nearer to the next number, or behind a mark, is that one's
    label: `nD 1.3400  Brix 12.5 %` with two blanks before Brix, `HIGH 30;RLU 12`."""
    unit = _UNIT_BEHIND.match(line, number.end())
    behind = _NEXT.match(line, unit.end()) if unit else None
    is_apart = unit and behind and (len(unit["gap"]) > len(behind["gap"]) or re.search("[|;,]", unit["gap"]))
    is_label = unit and is_apart and unit["unit"].isalpha()
    return None if is_label else unit


def labelled_numbers(line: str) -> Iterator[tuple[str, str, int]]:
    """Yield each number with a point that has a label, the label, and where the number begins; no limits."""
    numbers = list(_DIGITS.finditer(line))
    numbers += [] if any("." in number[0] for number in numbers) else _GLUED.finditer(line)
    for found in numbers:
        label = _label_before(line, found.start()) if "." in found[0] else None
        if label and not LIMITS.search(label[1]) and not _UNITS.fullmatch(label[1]):
            yield found[0], label[1], found.start()


def _takes(made: str, line: str) -> bool:
    try:
        return compile_pattern(made).fullmatch(line) is not None
    except ValueError:  # longer than what RE2 runs
        return False


def _values_of(line: str, numbers: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    units = {number: unit for number in numbers if (unit := _unit_behind(line, number))}
    numbers = [n for n in numbers if not any(v.end() <= n.start() < unit.end() for v, unit in units.items())]
    labels = {number: _label_before(line, number.start()) for number in numbers}
    numbers = [number for number in numbers if not _is_part(line, number)]
    numbers = _without_ranges(line, numbers, units)
    numbers = [number for number in numbers if not ((label := labels[number]) and LIMITS.search(label[1]))]
    are_bounds = {number for number in numbers if (label := labels[number]) and BOUNDS.search(label[1])}
    numbers = [number for number in numbers if number not in are_bounds] or numbers
    # The pH behind a number is its unit, and does not name the next one.
    ends = {unit.end() for unit in units.values()}
    by_name = [
        number
        for number in numbers
        if (label := labels[number])
        and _is_unit_and_label(label[1])
        and number.start() - len(label[0]) + len(label[1]) not in ends
    ]
    if any(number in units for number in numbers):
        told = [number for number in numbers if "." in number[0] and _is_told(line, number, labels[number])]
        with_unit = [number for number in numbers if number in units or number in by_name or number in told]
        return _without_conversions(line, with_unit, units)
    with_point = [number for number in numbers if re.search(r"\d[.]\d", number[0])]
    no_codes = [number for number in numbers if not _CODE.fullmatch(number[0])]
    for found in (numbers, with_point, no_codes):
        if len(found) == 1:
            return found
    named = [label for number in with_point if (label := labels[number])]
    is_all_named = len({label[1] for label in named}) == len(with_point) and len(with_point) == len(numbers)
    # pH is a unit behind a number, and a label before one where a mark says so.
    are_labels = not any(_UNITS.fullmatch(label[1]) and not re.search("[:=：]", label[0]) for label in named)
    return with_point if is_all_named and are_labels else by_name


def _glued_values(line: str, numbers: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Return the numbers right behind letters that are values: with a point or behind a hanzi where a unit follows,
    else all with a point, each under another name, in a line that begins with a name."""
    labelled = {number: label for number in numbers if (label := _label_before(line, number.start()))}
    numbers = [n for n, label in labelled.items() if not (LIMITS.search(label[1]) or BOUNDS.search(label[1]))]
    with_point = [number for number in numbers if "." in number[0]]
    known = [
        number
        for number in numbers
        if _unit_behind(line, number) and (number in with_point or _HANZI.match(line, number.start() - 1))
    ]
    names = {labelled[number][1] for number in with_point}
    is_all_named = len(names) == len(with_point) > 1 and len(numbers) == len(labelled)
    return known or (with_point if is_all_named and line.lstrip()[:1].isalpha() else [])


def _is_unit_and_label(text: str) -> bool:
    """Return True for what is a unit and the name of what it measures: RLU, pH, Brix."""
    return len(text) > 1 and text.isalpha() and _UNITS.fullmatch(text) is not None


def _without_ranges(
    line: str, numbers: Sequence[re.Match[str]], units: Mapping[re.Match[str], re.Match[str]]
) -> list[re.Match[str]]:
    """Return the numbers without those that say from where to where: `2.0-8.0 C`, `2.0 C - 8.0 C`. In `2.0 C -8.0 C`
    the second one is below zero."""
    pairs = [
        (one, other)
        for one, other in pairwise(numbers)
        if (between := line[units[one].end() if one in units else one.end() : other.start()])
        and re.fullmatch(r"-|[~～–]|[ \t]+[-~～–][ \t]+|[ \t]*(?:to|至|到)[ \t]*", between)
    ]
    kept = [number for number in numbers if not any(number in pair for pair in pairs)]
    # 0.35 g - 25.1 g and nothing else may be a range, a difference or a number below zero.
    return kept or [number for number in numbers if not any(number in pair and pair[0] in units for pair in pairs)]


def _is_told(line: str, number: re.Match[str], label: re.Match[str] | None) -> bool:
    """Return True for a number under a name with a mark behind it, and for one before a unit that is not known."""
    is_named = (
        label and re.search("[:=：]", label[0]) and not (_COUNTED.fullmatch(label[1]) or _SETTING.fullmatch(label[1]))
    )
    unit = UNKNOWN_UNIT.match(line, number.end())
    return bool(is_named or (unit and unit[1][0] in "%‰°µμ"))


def _without_conversions(
    line: str, values: Sequence[re.Match[str]], units: Mapping[re.Match[str], re.Match[str]]
) -> list[re.Match[str]]:
    """Return the values without those in brackets that say the one before in another unit: 68.0F (20.0C)."""
    kept: list[re.Match[str]] = []
    for value in values:
        ours, before = (unit_of(units[one]["unit"]) if one in units else None for one in (value, (kept or [value])[-1]))
        is_same = ours and before and ours.dimension == before.dimension and ours.code != before.code
        if not (is_same and line[: value.start()].rstrip(" \t+-").endswith(("(", "（", "["))):
            kept.append(value)
    return kept
