"""Columns in the lines of an unknown device: what a separator cuts, what the cells are, and what a heading calls them.
Proposals only, and pure."""

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters import written_times
from shian.adapters.line_patterns import NUMBER, form_of_number
from shian.adapters.line_shapes import BOUNDS, WORDS, Shape, slug
from wire.units import TEMPERATURE_LETTERS, pattern, unit_of

SEPARATORS = (";", "\t", "|", ",")  # a comma may be a decimal one: the others first
_ENOUGH = 0.8
_UNIT = re.compile(pattern())
_IN_BRACKETS = re.compile(r"(?P<name>.*?)[ \t]*[(\[（【](?P<unit>[^()\[\]（）]+)[)\]）】][ \t]*")
_LIMITS = re.compile(r"标准|限量|限值|参考|limit|\bmrl\b|standard|\bref\b|cut.?off", re.IGNORECASE)
_NUMBER = re.compile(NUMBER)
# What a strip or a lamp gave, where another column says what it means.
_SIGNALS = re.compile(r"[tc]|[tc]线|t/c|c/t|a\d?|od\d*|abs|absorbance|吸光度\d?|ct", re.IGNORECASE)
_COUNTED = re.compile(r"no\.?|nr\.?|#|index|序号|通道|channel|ch\.?|lot|batch|批号|run", re.IGNORECASE)
_RESULT = re.compile(
    r"(?:弱)?阴性|(?:弱)?阳性|(?:不)?合格|无效|可疑|neg(?:ative)?|pos(?:itive)?|pass|fail|invalid|valid"
    r"|(?:(?:弱)?[阴阳]性)?[(（]?[+-]{1,3}[)）]?",
    re.IGNORECASE,
)
FIELDS = {
    "sample_number": (
        *("sample", "sampleno", "sampleid", "samplenumber", "id", "lot"), *("样品", "样品编号", "样品号", "编号"),
    ),
    "commodity": ("product", "food", "样品名称", "品名", "商品名称"),
    "operator": ("operator", "user", "操作员", "检测员", "检测人员", "检验员"),
    "serial": ("serial", "sn", "serialno", "serialnumber", "仪器编号", "序列号"),
    "item": (
        *("item", "analyte", "parameter", "test", "drug"),
        *("项目", "检测项目", "检测项", "参数", "药物", "指标", "检测指标"),
    ),
    "unit": ("unit", "units", "单位"),
}  # fmt: skip
_SAMPLE = ("sample", "样品")


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines that a separator cuts into as many cells each. `names` are proposed, `sample` is the first line of values.
    `headings`: lines of names above them. `units` and `items`: of values whose heading says them."""

    separator: str
    names: tuple[str, ...]
    sample: str
    lines: int
    number: str = ""
    headings: tuple[str, ...] = ()
    unit: str = ""
    item: str = ""
    others: tuple[tuple[str, str, str], ...] = ()

    @property
    def has_unit(self) -> bool:
        return bool(self.unit) or "unit" in self.names

    @property
    def is_of_words(self) -> bool:
        """Return True when the value is a verdict in words."""
        return "value" in self.names and not _NUMBER.fullmatch(self.cell("value"))

    def cell(self, name: str) -> str:
        return self.sample.split(self.separator)[self.names.index(name)].strip()

    @property
    def has_comma(self) -> bool:
        return self.number == "decimal_comma"


def columns_of(lines: Sequence[str]) -> Columns | None:
    """Find columns: four of five lines, at least three, have the same number of cells."""
    for separator in SEPARATORS:
        counts = Counter(line.count(separator) for line in lines)
        most, count = counts.most_common(1)[0] if counts else (0, 0)
        if most >= 2 and count >= _ENOUGH * len(lines):
            of_kind = [line for line in lines if line.count(separator) == most]
            return _columns(separator, of_kind, count)
    return None


def field_of(label: str, texts: Sequence[str] = ()) -> str:
    """Return the field of a reading that a label names, or an empty text. A sample is called by its number, or, where
    none of the texts has a digit, by what it is."""
    plain = "".join(char for char in label.casefold() if char.isalnum())
    field = next((field for field, words in FIELDS.items() if plain in words), "")
    is_food = plain in _SAMPLE and any(texts) and not any(re.search(r"\d", text) for text in texts)
    return "commodity" if is_food else field


def _columns(separator: str, lines: Sequence[str], count: int) -> Columns:
    headings = _headings(separator, lines)
    kept = [line for line in lines if line not in headings]
    rows = [[cell.strip() for cell in line.split(separator)] for line in kept]
    cells = [list(column) for column in zip(*rows, strict=True)]
    titles = [cell.strip() for cell in headings[0].split(separator)] if headings else [""] * len(cells)
    values = value_places(cells, titles)
    names = [f"column_{place + 1}" for place in range(len(cells))]
    for place, title in enumerate(titles):
        plain = slug(title)
        names[place] = field_of(title, cells[place]) or (
            plain if re.fullmatch(r"[a-z]\w{0,23}", plain, re.ASCII) else names[place]
        )
    _name_moments(cells, names)
    others: list[tuple[str, str, str]] = []
    for count_of_values, place in enumerate(values, 1):
        title, unit = titled(titles[place])
        name = "" if count_of_values == 1 else f"_{_name(title, cells, place, count_of_values)}"
        names[place] = f"value{name}"
        if _is_units(cells, place + 1):
            names[place + 1] = f"unit{name}"
        if name:
            others.append((name[1:], slug(title) or name[1:], unit))
    title, unit = titled(titles[values[0]]) if values else ("", "")
    forms = {form for place in values for cell in cells[place] if (form := form_of_number(cell.lstrip("<> +-")))}
    number = next(iter(sorted(forms)), "")
    names = [name if names.count(name) == 1 else f"column_{place + 1}" for place, name in enumerate(names)]
    item = slug(title) if title and title != unit else ""
    return Columns(separator, tuple(names), kept[0], count, number, tuple(headings), unit, item, tuple(others))


def named_by(heading: str, shape: Shape, lines: Sequence[str]) -> Shape:
    """Return a shape whose texts, and whose unit, are called as the heading above its cells says."""
    separator = next((mark for mark in SEPARATORS if heading.count(mark) == shape.sample.count(mark) > 1), "")
    found = compile_pattern(shape.pattern).fullmatch(shape.sample) if separator and not shape.each else None
    if found is None:
        return shape
    titles, rows = heading.split(separator), [line.split(separator) for line in lines]
    pattern, unit = shape.pattern, shape.unit_said
    for name, number in found.re.groupindex.items():
        place = shape.sample[: found.start(number)].count(separator)
        field = field_of(titles[place].strip(), [row[place] for row in rows])
        if name == "value":
            unit = unit or titled(titles[place].strip())[1]
        elif re.fullmatch(r"(?:word|number)_\d+", name) and field not in ("", "unit") and f"<{field}>" not in pattern:
            pattern = pattern.replace(f"(?P<{name}>", f"(?P<{field}>")
    return replace(shape, pattern=pattern, unit_said=unit)


def _headings(separator: str, lines: Sequence[str]) -> list[str]:
    """Return the lines without a number, where the others have some: the names above the columns."""
    bare = [line for line in dict.fromkeys(lines) if is_bare(line, separator)]
    return bare if len(bare) == 1 and len(set(lines)) > 1 else []


def is_bare(line: str, separator: str) -> bool:
    """Return True for a line that has no number, date or word in the place of a number in its cells."""
    return not (
        any(_NUMBER.fullmatch(cell.strip()) for cell in line.split(separator))
        or written_times.DATE.search(line)
        or WORDS.search(line)
    )


def titled(title: str) -> tuple[str, str]:
    """Return the name and the unit that a heading says: `Cl (mg/L)`, `NO3 mg/kg`, `RLU`."""
    found = _IN_BRACKETS.fullmatch(title)
    if found and unit_of(found["unit"]):
        return found["name"], found["unit"]
    if _UNIT.fullmatch(title) and unit_of(title) and title not in TEMPERATURE_LETTERS:
        return title, title
    if title.endswith(("%", "％", "‰")):
        return title[:-1].rstrip(), title[-1]
    name, _, last = title.rpartition(" ")
    is_unit = bool(name) and _UNIT.fullmatch(last) is not None and unit_of(last) is not None
    # Of all letters alone, C and F are units under a title of a temperature: vitamin C is none.
    is_sure = last not in TEMPERATURE_LETTERS or re.fullmatch(r"t|temp.*", name, re.IGNORECASE)
    return (name, last) if is_unit and is_sure else (title, "")


def value_places(cells: Sequence[Sequence[str]], titles: Sequence[str], glued: Container[int] = ()) -> list[int]:
    """Return the columns of values: those with a unit behind or above them (or in their cells, `glued`) and those with
    a point under a title that is no signal's; else the first of numbers of which some have a point, else the first of
    numbers that do not just count."""
    told = {p for p, title in enumerate(titles) if p in glued or _is_units(cells, p + 1) or titled(title)[1]}
    numeric = [
        place
        for place, column in enumerate(cells)
        if any(_NUMBER.fullmatch(cell) for cell in column)
        and _are_numbers(column, is_told=place in told)
        and not all(_is(written_times.DATE, cell) for cell in column if cell)
        and not _LIMITS.search(titles[place])
    ]
    numeric = [place for place in numeric if not BOUNDS.search(titles[place])] or numeric
    with_unit = [place for place in numeric if place in told]
    units = next((place for place in range(len(cells)) if _is_units(cells, place)), None)
    with_point = [place for place in numeric if any("." in cell or "," in cell for cell in cells[place])]
    named = [place for place in with_point if _is_measured(titles[place])]
    if with_unit:
        return sorted({*with_unit, *named}) if units is None else with_unit
    left = [place for place in with_point or numeric if units is None or place < units] or with_point or numeric
    if with_point:
        return named if len(named) > 1 and units is None else left[:1]
    words = [place for place, column in enumerate(cells) if any(column) and all(map(_RESULT.fullmatch, column))]
    return [place for place in left if not _counts(cells[place])][:1] or words[:1]


def _are_numbers(column: Sequence[str], *, is_told: bool) -> bool:
    """Return True for numbers and words in place of some; where a unit says that it is a value, any words without a
    digit are."""
    others = [cell for cell in column if cell and not _NUMBER.fullmatch(cell) and not WORDS.fullmatch(cell)]
    return not others or (is_told and 2 * len(others) < len(column) and not any(re.search(r"\d", c) for c in others))


def _is_measured(title: str) -> bool:
    """Return True for the title of a quantity: no field, no signal, no number of a line."""
    return bool(title) and not field_of(title) and not (_SIGNALS.fullmatch(title) or _COUNTED.fullmatch(title))


def _counts(column: Sequence[str]) -> bool:
    """Return True for 1, 2, 3, which may begin anew: the number of a line, and no value."""
    numbers = [int(cell) for cell in column if cell.isascii() and cell.isdigit()]
    steps = [after - before for before, after in pairwise(numbers) if after > 1]
    return len(numbers) > 2 and bool(steps) and all(step == 1 for step in steps)


def _is_units(cells: Sequence[Sequence[str]], place: int) -> bool:
    column = cells[place] if place < len(cells) else []
    if {*filter(None, column)} <= TEMPERATURE_LETTERS and not any(
        "." in cell or "," in cell for cell in cells[place - 1]
    ):
        return False  # 152,F failed
    return any(column) and all(_UNIT.fullmatch(cell) for cell in column if cell)


def _name(title: str, cells: Sequence[Sequence[str]], place: int, number: int) -> str:
    plain = slug(title)
    if re.fullmatch(r"[a-z]\w{0,23}", plain, re.ASCII):
        return plain
    unit = next((cell for cell in cells[place + 1] if cell), "") if _is_units(cells, place + 1) else ""
    known = unit_of(unit)
    return known.dimension[0] if known and len(known.dimension) == 1 else f"v{number}"


def _name_moments(cells: Sequence[Sequence[str]], names: list[str]) -> None:
    dates, times = (
        next((place for place, column in enumerate(cells) if any(column) and all(_is(form, c) for c in column)), None)
        for form in (written_times.DATE, written_times.TIME)
    )
    for place, name in enumerate(names):
        if name in ("date", "time"):
            names[place] = f"column_{place + 1}"
    if dates is not None:
        names[dates] = "date"
    if times is not None:
        names[times] = "time" if dates is not None else "clock"


def _is(form: re.Pattern[str], cell: str) -> bool:
    """Return True for a date, perhaps with a time behind it, or for a time."""
    found = form.match(cell)
    rest = cell[found.end() :].strip("T ") if found else ""
    return found is not None and (not rest or written_times.TIME.fullmatch(rest) is not None)
